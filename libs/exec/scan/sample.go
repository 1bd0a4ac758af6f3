package scan

import (
	"fmt"
	"sync/atomic"

	"github.com/millrace/millrace/libs/sql/plan"
)

// SampleKind says which piece of work was timed.
type SampleKind uint8

// The kinds of samples, with what Rows, Kept and Nodes of a [Sample] are.
const (
	// SampleDecode: documents were decoded. ID: [Stream.ID]; Nodes: columns.
	SampleDecode SampleKind = iota + 1
	// SampleIndex: an index was looked into. ID: [Index.ID]; Nodes: the predicates
	// that it holds.
	SampleIndex
	// SamplePredicate: an atom was evaluated in all rows. ID: [Predicate.ID].
	SamplePredicate
	// SampleSelection: what is left of a selection was evaluated in the rows that its
	// access path found; but for the predicates that have a sample of their own.
	// Kept: rows for which it was TRUE.
	SampleSelection
	// SampleGrouping: rows were folded into a table. ID: [Table.ID]; Nodes: its
	// aggregates that have a state.
	SampleGrouping
	// SampleRows: rows were returned. ID: [Rows.ID].
	SampleRows
	// SampleCount: rows of selections were counted of which nothing else is wanted.
	// ID: [SumID] of the stream; Rows: as counted; Nodes: selections.
	SampleCount
	// SampleFlush: blocks were written. ID: [SumID] of the stream; Rows: documents of
	// the transaction; Kept: nodes that were written.
	SampleFlush
)

// sampleKinds are what kinds are called, here and in costs.
var sampleKinds = [...]string{
	SampleDecode: "scan", SampleIndex: "index", SamplePredicate: "predicate", SampleSelection: "selection",
	SampleGrouping: "grouping", SampleRows: "rows", SampleCount: "count", SampleFlush: "flush",
}

// SampleKinds returns all kinds, in the order in which a document comes to them.
func SampleKinds() []SampleKind {
	var all []SampleKind
	for k := SampleDecode; int(k) < len(sampleKinds); k++ {
		all = append(all, k)
	}
	return all
}

// String returns what costs of the kind are called, as "index".
func (k SampleKind) String() string {
	if k == 0 || int(k) >= len(sampleKinds) {
		return fmt.Sprintf("kind(%d)", uint8(k))
	}
	return sampleKinds[k]
}

// SumID returns the id of what is measured for many nodes of a stream at once.
func SumID(kind SampleKind, stream string) plan.ID {
	return plan.HashID([]byte("sum"), []byte{byte(kind)}, []byte(stream))
}

// Sample is one piece of work that was timed.
type Sample struct {
	ID     plan.ID
	Kind   SampleKind
	Weight int32 // how many such pieces it stands for
	Nodes  int32
	Nanos  int64
	Rows   int64 // that were looked at
	Kept   int64
}

// Samples is what a [Sampler] has timed since it handed over the samples before.
type Samples struct {
	Batches   int64 // that were timed
	Documents int64 // in those
	Nanos     int64 // that [Partial.Add] took for those, timing included
	All       []Sample

	stamps int64 // readings of the clock
}

func (s *Samples) reset() { *s = Samples{All: s.All[:0]} }

// Mailbox passes samples from a [Stage] to whoever makes costs of them: one puts
// in, one takes out, neither waits. Its zero value is empty.
type Mailbox struct{ full, empty atomic.Pointer[Samples] }

// Take returns what was put in since the last Take, nil for nothing. The caller
// gives it back by Return when it is done with it.
func (m *Mailbox) Take() *Samples { return m.full.Swap(nil) }

// Return gives back memory.
func (m *Mailbox) Return(s *Samples) {
	s.reset()
	m.empty.Store(s)
}

// put puts samples in and returns those to go on with: s itself if what was put in
// before is still there, or nothing was timed.
func (m *Mailbox) put(s *Samples) *Samples {
	if s.Batches == 0 && len(s.All) == 0 || !m.full.CompareAndSwap(nil, s) {
		return s
	}
	if next := m.empty.Swap(nil); next != nil {
		return next
	}
	return new(Samples)
}
