package record

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func TestBits(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var b Bits
	var want []bool
	for range 3000 {
		if r.IntN(100) == 0 {
			n := r.IntN(len(want) + 1)
			b.Truncate(n)
			want = want[:n]
		}
		v := r.IntN(3) > 0
		b.Append(v)
		want = append(want, v)
		unset := 0
		for i, w := range want {
			if b.At(i) != w {
				t.Fatalf("bit %d of %d: %v", i, len(want), b.At(i))
			}
			if !w {
				unset++
			}
		}
		words := b.Words()
		if b.Len() != len(want) || b.Unset() != unset || len(words) != (len(want)+63)/64 {
			t.Fatalf("%d bits, %d unset, %d words; want %d, %d", b.Len(), b.Unset(), len(words), len(want), unset)
		}
		if last := len(want) & 63; last != 0 && words[len(words)-1]>>last != 0 {
			t.Fatalf("bits beyond %d: %b", len(want), words)
		}
	}
	b.Truncate(0)
	if b.Len() != 0 || b.Unset() != 0 || !slices.Equal(b.Words(), []uint64{}) {
		t.Errorf("%+v", b)
	}
}
