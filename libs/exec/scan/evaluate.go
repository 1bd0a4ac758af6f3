package scan

import (
	"math/bits"

	"github.com/millrace/millrace/libs/exec/expr"
	"github.com/millrace/millrace/libs/record"
)

// find has the stream's indexes find the predicates that are TRUE in the batch.
func (t *Partial) find() {
	for i := range t.stream.Indexes {
		if x := &t.stream.Indexes[i]; x.Index != nil && !x.Nested {
			t.look(int32(i), nil, t.in.Len)
			t.unknown(i)
		}
	}
	for i := 0; i < len(t.hits.Touched()); i++ { // what is found now may have indexes under it, too
		slot := t.hits.Touched()[i]
		if more := t.stream.Reach.At(slot).More; more != nil && len(more.Nested) > 0 {
			rows := t.hits.Rows(slot)
			n := ones(rows)
			for _, at := range more.Nested {
				t.look(at, rows, n)
			}
		}
	}
}

// look evaluates an index in n rows.
func (t *Partial) look(at int32, rows []uint64, n int) {
	x := &t.stream.Indexes[at]
	t.evaluations += int64(n)
	if !x.Nested { // what is nested are conjunctions of what is not
		t.answered += int64(n) * int64(x.Index.Len())
	}
	if x.Range != nil {
		if size := x.Range.Fragments(); size > 0 {
			f := t.fragments[at]
			if len(f) != size {
				f = make([]uint64, size)
				t.fragments[at] = f
			}
			t.hits.Fragments, t.aside = f, true
		}
	}
	x.Index.Eval(t.in, rows, &t.hits)
}

// keepTrue takes the rows out in which a predicate is not TRUE.
func (t *Partial) keepTrue(p *Predicate, rows []uint64) {
	switch p.Op {
	case OpAtom:
		if p.Index != NoSlot {
			and(rows, t.hits.Rows(int32(p.Slot)))
			return
		}
		if !t.worthAll(p, rows) {
			t.filter(p, rows, record.True)
			return
		}
		truths := t.truth(p)
		for i := range rows {
			rows[i] &= truths.Hi[i] & truths.Lo[i]
		}
	case OpAnd:
		for _, in := range p.Inputs {
			if t.keepTrue(in, rows); !some(rows) {
				return
			}
		}
	case OpOr:
		t.union(p.Inputs, rows, t.keepTrue)
	case OpNot:
		t.keepFalse(p.Inputs[0], rows)
	}
}

// keepFalse takes the rows out in which a predicate is not FALSE.
func (t *Partial) keepFalse(p *Predicate, rows []uint64) {
	switch p.Op {
	case OpAtom:
		if p.Index != NoSlot {
			andNot(rows, t.hits.Rows(int32(p.Slot)))
			andNot(rows, t.nullsOf(p.Index))
			return
		}
		if !t.worthAll(p, rows) {
			t.filter(p, rows, record.False)
			return
		}
		truths := t.truth(p)
		for i := range rows {
			rows[i] &^= truths.Hi[i] | truths.Lo[i]
		}
	case OpAnd:
		t.union(p.Inputs, rows, t.keepFalse)
	case OpOr:
		for _, in := range p.Inputs {
			if t.keepFalse(in, rows); !some(rows) {
				return
			}
		}
	case OpNot:
		t.keepTrue(p.Inputs[0], rows)
	}
}

// union keeps the rows that keep keeps for any of the predicates.
func (t *Partial) union(ps []*Predicate, rows []uint64, keep func(*Predicate, []uint64)) {
	rest, one := t.take(), t.take()
	copy(rest, rows)
	clear(rows)
	for _, p := range ps {
		copy(one, rest)
		keep(p, one)
		for i, w := range one {
			rows[i] |= w
			rest[i] &^= w
		}
		if !some(rest) {
			break
		}
	}
	t.give(rest)
	t.give(one)
}

// worthAll reports whether it is better to evaluate a predicate in all rows at
// once than in each of those given: where it has been, where others want it, and
// where they are many.
func (t *Partial) worthAll(p *Predicate, rows []uint64) bool {
	const many = 4 // one in so many
	if p.Computed {
		return t.memos.find(p.Slot) != nil || ones(rows) == t.in.Len
	}
	return p.Shared.Load() || t.memos.find(p.Slot) != nil || many*ones(rows) > t.in.Len
}

// filter evaluates an atom row by row.
func (t *Partial) filter(p *Predicate, rows []uint64, want record.Truth) {
	t.ready(p, rows)
	for i, w := range rows {
		for m := w; m != 0; m &= m - 1 {
			t.evaluations++
			t.answered++
			if p.Atom.At(t.in, i<<6|bits.TrailingZeros64(m)) != want {
				w &^= m & -m
			}
		}
		rows[i] = w
	}
}

// truth returns the predicate's value in every row, evaluated at most once per
// batch.
func (t *Partial) truth(p *Predicate) *expr.Truths {
	if out := t.memos.find(p.Slot); out != nil {
		return out
	}
	out := t.memos.add(p.Slot)
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
	return out
}

func (t *Partial) atom(p *Predicate, out *expr.Truths) {
	if p.Index != NoSlot {
		out.Fill(t.in.Len, record.False)
		copy(out.Lo, t.nullsOf(p.Index))
		for i, w := range t.hits.Rows(int32(p.Slot)) {
			out.Hi[i] = w
			out.Lo[i] |= w
		}
		return
	}
	if t.timing {
		t.evalTimed(p, out)
	} else {
		p.Atom.Eval(t.in, out)
	}
	if !expr.IsConstant(p.Atom) {
		t.evaluations += int64(t.in.Len)
		t.answered += int64(t.in.Len)
	}
}

// nullRows are the rows in which the predicates of an index are NULL unless they
// are TRUE.
type nullRows struct {
	batch uint32
	rows  []uint64
}

func (t *Partial) nullsOf(at int) []uint64 {
	n := &t.nulls[at]
	if n.batch != t.batch {
		n.batch = t.batch
		n.rows = zeros(n.rows, t.words())
		t.stream.Indexes[at].Index.Nulls(t.in, n.rows)
	}
	return n.rows
}

// value returns the expression's column, evaluated at most once per batch.
func (t *Partial) value(v *Value) *record.Column {
	if t.valueStamp[v.Slot] != t.batch {
		t.values[v.Slot] = v.Expr.Eval(t.in, &t.own[v.Slot])
		t.valueStamp[v.Slot] = t.batch
	}
	return t.values[v.Slot]
}
