package optimize

import (
	"github.com/millrace/millrace/libs/sql/function"
	"github.com/millrace/millrace/libs/sql/plan"
)

// commutative puts the operands of sums and products of numbers, and of tests for being
// distinct, into one order, a literal last.
//
//	add(1, x)          →  add(x, 1)
//	mul(b, a)          →  mul(a, b)
//	is_distinct(1, x)  →  is_distinct(x, 1)
type commutative struct{}

func (commutative) Name() string { return "commutative" }

func (commutative) Rewrite(e plan.Expr) (plan.Expr, bool) {
	c, ok := isCall(e, function.Add, function.Mul, function.IsDistinct)
	if !ok {
		return e, false
	}
	a, b := c.Args[0], c.Args[1]
	if c.Func != function.IsDistinct && (!a.Type().Numeric() || !b.Type().Numeric()) {
		return e, false
	}
	inOrder := plan.CompareExpr(a, b) <= 0
	if isLiteral(a) != isLiteral(b) {
		inOrder = isLiteral(b)
	}
	if inOrder {
		return e, false
	}
	return &plan.Call{Func: c.Func, Args: []plan.Expr{b, a}, Typ: c.Typ}, true
}
