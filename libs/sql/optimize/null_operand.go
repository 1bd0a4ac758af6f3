package optimize

import (
	"slices"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/function"
	"github.com/millrace/millrace/libs/sql/plan"
)

// nullOperand: a comparison with NULL is NULL, and so is every function that is NULL
// where an argument is, unless another argument is ERROR.
//
//	eq(x, NULL)   →  NULL
//	add(x, NULL)  →  NULL
type nullOperand struct{ known *facts }

func (nullOperand) Name() string { return "null_operand" }

func (r nullOperand) Rewrite(e plan.Expr) (plan.Expr, bool) {
	c, ok := e.(*plan.Call)
	if !ok {
		return e, false
	}
	f, ok := function.LookupScalar(c.Func)
	if !ok || !f.Strict || slices.ContainsFunc(c.Args, r.known.fallible) {
		return e, false
	}
	for _, a := range c.Args {
		if l, ok := a.(*plan.Literal); ok && l.Value.IsNull() {
			return lit(record.NullOf(c.Typ)), true
		}
	}
	return e, false
}
