package optimize

import (
	"math"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/plan"
)

// doubleLiteral compares doubles with doubles, of which -0 and 0 are one. An integer
// that no double equals bounds the same doubles as the next one below it.
//
//	eq(x, 5)                 →  eq(x, 5.0)
//	eq(x, -0.0)              →  eq(x, 0.0)
//	lt(x, 9007199254740993)  →  le(x, 9007199254740992.0)
//	le(x, 9007199254740993)  →  le(x, 9007199254740992.0)
//	eq(x, 9007199254740993)  →  FALSE, or NULL where x is NULL
type doubleLiteral struct{}

func (doubleLiteral) Name() string { return "double_literal" }

func (doubleLiteral) Rewrite(e plan.Expr) (plan.Expr, bool) {
	c, x, v, ok := comparison(e)
	if !ok || x.Type().Kind != record.Double {
		return e, false
	}
	if v.Type().Kind == record.Double && v.Float() == 0 && math.Signbit(v.Float()) {
		return call(c.Func, x, lit(record.Float(0))), true
	}
	if v.Type().Kind != record.BigInt {
		return e, false
	}
	f := float64(v.Int())
	switch order := record.CompareIntFloat(v.Int(), f); {
	case order == 0:
		return call(c.Func, x, lit(record.Float(f))), true
	case c.Func == plan.FuncEq:
		return never(x), true
	case order < 0: // f is greater
		f = math.Nextafter(f, math.Inf(-1))
	}
	return call(plan.FuncLe, x, lit(record.Float(f))), true
}
