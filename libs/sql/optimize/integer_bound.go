package optimize

import (
	"math"

	"github.com/millrace/millrace/libs/planted"
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/plan"
)

// integerBound leaves one way to bound a whole number (BIGINT, or the
// nanoseconds of a TIMESTAMP, or the days of a DATE), so that x < 10 meets
// x <= 9, and x > 9 meets x >= 10.
//
//	lt(x, 10)                   →  le(x, 9)
//	lt(x, the least integer)    →  FALSE, or NULL where x is NULL
//	le(x, the greatest integer) →  TRUE, or NULL where x is NULL
type integerBound struct{}

func (integerBound) Name() string { return "integer_bound" }

func (integerBound) Rewrite(e plan.Expr) (plan.Expr, bool) {
	c, x, v, ok := comparison(e)
	if !ok || v.Type().Kind != x.Type().Kind {
		return e, false
	}
	var less record.Value // one less than v
	switch v.Type().Kind {
	case record.BigInt:
		less = record.Int(v.Int() - 1)
	case record.Timestamp:
		less = record.TimestampOf(v.Int() - 1)
	case record.Date:
		less = record.DateOf(v.Int() - 1)
	default:
		return e, false
	}
	switch {
	case c.Func == plan.FuncLe && v.Int() == math.MaxInt64:
		return always(x), true
	case c.Func == plan.FuncLt && v.Int() == math.MinInt64:
		return never(x), true
	case c.Func == plan.FuncLt && planted.On(planted.BoundIncluded):
		return call(plan.FuncLe, x, lit(v)), true
	case c.Func == plan.FuncLt:
		return call(plan.FuncLe, x, lit(less)), true
	default:
		return e, false
	}
}
