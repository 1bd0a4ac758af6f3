package record

import "math/bits"

// Bits is a growing row of bits, as the validity of a column. Its zero value is
// empty.
type Bits struct {
	words []uint64 // bits from n on are zero
	n     int
	unset int
}

// Append appends a bit.
func (b *Bits) Append(v bool) {
	if b.n&63 == 0 {
		b.words = append(b.words, 0)
	}
	if v {
		b.words[b.n>>6] |= 1 << (b.n & 63)
	} else {
		b.unset++
	}
	b.n++
}

// At returns bit i.
func (b *Bits) At(i int) bool { return b.words[i>>6]>>(i&63)&1 != 0 }

// Len returns how many bits there are.
func (b *Bits) Len() int { return b.n }

// Unset returns how many of them are zero.
func (b *Bits) Unset() int { return b.unset }

// Words returns the bits, 64 a word from the lowest on; those beyond the last are
// zero. It must not be changed.
func (b *Bits) Words() []uint64 { return b.words }

// Truncate drops the bits from n on, n ≤ Len.
func (b *Bits) Truncate(n int) {
	b.words = b.words[:(n+63)/64]
	if n&63 != 0 {
		b.words[n>>6] &= 1<<(n&63) - 1
	}
	b.n, b.unset = n, n
	for _, w := range b.words {
		b.unset -= bits.OnesCount64(w)
	}
}

// Resize makes it n bits, all zero, in the memory that it has if that is enough.
func (b *Bits) Resize(n int) {
	b.words = resized(b.words, (n+63)/64)
	b.n, b.unset = n, n
}

// Set makes bit i, which is zero, one.
func (b *Bits) Set(i int) {
	b.words[i>>6] |= 1 << (i & 63)
	b.unset--
}
