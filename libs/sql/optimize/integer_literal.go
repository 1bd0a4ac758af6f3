package optimize

import (
	"math"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/plan"
)

// integerLiteral compares integers with integers. A DOUBLE literal between two
// integers, or beyond all of them, bounds the same integers as one of those.
//
//	lt(x, 2.0)   →  lt(x, 2)
//	lt(x, 1.5)   →  le(x, 1)
//	le(x, 1.5)   →  le(x, 1)
//	eq(x, 1.5)   →  FALSE, or NULL where x is NULL
//	lt(x, 1e30)  →  TRUE, or NULL where x is NULL
type integerLiteral struct{}

func (integerLiteral) Name() string { return "integer_literal" }

func (integerLiteral) Rewrite(e plan.Expr) (plan.Expr, bool) {
	c, x, v, ok := comparison(e)
	if !ok || x.Type().Kind != record.BigInt || v.Type().Kind != record.Double {
		return e, false
	}
	f := v.Float()
	floor := math.Floor(f)
	switch {
	case math.IsNaN(f) || floor >= 1<<63: // greater than every integer
		if c.Func == plan.FuncEq {
			return never(x), true
		}
		return always(x), true
	case floor < -1<<63: // less than every integer
		return never(x), true
	case floor == f:
		return call(c.Func, x, lit(record.Int(int64(f)))), true
	case c.Func == plan.FuncEq:
		return never(x), true
	default:
		return call(plan.FuncLe, x, lit(record.Int(int64(floor)))), true
	}
}
