package scan

import (
	"sync/atomic"

	"github.com/millrace/millrace/libs/sql/plan"
)

// Tally counts what programs did. Documents that are scanned again after an
// aborted transaction count again.
type Tally struct {
	documents, evaluations, answered, mismatches atomic.Int64

	observed bool  // by [Program.Observe]
	seen     int64 // documents when it was
}

// SelectionTally counts what one selection did.
type SelectionTally struct {
	matched, errors atomic.Int64

	// Of [Program.Observe]: matched when it was called last, and sums of what matched
	// and of documents, of which the latest count most.
	seen     int64
	kept, of float32
	began    bool
}

// observe adds what matched of so many documents, and returns the part that does;
// first says that this is the first call for all selections. Nothing is known of one
// that came since the call before: not all of the documents passed it.
func (t *SelectionTally) observe(documents int64, first bool) (part float64, known bool) {
	const before = 0.7 // what the sums before count
	matched := t.matched.Load()
	since, began := matched-t.seen, t.began
	t.seen, t.began = matched, true
	switch {
	case !began && !first:
		return 0, false
	case documents > 0:
		t.kept, t.of = before*t.kept+float32(since), before*t.of+float32(documents)
	default: // what was counted late
		t.kept += float32(since)
	}
	if t.of == 0 {
		return 0, false
	}
	return min(float64(t.kept/t.of), 1), true
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
