package scan

import "math/bits"

// Rows of a batch are bits, 64 a word from the lowest on; those beyond the last
// row are zero.

func (t *Partial) words() int { return (t.in.Len + 63) / 64 }

// take returns rows of no set value for the time until give.
func (t *Partial) take() []uint64 {
	w := t.words()
	if n := len(t.spare); n > 0 {
		s := t.spare[n-1]
		t.spare = t.spare[:n-1]
		if cap(s) >= w {
			return s[:w]
		}
	}
	return make([]uint64, w)
}

func (t *Partial) give(rows []uint64) { t.spare = append(t.spare, rows) }

// allRows returns all rows of the batch.
func (t *Partial) allRows() []uint64 {
	t.every = zeros(t.every, t.words())
	for i := range t.every {
		t.every[i] = ^uint64(0)
	}
	if last := len(t.every) - 1; last >= 0 && t.in.Len&63 != 0 {
		t.every[last] = 1<<(t.in.Len&63) - 1
	}
	return t.every
}

// zeros returns n zero words, in the memory of s if it is enough.
func zeros(s []uint64, n int) []uint64 {
	if cap(s) < n {
		return make([]uint64, n)
	}
	s = s[:n]
	clear(s)
	return s
}

// and keeps the rows that are among others; nil is none.
func and(rows, others []uint64) {
	if others == nil {
		clear(rows)
		return
	}
	for i, w := range others {
		rows[i] &= w
	}
}

// andNot takes others out of rows.
func andNot(rows, others []uint64) {
	for i, w := range others {
		rows[i] &^= w
	}
}

func some(rows []uint64) bool {
	for _, w := range rows {
		if w != 0 {
			return true
		}
	}
	return false
}

func ones(rows []uint64) (n int) {
	for _, w := range rows {
		n += bits.OnesCount64(w)
	}
	return n
}
