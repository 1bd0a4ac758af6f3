package index

import (
	"github.com/millrace/millrace/libs/exec/expr"
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/plan"
)

// computed is an index over a computed value, which it has computed in the rows that
// it looks at.
type computed struct {
	Index
	position int
}

// Computed returns an index over the value at a position as one over a computed
// value. In a row in which that is ERROR no predicate is TRUE, and Nulls has it among
// those in which they are NULL: an index cannot tell the two apart.
func Computed(x Index, position int) Index { return computed{x, position} }

// Eval implements [Index]. Where not all values can be held, it looks at some rows at a
// time.
func (x computed) Eval(in *expr.Input, rows []uint64, hits *Hits) {
	if x.Len() > 0 && !x.eval(in, rows, hits) {
		in.Portions(rows, func(rows []uint64) bool { return x.eval(in, rows, hits) })
	}
}

func (x computed) eval(in *expr.Input, rows []uint64, hits *Hits) bool {
	mark := in.Mark()
	in.Need(x.position, rows)
	if !in.Held(mark) {
		return false
	}
	x.Index.Eval(in, rows, hits)
	return true
}

// Nulls implements [Index].
func (x computed) Nulls(in *expr.Input, rows []uint64) {
	mark := in.Mark()
	if in.Need(x.position, nil); in.Held(mark) {
		x.Index.Nulls(in, rows)
		return
	}
	in.Portions(nil, func(some []uint64) bool {
		mark := in.Mark()
		if in.Need(x.position, some); !in.Held(mark) {
			return false
		}
		nulls := make([]uint64, len(rows)) // and the rows that are not known
		x.Index.Nulls(in, nulls)
		for i, w := range some {
			rows[i] |= nulls[i] & w
		}
		return true
	})
}

// Subject returns the call whose value a predicate compares that an index can hold;
// nil: it is a column.
func Subject(e plan.Expr) *plan.Call {
	call, ok := e.(*plan.Call)
	if ok && call.Func == plan.FuncNot {
		call, ok = call.Args[0].(*plan.Call)
	}
	if !ok {
		return nil
	}
	subject, _ := call.Args[0].(*plan.Call)
	return subject
}

// over returns what a target is over, and its type; ok is false for a literal.
func over(e plan.Expr) (t Target, typ record.Type, ok bool) {
	switch e := e.(type) {
	case *plan.Column:
		return Target{Column: e.Name}, e.Typ, true
	case *plan.Call:
		return Target{Column: plan.FormatExpr(e), Computed: plan.FingerprintExpr(e)}, e.Typ, true
	default:
		return Target{}, record.Type{}, false
	}
}
