package scan

import (
	"slices"

	"github.com/millrace/millrace/libs/exec/expr"
	"github.com/millrace/millrace/libs/exec/index"
	"github.com/millrace/millrace/libs/record"
)

// Partial is what one transaction has accumulated under one program: groups of
// partial aggregates and rows. It is used by one goroutine at a time.
type Partial struct {
	program *Program
	bytes   int
	budget  Budget
	most    int // bytes from which on it is full
	largest int // bytes of a row or key, at most
	spills  int // how often it was full

	outputs []*output // by slot; nil: not used for a while
	touched []int     // slots of outputs with something in them
	swept   int       // slot of the output last swept
	room    int       // bytes that outputs may keep for another transaction

	counts    []uint64   // rows by count slot
	fragments [][]uint64 // rows by elementary interval, by index slot
	aside     bool       // there are fragments or mismatches since the last fold
	misread   []int64    // mismatches by stream and position since the last fold
	odd       bool       // a counted table may have errors or mismatches, too
	rings     []ring     // by slot of keys
	nodesOf   nodeList   // of the last Blocks, for their memory

	// What follows is about one batch at a time. A slot holds something for the
	// batch where its stamp equals batch.
	batch       uint32
	stream      *Stream
	streamAt    int         // where its positions begin in misread
	in          *expr.Input // of the frame
	frames      []*frame    // by how many levels are unnested
	made        map[*Unnest]madeOf
	documents   uint32      // the batch of documents
	wanted      []documents // by slot of unnests, of which elements are made
	parts       []documents // by slot of parts, in which they are TRUE
	evaluations int64
	answered    int64
	hits        index.Hits // by slot of predicates
	candidates  index.Hits // by slot of candidates
	memos       memos
	nulls       []nullRows // by index slot
	spare       [][]uint64
	spareTruths []*expr.Truths
	boundTruths []*expr.Truths // in filters
	every       []uint64
	own         []record.Column // by slot of values
	values      []*record.Column
	valueStamp  []uint32
	rows        []int32
	kept        []uint64 // the same as bits
	portion     []int32  // some of rows
	keyed       []int32  // of rows, those that have a key
	passed      []int32  // of rows, those that an aggregate's filter lets pass
	split       split
	args        []*record.Column
	filters     []*expr.Truths
	key         []byte

	sampler *Sampler // nil: nothing is timed
	timing  bool     // the present batch is
}

// NewPartial returns an empty Partial of a program.
func NewPartial(p *Program) *Partial {
	t := &Partial{room: keptBytes, frames: []*frame{new(frame)}, made: map[*Unnest]madeOf{}}
	t.in = &t.frames[0].in
	t.Bound(Budget{})
	t.Reset(p)
	return t
}

// Reset empties t for another transaction, under the same or another program,
// and keeps its memory.
func (t *Partial) Reset(p *Program) {
	t.empty()
	t.sweep()
	t.program, t.stream = p, nil
	t.outputs = grow(t.outputs, p.Size.Outputs)
	t.counts = grow(t.counts, p.Size.Counts)
	t.rings = grow(t.rings, p.Size.Keys)
	t.wanted, t.parts = grow(t.wanted, p.Size.Unnests), grow(t.parts, p.Size.Parts)
	t.fragments = grow(t.fragments, p.Size.Indexes)
	t.nulls = grow(t.nulls, p.Size.Indexes)
	t.memos.grow(p.Size.Predicates)
	t.own = grow(t.own, p.Size.Values)
	t.values = grow(t.values, p.Size.Values)
	t.valueStamp = grow(t.valueStamp, p.Size.Values)
}

// empty forgets what has been accumulated, and nothing of the present batch.
func (t *Partial) empty() {
	t.fold()
	for _, slot := range t.touched {
		t.room = t.outputs[slot].reset(t.room)
	}
	for i := range t.rings {
		t.rings[i].forget()
	}
	t.touched, t.bytes, t.odd = t.touched[:0], 0, false
	if cap(t.key) > mostKept {
		t.key = nil
	}
	for slot, n := range t.counts {
		if n > 0 {
			t.program.Counts.At(int32(slot)).Tally.matched.Add(int64(n))
			t.counts[slot] = 0
		}
	}
	for _, f := range t.fragments {
		clear(f)
	}
	t.aside = false
	clear(t.misread)
}

func grow[T any](s []T, n int) []T {
	if n <= len(s) {
		return s
	}
	return append(s, make([]T, n-len(s))...)
}

