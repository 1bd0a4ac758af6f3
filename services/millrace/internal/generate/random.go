package generate

import (
	"math"
	"math/bits"
	"slices"
	"sort"

	"github.com/millrace/millrace/services/millrace/internal/splitmix"
)

type source = splitmix.Source

// The independent sequences that a seed gives.
const (
	postSequence = iota + 1
	timeSequence
	userSequence
	wordSequence
	malformedSequence
)

// sequence returns the source for number n of one kind of thing.
func sequence(seed, kind, n uint64) source {
	return splitmix.New(seed, kind*0xD1B54A32D192ED03, n)
}

// slots is the number of equally likely outcomes of a distribution.
const slots = 1 << 16

// zipf draws ranks from 0 on; rank r comes in proportion to 1/(r+1).
type zipf []uint16

// newZipf makes a distribution over n ranks, n at most 65,536. Its arithmetic is
// in integers, so that it is the same on every machine.
func newZipf(n int) zipf {
	ends, total := make([]uint64, n), uint64(0)
	for r := range ends {
		total += 1 << 40 / uint64(r+1)
		ends[r] = total
	}
	z := make(zipf, slots)
	for i := range z {
		hi, lo := bits.Mul64(uint64(i), total)
		at, _ := bits.Div64(hi, lo, slots)
		z[i] = uint16(sort.Search(n, func(r int) bool { return ends[r] > at }))
	}
	return z
}

func (z zipf) draw(s *source) int { return int(z[s.Next()>>48]) }

// logNormal draws whole numbers whose logarithms are normally distributed.
type logNormal []int

// newLogNormal makes a distribution with the given median and standard deviation
// of the natural logarithm. The table keeps two digits, so that the last bits of
// a machine's floating point do not show; draw fills in the others.
func newLogNormal(median, sigma float64) logNormal {
	const size = 1024
	l := make(logNormal, size)
	for i := range l {
		p := (float64(i) + 0.5) / size
		x := median * math.Exp(sigma*math.Sqrt2*math.Erfinv(2*p-1))
		unit := math.Pow10(max(0, int(math.Log10(x+1))-1))
		l[i] = int(math.Round(x/unit) * unit)
	}
	slices.Sort(l)
	return l
}

func (l logNormal) draw(s *source) int {
	n := l[s.Below(len(l))]
	return n + s.Below(n/16+1)
}
