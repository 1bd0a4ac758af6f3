package agg

import (
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"math/big"
	"slices"
	"strconv"

	"github.com/millrace/millrace/libs/planted"
	"github.com/millrace/millrace/libs/record"
)

// ddSketch is approx_percentile: DDSketch (Masson, Rim, Lee, A Fast and Fully-Mergeable
// Quantile Sketch with Relative-Error Guarantees, 2019), its buckets those of the linearly
// interpolated logarithm: ddSteps of equal width from each power of two to the next, which
// are the first bits of a double. So a value is within 1/(2 ddSteps) of what stands for
// its bucket, and no rounding of a logarithm differs between machines. No bucket is ever
// joined with another: the sketch depends on the values alone.
//
// A state is encoded as the number of buckets with something in them (uvarint), then in
// order of each the difference of its key to the one before (varint) and its count
// (uvarint), then, if there are any, the least and the greatest value.
type ddSketch struct {
	p       float64
	integer bool // values are BIGINT
}

const (
	ddSteps = 64
	ddShift = 52 - 6 // what is left of the mantissa says which of ddSteps it is

	ddInf = 0x7ff<<6 + 1 // the key of infinity
	ddNaN = ddInf + 1    // and of NaN, which is greatest
)

// ddKey returns the bucket of a value; buckets are in the order of the values.
func ddKey(x float64) int32 {
	switch {
	case math.IsNaN(x):
		return ddNaN
	case x == 0:
		return 0
	case x < 0:
		return -int32(math.Float64bits(-x)>>ddShift) - 1
	default:
		return int32(math.Float64bits(x)>>ddShift) + 1
	}
}

// ddValue returns what stands for the values of a bucket: at the same distance from both
// ends, in relation to them.
func ddValue(key int32) float64 {
	switch {
	case key == ddNaN:
		return math.NaN()
	case key == 0:
		return 0
	case key < 0:
		return -ddValue(-key)
	case key == ddInf:
		return math.Inf(1)
	}
	lo := math.Float64frombits(uint64(key-1) << ddShift)
	hi := math.Float64frombits(uint64(key) << ddShift)
	switch {
	case lo == 0:
		return hi / 2
	case math.IsInf(hi, 1):
		return lo * (1 + 1.0/(2*ddSteps))
	default:
		return lo + (hi-lo)/(1+hi/lo)
	}
}

type ddSketchState struct {
	ddSketch
	counts   map[int32]uint64
	min, max float64 // with counts
}

func (f ddSketch) New() State { return &ddSketchState{ddSketch: f} }

func (f ddSketch) Decode(b []byte) (State, error) {
	n, b, err := decodeCount(b, 2*ddNaN)
	if err != nil {
		return nil, err
	}
	s := &ddSketchState{ddSketch: f}
	if n == 0 {
		return ended(s, b)
	}
	s.counts = make(map[int32]uint64, min(n, len(b)/2))
	key, first := int64(0), int64(0)
	for i := range n {
		d, w := binary.Varint(b)
		if w <= 0 || i > 0 && d <= 0 || d > 2*ddNaN || d < -2*ddNaN {
			return nil, fmt.Errorf("%w: bucket", ErrMalformed)
		}
		if key += d; key > ddNaN || key < -ddInf {
			return nil, fmt.Errorf("%w: bucket %d", ErrMalformed, key)
		}
		var count uint64
		if count, b, err = decodeUvarint(b[w:]); err != nil || count == 0 {
			return nil, fmt.Errorf("%w: a bucket of nothing", ErrMalformed)
		}
		s.counts[int32(key)] = count
		if i == 0 {
			first = key
		}
	}
	if len(b) != 16 {
		return nil, fmt.Errorf("%w: least and greatest of %d bytes", ErrMalformed, len(b))
	}
	s.min, s.max = decodeFloat(b), decodeFloat(b[8:])
	if int64(ddKey(s.min)) != first || int64(ddKey(s.max)) != key || record.CompareFloat(s.min, s.max) > 0 {
		return nil, fmt.Errorf("%w: least and greatest are in other buckets", ErrMalformed)
	}
	return s, nil
}

// ddBytes is about what a bucket takes.
const ddBytes = 24

func (s *ddSketchState) Update(args []*record.Column, rows []int32) int {
	before := len(s.counts)
	c := args[0]
	for _, row := range rows {
		switch {
		case !c.Valid.At(int(row)):
		case c.Type.Kind == record.BigInt:
			s.add(float64(c.Ints[row]))
		default:
			s.add(c.Floats[row])
		}
	}
	return ddBytes * (len(s.counts) - before)
}

