package optimize

import (
	"github.com/millrace/millrace/libs/sql/function"
	"github.com/millrace/millrace/libs/sql/plan"
)

// inToEqualities makes every value of an IN list an atom of its own.
//
//	in(x, 1)        →  eq(x, 1)
//	in(x, 1, NULL)  →  or(eq(x, 1), eq(x, NULL))
type inToEqualities struct{}

func (inToEqualities) Name() string { return "in_to_equalities" }

func (inToEqualities) Rewrite(e plan.Expr) (plan.Expr, bool) {
	c, ok := isCall(e, function.In)
	if !ok {
		return e, false
	}
	equal := make([]plan.Expr, len(c.Args)-1)
	for i, v := range c.Args[1:] {
		equal[i] = call(plan.FuncEq, c.Args[0], v)
	}
	if len(equal) == 1 {
		return equal[0], true
	}
	return call(plan.FuncOr, equal...), true
}
