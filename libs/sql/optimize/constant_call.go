package optimize

import (
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/function"
	"github.com/millrace/millrace/libs/sql/plan"
)

// constantCall evaluates calls of which every argument is a literal.
//
//	lt(1, 2)    →  TRUE
//	not(NULL)   →  NULL
type constantCall struct{}

func (constantCall) Name() string { return "constant_call" }

func (constantCall) Rewrite(e plan.Expr) (plan.Expr, bool) {
	c, ok := e.(*plan.Call)
	if !ok {
		return e, false
	}
	var args []record.Value
	for _, a := range c.Args {
		l, ok := a.(*plan.Literal)
		if !ok {
			return e, false
		}
		args = append(args, l.Value)
	}
	f, ok := function.LookupScalar(c.Func)
	if !ok {
		return e, false
	}
	v, err := f.Eval(args)
	if err != nil { // ERROR: to be found when the query runs
		return e, false
	}
	return lit(v), true
}