func (s *ddSketchState) add(x float64) {
	if x == 0 {
		x = 0 // -0 too
	}
	if math.IsNaN(x) {
		x = math.NaN()
	}
	s.put(ddKey(x), 1, x, x)
}

// put adds n to a bucket, of values from lo to hi.
func (s *ddSketchState) put(key int32, n uint64, lo, hi float64) {
	if s.counts == nil {
		s.counts = map[int32]uint64{}
		s.min, s.max = lo, hi
	}
	s.counts[key] += n
	if record.CompareFloat(lo, s.min) < 0 {
		s.min = lo
	}
	if record.CompareFloat(hi, s.max) > 0 {
		s.max = hi
	}
}

func (s *ddSketchState) Reset() { *s = ddSketchState{ddSketch: s.ddSketch} }

func (s *ddSketchState) Merge(other State) int {
	before := len(s.counts)
	o := other.(*ddSketchState)
	for key, n := range o.counts {
		s.put(key, n, o.min, o.max)
	}
	return ddBytes * (len(s.counts) - before)
}

func (s *ddSketchState) Append(dst []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(s.counts)))
	if len(s.counts) == 0 {
		return dst
	}
	return s.appendBuckets(dst, slices.Sorted(maps.Keys(s.counts)), s.min, s.max)
}

func (s *ddSketchState) appendBuckets(dst []byte, keys []int32, lo, hi float64) []byte {
	last := int32(0)
	for _, key := range keys {
		dst = binary.AppendVarint(dst, int64(key)-int64(last))
		dst = binary.AppendUvarint(dst, s.counts[key])
		last = key
	}
	return appendFloat(appendFloat(dst, lo), hi)
}

// Split implements [Splitter]: pieces are of neighbouring buckets.
func (s *ddSketchState) Split(maxBytes int) [][]byte {
	const ends, bucket = binary.MaxVarintLen32 + 16, binary.MaxVarintLen32 + binary.MaxVarintLen64
	keys := slices.Sorted(maps.Keys(s.counts))
	var parts [][]byte
	for piece := range slices.Chunk(keys, max(1, (maxBytes-ends)/bucket)) {
		// What stands for a bucket will do but at the ends of all.
		lo, hi := ddValue(piece[0]), ddValue(piece[len(piece)-1])
		first, last := piece[0] == keys[0], piece[len(piece)-1] == keys[len(keys)-1]
		switch {
		case first && last:
			lo, hi = s.min, s.max
		case first:
			lo = s.min
			if record.CompareFloat(hi, lo) < 0 {
				hi = lo
			}
		case last:
			hi = s.max
			if record.CompareFloat(lo, hi) > 0 {
				lo = hi
			}
		}
		dst := binary.AppendUvarint(nil, uint64(len(piece)))
		parts = append(parts, s.appendBuckets(dst, piece, lo, hi))
	}
	if parts == nil {
		return [][]byte{s.Append(nil)}
	}
	return parts
}

func (s *ddSketchState) Result() (record.Value, error) {
	var n uint64
	for _, c := range s.counts {
		n += c
	}
	if n == 0 {
		return record.NullOf(record.DoubleType), nil
	}
	return record.Float(s.at(position(s.p, n), n)), nil
}

// position returns floor(p (n - 1)), p as it is written in decimals: 0.29 of 100 is 29,
// though the double is less.
func position(p float64, n uint64) uint64 {
	at, ok := new(big.Rat).SetString(strconv.FormatFloat(p, 'g', -1, 64))
	if !ok {
		return 0 // never: p is finite
	}
	at.Mul(at, new(big.Rat).SetInt(new(big.Int).SetUint64(n-1)))
	if planted.On(planted.PercentileAbove) {
		at.Add(at, big.NewRat(1, 1))
	}
	return new(big.Int).Quo(at.Num(), at.Denom()).Uint64()
}

// at returns about the value at a position, from 0, of all n in order.
func (s *ddSketchState) at(position, n uint64) float64 {
	switch {
	case position == 0:
		return s.min
	case position >= n-1:
		return s.max
	}
	for _, key := range slices.Sorted(maps.Keys(s.counts)) {
		if c := s.counts[key]; position >= c {
			position -= c
			continue
		}
		v := ddValue(key)
		if s.integer {
			v = math.Round(v)
		}
		if record.CompareFloat(v, s.min) < 0 {
			return s.min
		}
		if record.CompareFloat(v, s.max) > 0 {
			return s.max
		}
		return v
	}
	return s.max
}
