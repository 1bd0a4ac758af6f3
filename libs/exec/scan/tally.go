package scan

import (
	"sync/atomic"

	"github.com/millrace/millrace/libs/sql/plan"
)

// Tally counts what programs did. Documents that are scanned again after an
// aborted transaction count again.
type Tally struct {
	documents, evaluations, answered, mismatches atomic.Int64
}

// SelectionTally counts what one selection did.
type SelectionTally struct {
	matched, errors atomic.Int64

	// Of [Program.Observe]: matched as it was, and the part of documents since.
	seen int64
	part float64
}

// observe follows the part of all documents that match, over the last few calls.
func (t *SelectionTally) observe(documents int64) float64 {
	const newest = 0.3 // the weight of the last call
	if documents > 0 {
		matched, weight := t.matched.Load(), newest
		if t.seen == 0 {
			weight = 1
		}
		t.part += weight * (min(float64(matched-t.seen)/float64(documents), 1) - t.part)
		t.seen = matched
	}
	return t.part
}

// Counters are the sums of a Tally.
type Counters struct {
	Documents   int64
	Evaluations int64 // of atomic predicates, or of indexes that stand for many, each for one document
	Answered    int64 // atomic predicates, and intervals, each for one document, whether evaluated or held by an index that was; no constants
	Mismatches  int64 // fields of another type than declared
}

// Counters returns the sums so far, over this program and those before it.
func (p *Program) Counters() Counters {
	return Counters{
		Documents:   p.Tally.documents.Load(),
		Evaluations: p.Tally.evaluations.Load(),
		Answered:    p.Tally.answered.Load(),
		Mismatches:  p.Tally.mismatches.Load(),
	}
}

// SelectionCounters are the sums of one selection since it came to be.
type SelectionCounters struct {
	ID      plan.ID
	Stream  string
	Matched int64 // rows for which it was TRUE
	Errors  int64 // rows for which it was ERROR
}

// Selections returns the counters of every selection, in no order.
func (p *Program) Selections() []SelectionCounters {
	var out []SelectionCounters
	for _, s := range p.Streams {
		for sel := range s.Selections() {
			out = append(out, SelectionCounters{
				ID: sel.ID, Stream: s.Name, Matched: sel.Tally.matched.Load(), Errors: sel.Tally.errors.Load(),
			})
		}
	}
	return out
}
