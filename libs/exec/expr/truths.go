package expr

import (
	"math/bits"

	"github.com/millrace/millrace/libs/record"
)

// Truths holds one truth value per row as two bit planes: a row's value is its
// bit in Hi and its bit in Lo, so False is 00, Null 01, Error 10 and True 11.
// Bits beyond the last row are zero.
type Truths struct {
	Hi, Lo []uint64
}

// words returns how many words n rows take.
func words(n int) int { return (n + 63) / 64 }

// tail returns the mask of the bits in use in the last word of n rows.
func tail(n int) uint64 { return ^uint64(0) >> (uint(-n) & 63) }

// Reset makes room for n rows; what they hold is undefined.
func (t *Truths) Reset(n int) {
	w := words(n)
	if cap(t.Hi) < w {
		buf := make([]uint64, 2*w)
		t.Hi, t.Lo = buf[:w:w], buf[w:]
	}
	t.Hi, t.Lo = t.Hi[:w], t.Lo[:w]
}

// Fill resets t to n rows of the value v.
func (t *Truths) Fill(n int, v record.Truth) {
	t.Reset(n)
	hi, lo := -uint64(v>>1), -uint64(v&1)
	for i := range t.Hi {
		t.Hi[i], t.Lo[i] = hi, lo
	}
	t.mask(n)
}

func (t *Truths) mask(n int) {
	if last := len(t.Hi) - 1; last >= 0 {
		t.Hi[last] &= tail(n)
		t.Lo[last] &= tail(n)
	}
}

// At returns row i's value.
func (t *Truths) At(i int) record.Truth {
	w, b := i>>6, uint(i)&63
	return record.Truth(t.Hi[w]>>b&1<<1 | t.Lo[w]>>b&1)
}

// Set sets row i's value.
func (t *Truths) Set(i int, v record.Truth) {
	w, b := i>>6, uint(i)&63
	t.Hi[w] = t.Hi[w]&^(1<<b) | uint64(v>>1)<<b
	t.Lo[w] = t.Lo[w]&^(1<<b) | uint64(v&1)<<b
}

// SetTrue sets row i to True.
func (t *Truths) SetTrue(i int) {
	w, b := i>>6, uint(i)&63
	t.Hi[w] |= 1 << b
	t.Lo[w] |= 1 << b
}

// Copy makes t equal to u.
func (t *Truths) Copy(u *Truths) {
	t.Reset(64 * len(u.Hi))
	copy(t.Hi, u.Hi)
	copy(t.Lo, u.Lo)
}

// And makes t its AND with u, row by row.
func (t *Truths) And(u *Truths) {
	for i := range t.Hi {
		ah, al, bh, bl := t.Hi[i], t.Lo[i], u.Hi[i], u.Lo[i]
		lo := al & bl
		t.Lo[i] = lo
		t.Hi[i] = (al | ah) & (bl | bh) & (ah&bh | ^lo)
	}
}

// Or makes t its OR with u, row by row.
func (t *Truths) Or(u *Truths) {
	for i := range t.Hi {
		ah, al, bh, bl := t.Hi[i], t.Lo[i], u.Hi[i], u.Lo[i]
		hi := ah | bh
		t.Hi[i] = hi
		t.Lo[i] = ah&al | bh&bl | (al|bl)&^hi
	}
}

// Not makes t the NOT of u, both of n rows.
func (t *Truths) Not(u *Truths, n int) {
	t.Reset(n)
	for i := range u.Hi {
		t.Hi[i], t.Lo[i] = ^u.Lo[i], ^u.Hi[i]
	}
	t.mask(n)
}

// AllFalse reports whether every row is False.
func (t *Truths) AllFalse() bool {
	for i := range t.Hi {
		if t.Hi[i]|t.Lo[i] != 0 {
			return false
		}
	}
	return true
}

// Count returns how many rows are True and how many are Error.
func (t *Truths) Count() (matched, errs int) {
	for i := range t.Hi {
		matched += bits.OnesCount64(t.Hi[i] & t.Lo[i])
		errs += bits.OnesCount64(t.Hi[i] &^ t.Lo[i])
	}
	return matched, errs
}

// AppendTrue appends those of the rows that are True.
func (t *Truths) AppendTrue(dst, rows []int32) []int32 {
	for _, row := range rows {
		if t.At(int(row)) == record.True {
			dst = append(dst, row)
		}
	}
	return dst
}

// AppendRows appends the numbers of the rows that are True, ascending.
func (t *Truths) AppendRows(rows []int32) []int32 {
	for i := range t.Hi {
		for m := t.Hi[i] & t.Lo[i]; m != 0; m &= m - 1 {
			rows = append(rows, int32(i<<6|bits.TrailingZeros64(m)))
		}
	}
	return rows
}
