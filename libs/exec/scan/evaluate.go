package scan

import (
	"github.com/millrace/millrace/libs/exec/expr"
	"github.com/millrace/millrace/libs/record"
)

// truth returns the predicate's value in every row, evaluated at most once per
// batch.
func (t *Partial) truth(p *Predicate) *expr.Truths {
	out := &t.truths[p.Slot]
	if t.truthStamp[p.Slot] == t.batch {
		return out
	}
	switch p.Op {
	case OpAtom:
		t.atom(p, out)
	case OpNot:
		out.Not(t.truth(p.Inputs[0]), t.in.Len)
	case OpAnd:
		out.Copy(t.truth(p.Inputs[0]))
		for _, in := range p.Inputs[1:] {
			if out.AllFalse() {
				break
			}
			out.And(t.truth(in))
		}
	case OpOr:
		out.Copy(t.truth(p.Inputs[0]))
		for _, in := range p.Inputs[1:] {
			out.Or(t.truth(in))
		}
	}
	t.truthStamp[p.Slot] = t.batch
	return out
}

func (t *Partial) atom(p *Predicate, out *expr.Truths) {
	if p.Index < 0 || t.stream.Indexes[p.Index] == nil {
		p.Atom.Eval(&t.in, out)
		if !expr.IsConstant(p.Atom) {
			t.evaluations += int64(t.in.Len)
			t.answered += int64(t.in.Len)
		}
		return
	}
	others := &t.others[p.Index]
	if t.indexStamp[p.Index] != t.batch {
		t.indexStamp[p.Index] = t.batch
		x := t.stream.Indexes[p.Index]
		t.evaluations += int64(t.in.Len)
		t.answered += int64(t.in.Len) * int64(x.Len())
		t.unhit = others
		x.Eval(&t.in, others, t.onHit)
	}
	if t.truthStamp[p.Slot] != t.batch { // nothing hit it
		out.Copy(others)
	}
}

// hit makes a predicate that an index holds true in a row.
func (t *Partial) hit(slot int32, row int) {
	if t.truthStamp[slot] != t.batch {
		t.truthStamp[slot] = t.batch
		t.truths[slot].Copy(t.unhit)
	}
	t.truths[slot].SetTrue(row)
}

// value returns the expression's column, evaluated at most once per batch.
func (t *Partial) value(v *Value) *record.Column {
	if t.valueStamp[v.Slot] != t.batch {
		t.values[v.Slot] = v.Expr.Eval(&t.in, &t.own[v.Slot])
		t.valueStamp[v.Slot] = t.batch
	}
	return t.values[v.Slot]
}
