package optimize

import (
	"github.com/millrace/millrace/libs/sql/function"
	"github.com/millrace/millrace/libs/sql/plan"
)

// arrayLiteral makes a comparison with any element of an array that is known one with
// each, as IN is: what finds the rows of equalities finds these, too.
//
//	member(['a', 'b'], x)  →  or(eq(x, 'a'), eq(x, 'b'))
//	any_lt([1, 2], x)      →  or(lt(x, 1), lt(x, 2))
type arrayLiteral struct{}

func (arrayLiteral) Name() string { return "array_literal" }

func (arrayLiteral) Rewrite(e plan.Expr) (plan.Expr, bool) {
	c, ok := isCall(e, plan.FuncMember, function.AnyNe, function.AnyLt, function.AnyLe, function.AnyGt, function.AnyGe)
	if !ok {
		return e, false
	}
	l, ok := c.Args[0].(*plan.Literal)
	if !ok || l.Value.IsNull() || len(l.Value.Elems()) == 0 || isLiteral(c.Args[1]) {
		return e, false
	}
	var each []plan.Expr
	for _, v := range l.Value.Elems() {
		each = append(each, call(compareWith(c.Func), c.Args[1], lit(v)))
	}
	if len(each) == 1 {
		return each[0], true
	}
	return call(plan.FuncOr, each...), true
}

// compareWith names the comparison of which a function asks any element.
func compareWith(quantified string) string {
	switch quantified {
	case function.AnyNe:
		return function.Ne
	case function.AnyLt:
		return plan.FuncLt
	case function.AnyLe:
		return plan.FuncLe
	case function.AnyGt:
		return function.Gt
	case function.AnyGe:
		return function.Ge
	default:
		return plan.FuncEq
	}
}
