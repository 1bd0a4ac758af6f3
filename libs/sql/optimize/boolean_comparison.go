package optimize

import (
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/plan"
)

// booleanComparison makes comparisons of a BOOLEAN with TRUE or FALSE the
// BOOLEAN itself.
//
//	eq(b, TRUE)   →  b
//	eq(b, FALSE)  →  not(b)
//	lt(b, TRUE)   →  not(b)
//	le(b, FALSE)  →  not(b)
//	lt(b, FALSE)  →  FALSE, or NULL where b is NULL
//	le(b, TRUE)   →  TRUE, or NULL where b is NULL
type booleanComparison struct{}

func (booleanComparison) Name() string { return "boolean_comparison" }

func (booleanComparison) Rewrite(e plan.Expr) (plan.Expr, bool) {
	c, b, v, ok := comparison(e)
	if !ok || b.Type().Kind != record.Boolean || v.Type().Kind != record.Boolean {
		return e, false
	}
	switch {
	case c.Func == plan.FuncEq && v.Bool():
		return b, true
	case c.Func == plan.FuncLt && !v.Bool():
		return never(b), true
	case c.Func == plan.FuncLe && v.Bool():
		return always(b), true
	default:
		return not(b), true
	}
}
