package optimize

import (
	"github.com/millrace/millrace/libs/sql/function"
	"github.com/millrace/millrace/libs/sql/plan"
)

// distinctNull: what NULL is distinct from is what is not NULL.
//
//	is_distinct(x, NULL)  →  not(is_null(x))
type distinctNull struct{}

func (distinctNull) Name() string { return "distinct_null" }

func (distinctNull) Rewrite(e plan.Expr) (plan.Expr, bool) {
	c, ok := isCall(e, function.IsDistinct)
	if !ok {
		return e, false
	}
	for i, a := range c.Args {
		if l, ok := a.(*plan.Literal); ok && l.Value.IsNull() {
			return not(call(plan.FuncIsNull, c.Args[1-i])), true
		}
	}
	return e, false
}
