package optimize

import (
	"github.com/millrace/millrace/libs/sql/function"
	"github.com/millrace/millrace/libs/sql/plan"
)

// negatedComparison leaves three comparisons of six, so that a predicate and its
// negation are one atom. Values are totally ordered: NaN equals itself and is
// the greatest number.
//
//	ne(a, b)  →  not(eq(a, b))
//	gt(a, b)  →  not(le(a, b))
//	ge(a, b)  →  not(lt(a, b))
type negatedComparison struct{}

func (negatedComparison) Name() string { return "negated_comparison" }

func (negatedComparison) Rewrite(e plan.Expr) (plan.Expr, bool) {
	c, ok := isCall(e, function.Ne, function.Gt, function.Ge)
	if !ok {
		return e, false
	}
	switch c.Func {
	case function.Ne:
		return not(call(plan.FuncEq, c.Args...)), true
	case function.Gt:
		return not(call(plan.FuncLe, c.Args...)), true
	default:
		return not(call(plan.FuncLt, c.Args...)), true
	}
}
