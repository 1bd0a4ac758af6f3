// Package splitmix gives pseudo-random numbers that are the same everywhere and in
// every version of Go, so that what is made of a seed can be committed to. It is
// splitmix64 (Steele, Lea and Flood, "Fast Splittable Pseudorandom Number
// Generators", OOPSLA 2014).
//
//	s := splitmix.New(seed, kind, n)
//	word := splitmix.Pick(&s, words)
package splitmix

import "math/bits"

// Source is one sequence of numbers.
type Source struct{ state uint64 }

// New returns the sequence for number n of one kind of thing.
func New(seed, kind, n uint64) Source {
	s := Source{state: seed*0x9E3779B97F4A7C15 ^ kind ^ n*0x8CB92BA72F3D8DD7}
	s.state = s.Next()
	return s
}

// Next returns the next number.
func (s *Source) Next() uint64 {
	s.state += 0x9E3779B97F4A7C15
	z := s.state
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return z ^ z>>31
}

// Below returns a number from 0 to n-1.
func (s *Source) Below(n int) int {
	hi, _ := bits.Mul64(s.Next(), uint64(n))
	return int(hi)
}

// Percent is true p times in a hundred.
func (s *Source) Percent(p int) bool { return s.Below(100) < p }

// Pick returns one of from.
func Pick[T any](s *Source, from []T) T { return from[s.Below(len(from))] }
