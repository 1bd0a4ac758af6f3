package optimize

import (
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/function"
	"github.com/millrace/millrace/libs/sql/plan"
)

// facts are what rules ask of expressions again and again, at every level of what these
// are part of: each is found once, of what is known of the operands. So a plan takes time
// as it is long, and not as it is long and deep. Without facts, nil, nothing is remembered.
type facts struct {
	ids   plan.IDs
	fails map[*plan.Call]bool
}

func newFacts() *facts { return &facts{} }

// orNew returns facts that remember.
func (f *facts) orNew() *facts {
	if f == nil {
		return newFacts()
	}
	return f
}

// fallible reports whether the value of e may be ERROR: that of an aggregate, whose
// sum may overflow, or of a function that does not take every value.
func (f *facts) fallible(e plan.Expr) bool {
	switch e := e.(type) {
	case *plan.Ref:
		return e.Kind == plan.AggRef
	case *plan.Call:
		if f == nil {
			return f.mayFail(e)
		}
		fails, ok := f.fails[e]
		if !ok {
			fails = f.mayFail(e)
			if f.fails == nil {
				f.fails = make(map[*plan.Call]bool)
			}
			f.fails[e] = fails
		}
		return fails
	default:
		return false
	}
}

func (f *facts) mayFail(c *plan.Call) bool {
	types, consts := make([]record.Type, len(c.Args)), make([]*record.Value, len(c.Args))
	for i, a := range c.Args {
		if f.fallible(a) {
			return true
		}
		types[i] = a.Type()
		if l, ok := a.(*plan.Literal); ok {
			consts[i] = &l.Value
		}
	}
	known, ok := function.LookupScalar(c.Func)
	return !ok || known.MayFail(types, consts)
}
