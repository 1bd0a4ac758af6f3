package mix

import (
	"hash/fnv"
	"math/bits"
	"sort"
)

// source is a splitmix64 generator (Steele, Lea and Flood, OOPSLA 2014): its
// numbers are the same everywhere and in every version of Go.
type source struct{ state uint64 }

// newSource returns the numbers of query i of a mix.
func newSource(seed uint64, mix string, i int) source {
	h := fnv.New64a()
	_, _ = h.Write([]byte(mix))
	s := source{state: seed*0x9E3779B97F4A7C15 ^ h.Sum64() ^ uint64(i)*0x8CB92BA72F3D8DD7}
	s.state = s.next()
	return s
}

func (s *source) next() uint64 {
	s.state += 0x9E3779B97F4A7C15
	z := s.state
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return z ^ z>>31
}

// below returns a number from 0 to n-1.
func (s *source) below(n int) int {
	hi, _ := bits.Mul64(s.next(), uint64(n))
	return int(hi)
}

// percent is true p times in a hundred.
func (s *source) percent(p int) bool { return s.below(100) < p }

func pick[T any](s *source, from []T) T { return from[s.below(len(from))] }

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
	at, _ := bits.Mul64(s.next(), z[len(z)-1])
	return sort.Search(len(z), func(r int) bool { return z[r] > at })
}