// Empty reports whether nothing has been accumulated.
func (t *Partial) Empty() bool {
	t.fold()
	return len(t.touched) == 0 && !slices.ContainsFunc(t.counts, func(n uint64) bool { return n > 0 })
}

// Bytes returns about how much memory the groups and rows take.
func (t *Partial) Bytes() int { return t.bytes }

// Add folds in a batch of documents, of one Kafka record or several, decoded with
// the program's decoder. Nothing of the batch is kept. What a selection costs, it
// costs once per batch in which it is TRUE: batches of a thousand rows are fast.
func (t *Partial) Add(b *record.Batch) {
	if t.sampler != nil && t.sampler.due(b.Len) {
		t.addTimed(b)
		return
	}
	t.begin(b)
	t.evaluate(b)
	t.tally(b)
	if len(t.stream.Unnest) > 0 {
		t.unnest(b, 0)
	}
}

// evaluate finds and keeps the rows of the stream's selections.
func (t *Partial) evaluate(b *record.Batch) {
	t.find()
	for _, slot := range t.hits.Touched() {
		r := t.stream.Reach.At(slot)
		if r.Count != NoSlot {
			t.count(r.Count, t.hits.Rows(slot))
			continue
		}
		if r.More == nil {
			continue
		}
		for i := range r.More.Direct.Pieces() {
			for _, s := range r.More.Direct.Piece(i) {
				t.keep(s, t.hits.Rows(slot), b)
			}
		}
		for i := range r.More.Refined.Pieces() {
			for _, s := range r.More.Refined.Piece(i) {
				t.refine(s, t.hits.Rows(slot), b)
			}
		}
		for i := range r.More.Candidates.Pieces() {
			for _, candidate := range r.More.Candidates.Piece(i) {
				t.candidates.Add(candidate, t.hits.Rows(slot))
			}
		}
	}
	for _, slot := range t.candidates.Touched() {
		s := *t.stream.Candidates.At(slot)
		if rows := t.candidates.Rows(slot); s.Pred == nil {
			t.keep(s, rows, b)
		} else {
			t.refine(s, rows, b)
		}
	}
	for i := range t.stream.Dense.Pieces() {
		for _, s := range t.stream.Dense.Piece(i) {
			t.dense(s, b)
		}
	}
}

func (t *Partial) tally(b *record.Batch) {
	t.program.Tally.documents.Add(int64(b.Len))
	t.tallyEvaluations()
}

func (t *Partial) tallyEvaluations() {
	t.program.Tally.evaluations.Add(t.evaluations)
	t.program.Tally.answered.Add(t.answered)
}

// begin makes b the batch that slots are about.
func (t *Partial) begin(b *record.Batch) {
	if t.stream == nil || t.stream.Schema != b.Schema {
		t.stream = t.program.streamOf(b.Schema)
		t.streamAt = 0
		for _, s := range t.program.Streams {
			if s == t.stream {
				break
			}
			t.streamAt += s.Width
		}
		t.misread = grow(t.misread, t.streamAt+t.stream.Width)
	}
	columns := t.fresh(0, b.Len)
	if t.documents++; t.documents == 0 {
		t.documents = 1
	}
	var total int64
	for i, position := range t.stream.Positions {
		columns[position] = &b.Columns[i]
		t.misread[t.streamAt+position] += b.Mismatches[i]
		total += b.Mismatches[i]
	}
	if total > 0 {
		t.aside = true
		t.program.Tally.mismatches.Add(total)
	}
	t.begun(columns, b.Len)
}

// fresh makes a frame the one that slots are about, and returns its columns, by position:
// there is none yet.
func (t *Partial) fresh(levels, rows int) []*record.Column {
	if t.batch++; t.batch == 0 { // stamps of 2^32 batches ago would look new
		clear(t.valueStamp)
		clear(t.nulls)
		clear(t.wanted)
		clear(t.parts)
		t.batch = 1
	}
	t.hits.Begin(t.program.Size.Predicates, rows)
	t.candidates.Begin(t.program.Size.Candidates, rows)
	t.memos.begin()
	t.evaluations, t.answered = 0, 0
	f := t.frames[levels]
	t.in = &f.in
	f.columns = grow(f.columns, t.stream.Width+len(t.stream.Computed))
	clear(f.columns)
	return f.columns
}

// begun lets expressions see the columns.
func (t *Partial) begun(columns []*record.Column, rows int) {
	t.in.Reset(columns, rows)
	t.in.Bound(t.budget.Computed)
	t.in.Compute(t.stream.Width, t.stream.Computed)
}
