package scan

import "github.com/millrace/millrace/libs/exec/expr"

// Budget bounds what a [Partial] holds at a time. What is made of documents does not depend
// on it.
type Budget struct {
	Computed int // bytes of computed texts and arrays, of one batch and level of what is unnested; 0: [expr.MaxComputed]

	// Kept is from how many bytes of groups and rows on Full is called, in the midst of an
	// Add. It has what there is written somewhere, by Blocks, and then the Partial is empty.
	Kept int
	Full func() // nil: all is kept
}

// Bound sets the budget.
func (t *Partial) Bound(b Budget) {
	if b.Computed == 0 {
		b.Computed = expr.MaxComputed
	}
	t.budget = b
}

// spill is called when something has been accumulated, and all of it can be looked at.
func (t *Partial) spill() {
	if t.budget.Full == nil || t.bytes < t.budget.Kept {
		return
	}
	s := t.sampler
	t.sampler = nil // this is no part of what is timed
	t.budget.Full()
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
