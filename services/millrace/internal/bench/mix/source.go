package mix

import (
	"hash/fnv"
	"math/bits"
	"sort"

	"github.com/millrace/millrace/services/millrace/internal/splitmix"
)

type source = splitmix.Source

// newSource returns the numbers of query i of a mix.
func newSource(seed uint64, mix string, i int) source {
	h := fnv.New64a()
	_, _ = h.Write([]byte(mix))
	return splitmix.New(seed, h.Sum64(), uint64(i))
}

// zipf draws ranks from 0 on; rank r comes in proportion to 1/(r+1).
type zipf []uint64 // by rank: the sum of all weights up to it

// newZipf makes a distribution over n ranks, in integers, so that it is the same on
// every machine.
func newZipf(n int) zipf {
	z := make(zipf, n)
	total := uint64(0)
	for r := range z {
		total += 1 << 40 / uint64(r+1)
		z[r] = total
	}
	return z
}

func (z zipf) draw(s *source) int {
	at, _ := bits.Mul64(s.Next(), z[len(z)-1])
	return sort.Search(len(z), func(r int) bool { return z[r] > at })
}
