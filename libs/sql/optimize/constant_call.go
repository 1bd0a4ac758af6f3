package optimize

import (
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/function"
	"github.com/millrace/millrace/libs/sql/plan"
)

// constantCall evaluates calls of which every argument is a literal, if the value
// is not much larger than the call: repeat('a', 1000000) stays as it is.
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
	v, err := f.Fold(args)
	if err != nil || !v.Type().Equal(c.Typ) { // ERROR: to be found when the query runs
		return e, false
	}
	folded := lit(v)
	if size := len(plan.EncodeExpr(nil, folded)); size > mostFolded && size > len(plan.EncodeExpr(nil, e)) {
		return e, false
	}
	return folded, true
}

// mostFolded is how many bytes a value may take where the call takes fewer.
const mostFolded = 1 << 10
