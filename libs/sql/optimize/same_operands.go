package optimize

import "github.com/millrace/millrace/libs/sql/plan"

// sameOperands leaves one comparison of a column with itself. It is not folded
// to a constant, because it is NULL where the column is.
//
//	le(x, x)  →  eq(x, x)
//	lt(x, x)  →  not(eq(x, x))
type sameOperands struct{}

func (sameOperands) Name() string { return "same_operands" }

func (sameOperands) Rewrite(e plan.Expr) (plan.Expr, bool) {
	c, ok := isCall(e, plan.FuncLt, plan.FuncLe)
	if !ok || isLiteral(c.Args[0]) || isLiteral(c.Args[1]) || plan.CompareExpr(c.Args[0], c.Args[1]) != 0 {
		return e, false
	}
	equal := call(plan.FuncEq, c.Args...)
	if c.Func == plan.FuncLt {
		return not(equal), true
	}
	return equal, true
}
