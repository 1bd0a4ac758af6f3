package scan

import (
	"math"

	"github.com/millrace/millrace/libs/exec/expr"
)

// Budget bounds what a [Partial] holds at a time. What is made of documents does not depend
// on it.
type Budget struct {
	Computed int // bytes of computed texts and arrays, of one batch and level of what is unnested; 0: [expr.MaxComputed]

	// Kept is from how many bytes of groups and rows on Full is called, in the midst of an
	// Add. It has what there is written somewhere, by Blocks, and then the Partial is empty.
	Kept int
	Full func() // nil: all is kept

	// MaxBlock is what Blocks is called with: what it would leave out for its size, a row
	// or what has such a key, is not even made, and counted as it would be. 0: not known.
	MaxBlock int
}

// Bound sets the budget.
func (t *Partial) Bound(b Budget) {
	if b.Computed == 0 {
		b.Computed = expr.MaxComputed
	}
	t.budget = b
	t.most, t.largest = math.MaxInt, math.MaxInt
	if b.Full != nil {
		t.most = max(b.Kept, 1)
	}
	if b.MaxBlock > 0 {
		t.largest = tooLarge * b.MaxBlock
	}
}

// full reports whether what has been accumulated is as much as may be. Whoever adds
// something that may be large asks before each piece of it, and spills.
func (t *Partial) full() bool { return t.bytes >= t.most }

// spill is called when something has been accumulated, and all of it can be looked at. If
// it is as much as may be, then outputs, groups and numbers of keys are others afterwards;
// what is known about the batch is not.
func (t *Partial) spill() {
	if !t.full() {
		return
	}
	t.spills++
	s := t.sampler
	t.sampler = nil // this is no part of what is timed
	if s == nil {
		t.budget.Full()
	} else {
		s.except(t.budget.Full)
	}
	t.sampler = s
	t.empty()
}

// portions calls f with some of the rows at a time until all are done: it returns false,
// and has changed nothing, where the values that it has asked for could not be held
// together. See [expr.Input.Portions].
func (t *Partial) portions(rows []uint64, f func(rows []uint64) bool) {
	t.in.Portions(rows, func(rows []uint64) bool {
		t.memos.begin() // those of values that were not held say nothing
		return f(rows)
	})
}
