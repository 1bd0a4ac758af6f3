package optimize

import (
	"github.com/millrace/millrace/libs/planted"
	"github.com/millrace/millrace/libs/sql/plan"
)

// pushNot moves NOT down to the leaves. De Morgan's laws hold under the four
// truth values.
//
//	not(not(a))     →  a
//	not(and(a, b))  →  or(not(a), not(b))
//	not(or(a, b))   →  and(not(a), not(b))
type pushNot struct{}

func (pushNot) Name() string { return "push_not" }

func (pushNot) Rewrite(e plan.Expr) (plan.Expr, bool) {
	c, ok := isCall(e, plan.FuncNot)
	if !ok {
		return e, false
	}
	inner, ok := isCall(c.Args[0], plan.FuncNot, plan.FuncAnd, plan.FuncOr)
	if !ok {
		return e, false
	}
	return negate(inner), true
}

// negate returns the negation of e with NOT at the leaves.
func negate(e plan.Expr) plan.Expr {
	c, ok := isCall(e, plan.FuncNot, plan.FuncAnd, plan.FuncOr)
	if !ok {
		return not(e)
	}
	if c.Func == plan.FuncNot {
		return c.Args[0]
	}
	args := make([]plan.Expr, len(c.Args))
	for i, a := range c.Args {
		args[i] = negate(a)
	}
	if c.Func == plan.FuncAnd && !planted.On(planted.NotKeepsAnd) {
		return call(plan.FuncOr, args...)
	}
	return call(plan.FuncAnd, args...)
}
