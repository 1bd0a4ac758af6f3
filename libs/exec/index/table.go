package index

import (
	"iter"
	"math/bits"
	"slices"
)

// table is an open-addressing hash table of entry numbers by hash, with linear
// probing (Knuth, The Art of Computer Programming, volume 3, 6.4, algorithms L
// and R). Entries of one hash may be several. It is one flat slice, so that a copy
// for a new index takes microseconds.
type table struct {
	cells []cell
	held  int
}

// cell is a cell of a table; entry is one more than the number, 0: it is free.
type cell struct {
	hash  uint32
	entry int32
}

func (t *table) clone() table { return table{slices.Clone(t.cells), t.held} }

// add enters an entry.
func (t *table) add(hash uint32, entry int32) {
	if 2*(t.held+1) > len(t.cells) {
		old := t.cells
		t.cells = make([]cell, max(16, 2*len(old)))
		for _, c := range old {
			if c.entry != 0 {
				t.place(c)
			}
		}
	}
	t.held++
	t.place(cell{hash, entry + 1})
}

func (t *table) place(c cell) {
	mask := uint32(len(t.cells) - 1)
	i := c.hash & mask
	for t.cells[i].entry != 0 {
		i = (i + 1) & mask
	}
	t.cells[i] = c
}

// remove forgets an entry that is there.
func (t *table) remove(hash uint32, entry int32) {
	mask := uint32(len(t.cells) - 1)
	i := hash & mask
	for t.cells[i] != (cell{hash, entry + 1}) {
		i = (i + 1) & mask
	}
	t.held--
	for j := i; ; { // what was displaced by the hole moves up
		t.cells[i] = cell{}
		for {
			j = (j + 1) & mask
			c := t.cells[j]
			if c.entry == 0 {
				return
			}
			if home := c.hash & mask; (j-home)&mask >= (j-i)&mask {
				t.cells[i] = c
				i = j
				break
			}
		}
	}
}

// has reports whether an entry is there.
func (t *table) has(hash uint32, entry int32) bool {
	if t.held == 0 {
		return false
	}
	mask := uint32(len(t.cells) - 1)
	for i := hash & mask; ; i = (i + 1) & mask {
		switch t.cells[i] {
		case cell{hash, entry + 1}:
			return true
		case cell{}:
			return false
		}
	}
}

// of returns the entries of a hash.
func (t *table) of(hash uint32) iter.Seq[int32] {
	return func(yield func(int32) bool) {
		if t.held == 0 {
			return
		}
		mask := uint32(len(t.cells) - 1)
		for i := hash & mask; ; i = (i + 1) & mask {
			c := t.cells[i]
			if c.entry == 0 || c.hash == hash && !yield(c.entry-1) {
				return
			}
		}
	}
}

func trailing(word uint64) int { return bits.TrailingZeros64(word) }
