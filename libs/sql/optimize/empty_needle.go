package optimize

import "github.com/millrace/millrace/libs/sql/plan"

// emptyNeedle: every text contains the empty one.
//
//	contains(x, '')  →  TRUE, or NULL where x is NULL
type emptyNeedle struct{}

func (emptyNeedle) Name() string { return "empty_needle" }

func (emptyNeedle) Rewrite(e plan.Expr) (plan.Expr, bool) {
	c, ok := isCall(e, plan.FuncContains, plan.FuncIContains)
	if !ok {
		return e, false
	}
	_, x, v, ok := withLiteral(c)
	if !ok || v.Str() != "" {
		return e, false
	}
	return always(x), true
}
