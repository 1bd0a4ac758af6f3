package optimize

import (
	"github.com/millrace/millrace/libs/sql/plan"
)

// nullOperand: a comparison with NULL is NULL, unless the other operand is
// ERROR.
//
//	eq(x, NULL)  →  NULL
type nullOperand struct{}

func (nullOperand) Name() string { return "null_operand" }

func (nullOperand) Rewrite(e plan.Expr) (plan.Expr, bool) {
	c, ok := isCall(e, plan.FuncEq, plan.FuncLt, plan.FuncLe,
		plan.FuncLike, plan.FuncILike, plan.FuncContains, plan.FuncIContains)
	if !ok || fallible(c) {
		return e, false
	}
	for _, a := range c.Args {
		if l, ok := a.(*plan.Literal); ok && l.Value.IsNull() {
			return null(), true
		}
	}
	return e, false
}
