package expr

import (
	"unsafe"

	"github.com/millrace/millrace/libs/record"
)

// Input is a batch as compiled expressions see it, and what they share about
// it, computed when first asked for: which rows are NULL, case-folded text, and
// behind the columns the values that [Input.Compute] names. The zero Input is ready
// for [Input.Reset].
type Input struct {
	Columns []*record.Column // by the positions that expressions were compiled for; nil where not decoded
	Len     int              // rows

	batch  uint32 // what was found is of this batch where it says so
	nulls  []nullBits
	folded []foldedText
	spare  []*Truths
	ends   []int

	computed computed
}

type nullBits struct {
	batch uint32
	any   bool
	bits  []uint64
}

type foldedText struct {
	batch uint32
	strs  []string
	arena []byte
}

// Reset makes in hold rows 0 to n-1 of the columns, which it keeps until the
// next Reset.
func (in *Input) Reset(columns []*record.Column, n int) {
	in.Columns, in.Len = columns, n
	for len(in.nulls) < len(columns) {
		in.nulls = append(in.nulls, nullBits{})
		in.folded = append(in.folded, foldedText{})
	}
	if in.batch++; in.batch == 0 { // what is of 2^32 batches ago would look new
		for i := range in.nulls {
			in.nulls[i].batch, in.folded[i].batch = 0, 0
		}
		clear(in.computed.marks)
		in.batch = 1
	}
	in.reset()
}

// Nulls returns the bits of the rows in which the column is NULL, and whether
// there is any. Of a computed value all rows must have been asked for.
func (in *Input) Nulls(col int) ([]uint64, bool) {
	n := &in.nulls[col]
	if n.batch == in.batch {
		return n.bits, n.any
	}
	valid := &in.Columns[col].Valid
	n.batch, n.any = in.batch, valid.Unset() > 0
	n.bits = resize(n.bits, words(in.Len))
	for i, w := range valid.Words()[:len(n.bits)] {
		n.bits[i] = ^w
	}
	if last := len(n.bits) - 1; last >= 0 {
		n.bits[last] &= tail(in.Len)
	}
	return n.bits, n.any
}

// Folded returns the column's text under [Fold], until the next Reset. Of a computed
// value all rows must have been asked for.
func (in *Input) Folded(col int) []string {
	f := &in.folded[col]
	if f.batch == in.batch {
		return f.strs
	}
	f.batch = in.batch
	f.strs = resize(f.strs, in.Len)
	// All texts are folded into one, which they share until the next Reset; a text that is
	// there for many elements, one row after the other, is once.
	f.arena, in.ends = f.arena[:0], in.ends[:0]
	texts, last := in.Columns[col].Strs[:in.Len], ""
	for _, s := range texts {
		if !same(s, last) {
			f.arena, last = appendFold(f.arena, s), s
		}
		in.ends = append(in.ends, len(f.arena))
	}
	all, from := unsafe.String(unsafe.SliceData(f.arena), len(f.arena)), 0
	for i, end := range in.ends {
		if end == from && texts[i] != "" {
			f.strs[i] = f.strs[i-1]
			continue
		}
		f.strs[i] = all[from:end]
		from = end
	}
	return f.strs
}

// same reports whether a is b, at the same place in memory, or both are empty.
func same(a, b string) bool {
	return len(a) == len(b) && (a == "" || unsafe.StringData(a) == unsafe.StringData(b))
}

func resize[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}

// scratch returns a Truths for the time until release.
func (in *Input) scratch() *Truths {
	if n := len(in.spare); n > 0 {
		t := in.spare[n-1]
		in.spare = in.spare[:n-1]
		return t
	}
	return new(Truths)
}

func (in *Input) release(t *Truths) { in.spare = append(in.spare, t) }
