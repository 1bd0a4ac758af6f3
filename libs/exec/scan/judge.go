package scan

import (
	"math/bits"

	"github.com/millrace/millrace/libs/exec/expr"
	"github.com/millrace/millrace/libs/planted"
	"github.com/millrace/millrace/libs/record"
)

// narrow takes the rows out in which what is left of a selection is not TRUE, and
// counts those in which it is ERROR; of an open one those in which it is FALSE.
func (t *Partial) narrow(s *Selection, rows []uint64) {
	if !s.Pred.Computed && !s.open() {
		t.keepTrue(s.Pred, rows)
		return
	}
	found := t.take()
	copy(found, rows)
	clear(rows)
	if !t.narrowComputed(s, found, rows) {
		t.portions(found, func(found []uint64) bool { return t.narrowComputed(s, found, rows) })
	}
	t.give(found)
}

// narrowComputed adds those of the rows found that narrow leaves; held is false, and nothing has changed, where not all values that it is over could
// be held.
func (t *Partial) narrowComputed(s *Selection, found, rows []uint64) (held bool) {
	mark := t.in.Mark()
	truths := t.takeTruths()
	if s.Pred.Fallible || s.open() {
		t.judge(s.Pred, found, truths)
	} else {
		truths.Reset(t.in.Len)
		copy(truths.Hi, found)
		t.keepTrue(s.Pred, truths.Hi)
		copy(truths.Lo, truths.Hi)
	}
	switch held = t.in.Held(mark); {
	case held && s.open():
		for i, hi := range truths.Hi {
			rows[i] |= hi | truths.Lo[i]
			truths.Hi[i] &= truths.Lo[i]
		}
		t.parts[s.Keeps.Slot].add(t.documents, truths.Hi)
	case held:
		errs := 0
		for i, hi := range truths.Hi {
			rows[i] |= hi & truths.Lo[i]
			errs += bits.OnesCount64(hi &^ truths.Lo[i])
		}
		if errs > 0 {
			t.failed(s, uint64(errs))
		}
	}
	t.giveTruths(truths)
	return held
}

// judge finds the truth values of a predicate in some rows, and makes it FALSE in all
// others. What an AND or OR is made of is evaluated only where those before it leave
// it open.
func (t *Partial) judge(p *Predicate, rows []uint64, out *expr.Truths) {
	switch p.Op {
	case OpAtom:
		if p.Index == NoSlot && !t.worthAll(p, rows) {
			t.judgeRows(p, rows, out)
			return
		}
		all := t.truth(p)
		out.Reset(t.in.Len)
		for i, w := range rows {
			out.Hi[i], out.Lo[i] = all.Hi[i]&w, all.Lo[i]&w
		}
	case OpNot:
		t.judge(p.Inputs[0], rows, out)
		for i, w := range rows {
			out.Hi[i], out.Lo[i] = w&^out.Lo[i], w&^out.Hi[i]
		}
	case OpAnd, OpOr:
		t.judge(p.Inputs[0], rows, out)
		open, one := t.take(), t.takeTruths()
		for _, in := range p.Inputs[1:] {
			for i, w := range rows {
				if p.Op == OpAnd {
					open[i] = w & (out.Hi[i] | out.Lo[i]) // not FALSE
				} else {
					open[i] = w &^ (out.Hi[i] & out.Lo[i]) // not TRUE
				}
			}
			if !some(open) {
				break
			}
			t.judge(in, open, one)
			if p.Op == OpAnd {
				out.And(one)
			} else {
				out.Or(one)
			}
		}
		t.give(open)
		t.giveTruths(one)
	}
}

// judgeRows evaluates an atom row by row.
func (t *Partial) judgeRows(p *Predicate, rows []uint64, out *expr.Truths) {
	t.ready(p, rows)
	out.Fill(t.in.Len, record.False)
	for i, w := range rows {
		for ; w != 0; w &= w - 1 {
			t.evaluations++
			t.answered++
			row := i<<6 | bits.TrailingZeros64(w)
			out.Set(row, p.Atom.At(t.in, row))
		}
	}
}

// ready has the values be known that an atom is over.
func (t *Partial) ready(p *Predicate, rows []uint64) {
	if p.Computed {
		expr.Ready(p.Atom, t.in, rows)
	}
}

// unknown has the selections look at the rows that must see those in which the
// predicates of an index are neither TRUE nor FALSE: what else they want may be ERROR
// there.
func (t *Partial) unknown(at int) {
	x := &t.stream.Indexes[at]
	if x.Unknown.Len() == 0 || planted.On(planted.UnknownForgotten) {
		return
	}
	rows := t.nullsOf(at)
	if !some(rows) {
		return
	}
	for i := range x.Unknown.Pieces() {
		for _, candidate := range x.Unknown.Piece(i) {
			t.candidates.Add(candidate, rows)
		}
	}
}

// takeTruths returns truth values of no set value for the time until giveTruths.
func (t *Partial) takeTruths() *expr.Truths {
	if n := len(t.spareTruths); n > 0 {
		out := t.spareTruths[n-1]
		t.spareTruths = t.spareTruths[:n-1]
		return out
	}
	return new(expr.Truths)
}

func (t *Partial) giveTruths(truths *expr.Truths) { t.spareTruths = append(t.spareTruths, truths) }
