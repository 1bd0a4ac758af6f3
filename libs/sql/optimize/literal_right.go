package optimize

import "github.com/millrace/millrace/libs/sql/plan"

// literalRight turns comparisons of a literal with something else around.
//
//	eq(5, x)  →  eq(x, 5)
//	lt(5, x)  →  not(le(x, 5))
//	le(5, x)  →  not(lt(x, 5))
type literalRight struct{}

func (literalRight) Name() string { return "literal_right" }

func (literalRight) Rewrite(e plan.Expr) (plan.Expr, bool) {
	c, ok := isCall(e, plan.FuncEq, plan.FuncLt, plan.FuncLe)
	if !ok || !isLiteral(c.Args[0]) || isLiteral(c.Args[1]) {
		return e, false
	}
	return turned(c), true
}

// turned exchanges the operands of a comparison.
func turned(c *plan.Call) plan.Expr {
	a, b := c.Args[0], c.Args[1]
	switch c.Func {
	case plan.FuncLt:
		return not(call(plan.FuncLe, b, a))
	case plan.FuncLe:
		return not(call(plan.FuncLt, b, a))
	default:
		return call(plan.FuncEq, b, a)
	}
}
