package optimize

import "github.com/millrace/millrace/libs/sql/plan"

// flatten joins nested connectives of one kind, which are associative.
//
//	and(a, and(b, c))  →  and(a, b, c)
type flatten struct{}

func (flatten) Name() string { return "flatten" }

func (flatten) Rewrite(e plan.Expr) (plan.Expr, bool) {
	c, ok := isCall(e, plan.FuncAnd, plan.FuncOr)
	if !ok {
		return e, false
	}
	nested := false
	var args []plan.Expr
	for i, a := range c.Args {
		inner, ok := isCall(a, c.Func)
		switch {
		case ok && !nested:
			nested = true
			args = append(append(args, c.Args[:i]...), inner.Args...)
		case ok:
			args = append(args, inner.Args...)
		case nested:
			args = append(args, a)
		}
	}
	if !nested {
		return e, false
	}
	return call(c.Func, args...), true
}
