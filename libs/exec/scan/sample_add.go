package scan

import (
	"github.com/millrace/millrace/libs/exec/expr"
	"github.com/millrace/millrace/libs/record"
)

// Sample has s time some of the batches from now on; nil: none.
func (t *Partial) Sample(s *Sampler) { t.sampler = s }

// addTimed is Add, in groups of work that are timed.
func (t *Partial) addTimed(b *record.Batch) {
	s := t.sampler
	t.timing = true
	before, samples := s.out.stamps, len(s.out.All)
	s.begin()
	began := s.last
	t.begin(b)
	t.evaluateTimed(b)
	t.tally(b)
	if len(t.stream.Unnest) > 0 {
		t.unnest(b, 0)
	}
	s.mark()
	t.timing = false
	s.end(s.last-began, s.out.stamps-before, len(s.out.All)-samples, s.touched+s.seen, b.Len)
}

// evaluateTimed is evaluate.
func (t *Partial) evaluateTimed(b *record.Batch) {
	s := t.sampler
	t.findTimed()
	t.countTimed()
	for _, slot := range t.hits.Touched() {
		r := t.stream.Reach.At(slot)
		if r.Count != NoSlot || r.More == nil {
			continue
		}
		for sel := range r.More.Direct.All() {
			t.selectTimed(sel, t.hits.Rows(slot), nil, b)
		}
		for sel := range r.More.Refined.All() {
			t.selectTimed(sel, t.hits.Rows(slot), sel.Pred, b)
		}
		for candidate := range r.More.Candidates.All() {
			t.candidates.Add(candidate, t.hits.Rows(slot))
		}
	}
	for _, slot := range t.candidates.Touched() {
		sel := *t.stream.Candidates.At(slot)
		t.selectTimed(sel, t.candidates.Rows(slot), sel.Pred, b)
	}
	for sel := range t.stream.Dense.All() {
		t.denseTimed(sel, b)
	}
	s.touched += len(t.hits.Touched())
}

// findTimed is find.
func (t *Partial) findTimed() {
	s := t.sampler
	look := func(at int32, rows []uint64, n int) {
		s.mark()
		t.look(at, rows, n)
		x := &t.stream.Indexes[at]
		s.add(SampleIndex, x.ID, s.lap(), n).Nodes = int32(x.Index.Len())
		t.unknown(int(at))
	}
	for i := range t.stream.Indexes {
		if x := &t.stream.Indexes[i]; x.Index != nil && !x.Nested {
			look(int32(i), nil, t.in.Len)
		}
	}
	for i := 0; i < len(t.hits.Touched()); i++ {
		slot := t.hits.Touched()[i]
		more := t.stream.Reach.At(slot).More
		if more == nil || len(more.Nested) == 0 {
			continue
		}
		rows := t.hits.Rows(slot)
		n := ones(rows)
		for _, at := range more.Nested {
			if !s.pick() {
				t.look(at, rows, n)
				continue
			}
			look(at, rows, n)
			s.weigh()
		}
	}
}

// countTimed counts the rows of which only the number is wanted.
func (t *Partial) countTimed() {
	s := t.sampler
	s.mark()
	nodes, rows := 0, 0
	for _, slot := range t.hits.Touched() {
		if r := t.stream.Reach.At(slot); r.Count != NoSlot {
			before := t.counts[r.Count]
			t.count(r.Count, t.hits.Rows(slot))
			rows += int(t.counts[r.Count] - before)
			nodes++
		}
	}
	if nodes > 0 {
		s.add(SampleCount, SumID(SampleCount, t.stream.Name), s.lap(), rows).Nodes = int32(nodes)
	}
}

// selectTimed evaluates what is left of a selection, nil for nothing, in the rows
// found, and keeps those in which it is TRUE. It is refine and keep.
func (t *Partial) selectTimed(sel *Selection, found []uint64, rest *Predicate, b *record.Batch) {
	s := t.sampler
	if sel.Keeps != nil || !s.pick() {
		if rest == nil {
			t.keep(sel, found, b)
		} else {
			t.refine(sel, found, b)
		}
		return
	}
	n := ones(found)
	atoms := s.atoms
	s.mark()
	rows := t.take()
	copy(rows, found)
	if rest != nil {
		t.narrow(sel, rows)
	}
	t.keepTimed(sel, rows, n, s.lap()-(s.atoms-atoms), b)
	t.give(rows)
}

// denseTimed is dense.
func (t *Partial) denseTimed(sel *Selection, b *record.Batch) {
	s := t.sampler
	if sel.Keeps != nil || !s.pick() {
		t.dense(sel, b)
		return
	}
	atoms := s.atoms
	s.mark()
	rows := t.take()
	t.denseRows(sel, rows)
	t.keepTimed(sel, rows, b.Len, s.lap()-(s.atoms-atoms), b)
	t.give(rows)
}

// keepTimed is keep, for a selection that has taken so long so far for n rows.
func (t *Partial) keepTimed(sel *Selection, rows []uint64, n int, nanos int64, b *record.Batch) {
	s := t.sampler
	s.mark()
	if sel.Count != NoSlot {
		t.count(sel.Count, rows)
	} else {
		t.list(rows)
	}
	kept := ones(rows)
	s.add(SampleSelection, sel.ID, nanos+s.lap(), n).Kept = int64(kept)
	s.weigh()
	if sel.Count != NoSlot || kept == 0 {
		return
	}
	sel.Tally.matched.Add(int64(kept))
	for table := range sel.Tables.All() {
		atoms := s.atoms
		s.mark()
		t.keepGroups(table, b)
		nanos := s.lap() - (s.atoms - atoms)
		states := 0
		for _, a := range table.Aggs {
			if !a.CountsRows {
				states++
			}
		}
		s.add(SampleGrouping, table.ID, nanos, kept).Nodes = int32(states)
		s.weigh()
	}
	for list := range sel.Rows.All() {
		s.mark()
		t.keepRows(list, b)
		s.add(SampleRows, list.ID, s.lap(), kept)
		s.weigh()
	}
}

// weigh says that the last sample stands for what was not picked, too.
func (s *Sampler) weigh() { s.out.All[len(s.out.All)-1].Weight = int32(s.stride) }

// evalTimed evaluates an atom in all rows.
func (t *Partial) evalTimed(p *Predicate, out *expr.Truths) {
	s := t.sampler
	from := s.now()
	p.Atom.Eval(t.in, out)
	nanos := s.now() - from
	s.out.stamps += 2
	s.atoms += nanos
	if len(s.out.All) < mostSamples {
		s.add(SamplePredicate, p.ID, nanos, t.in.Len)
	}
}

// flushed ends the timing of Blocks.
func (t *Partial) flushed() {
	s := t.sampler
	documents := s.flushed
	s.flushed = 0
	if t.stream == nil || documents == 0 || len(s.out.All) >= mostSamples {
		return
	}
	s.add(SampleFlush, SumID(SampleFlush, t.stream.Name), s.lap(), int(documents)).Kept = int64(len(t.nodesOf.nodes))
}
