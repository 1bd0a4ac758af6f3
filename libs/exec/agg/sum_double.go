package agg

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/millrace/millrace/libs/record"
)

// sumDouble is sum or avg over DOUBLE: a count of the rows that are not NULL, a
// compensated sum of the finite ones, and which of NaN and the infinities were
// among them. Numbers so large that their sum might leave double's range go,
// scaled down, to a sum of their own, so that an overflow on the way to a result
// that fits does not depend on the order.
//
// A state is encoded as flags (1 byte), the count (uvarint), then sum and
// compensation (8 bytes each, big endian), then, where flagged, those of the
// large numbers.
type sumDouble struct{ avg bool }

type sumDoubleState struct {
	avg   bool
	flags byte
	n     uint64
	small neumaier
	large neumaier // of numbers × 2^-largeScale
}

const (
	hasNaN byte = 1 << iota
	hasPosInf
	hasNegInf
	hasLarge
)

const (
	largeFrom  = 0x1p900 // 2^64 numbers up to here add up to less than 2^1024
	largeScale = 128
)

// neumaier is a compensated sum of finite numbers.
type neumaier struct{ sum, comp float64 }

func (a *neumaier) add(x float64) {
	t := a.sum + x
	if math.Abs(a.sum) >= math.Abs(x) {
		a.comp += (a.sum - t) + x
	} else {
		a.comp += (x - t) + a.sum
	}
	a.sum = t
}

func (a *neumaier) merge(b neumaier) {
	a.add(b.sum)
	a.comp += b.comp
}

func (a neumaier) total() float64 { return a.sum + a.comp }

func (f sumDouble) New() State { return &sumDoubleState{avg: f.avg} }

func (f sumDouble) Decode(b []byte) (State, error) {
	if len(b) == 0 || b[0] >= hasLarge<<1 {
		return nil, fmt.Errorf("%w: sum", ErrMalformed)
	}
	s := &sumDoubleState{avg: f.avg, flags: b[0]}
	n, w := binary.Uvarint(b[1:])
	if w <= 0 {
		return nil, fmt.Errorf("%w: sum", ErrMalformed)
	}
	s.n = n
	b = b[1+w:]
	want := 16
	if s.flags&hasLarge != 0 {
		want = 32
	}
	if len(b) != want {
		return nil, fmt.Errorf("%w: sum of %d bytes", ErrMalformed, len(b))
	}
	s.small = decodeNeumaier(b)
	if want == 32 {
		s.large = decodeNeumaier(b[16:])
	}
	// What follows can be no sum of at most 2^64 numbers of its range.
	const most = largeFrom * 0x1p64
	if !s.small.within(most) || !s.large.within(most) || n == 0 && (s.flags != 0 || s.small != neumaier{}) {
		return nil, fmt.Errorf("%w: sum out of range", ErrMalformed)
	}
	return s, nil
}

func decodeNeumaier(b []byte) neumaier {
	return neumaier{
		sum:  math.Float64frombits(binary.BigEndian.Uint64(b)),
		comp: math.Float64frombits(binary.BigEndian.Uint64(b[8:])),
	}
}

func (a neumaier) within(most float64) bool {
	return math.Abs(a.sum) <= most && math.Abs(a.comp) <= most
}

func (s *sumDoubleState) Update(args []*record.Column, rows []int32) int {
	c := args[0]
	for _, row := range rows {
		if c.Valid.At(int(row)) {
			s.add(c.Floats[row])
		}
	}
	return 0
}

func (s *sumDoubleState) add(x float64) {
	s.n++
	switch {
	case math.Abs(x) < largeFrom:
		s.small.add(x)
	case math.IsNaN(x):
		s.flags |= hasNaN
	case math.IsInf(x, 1):
		s.flags |= hasPosInf
	case math.IsInf(x, -1):
		s.flags |= hasNegInf
	default:
		s.flags |= hasLarge
		s.large.add(math.Ldexp(x, -largeScale))
	}
}

func (s *sumDoubleState) Reset() { *s = sumDoubleState{avg: s.avg} }

func (s *sumDoubleState) Merge(other State) int {
	o := other.(*sumDoubleState)
	s.flags |= o.flags
	s.n += o.n
	s.small.merge(o.small)
	s.large.merge(o.large)
	return 0
}

func (s *sumDoubleState) Append(dst []byte) []byte {
	dst = binary.AppendUvarint(append(dst, s.flags), s.n)
	dst = s.small.append(dst)
	if s.flags&hasLarge != 0 {
		dst = s.large.append(dst)
	}
	return dst
}

func (a neumaier) append(dst []byte) []byte {
	dst = binary.BigEndian.AppendUint64(dst, math.Float64bits(a.sum))
	return binary.BigEndian.AppendUint64(dst, math.Float64bits(a.comp))
}

func (s *sumDoubleState) Result() (record.Value, error) {
	if s.n == 0 {
		return record.NullOf(record.DoubleType), nil
	}
	sum, scale := s.small.total(), 0
	switch {
	case s.flags&hasNaN != 0, s.flags&(hasPosInf|hasNegInf) == hasPosInf|hasNegInf:
		return record.Float(math.NaN()), nil
	case s.flags&hasPosInf != 0:
		return record.Float(math.Inf(1)), nil
	case s.flags&hasNegInf != 0:
		return record.Float(math.Inf(-1)), nil
	case s.flags&hasLarge != 0:
		sum, scale = s.large.total()+math.Ldexp(sum, -largeScale), largeScale
	}
	if s.avg {
		sum /= float64(s.n)
	}
	if sum = math.Ldexp(sum, scale); math.IsInf(sum, 0) {
		return record.Value{}, ErrOverflow
	}
	return record.Float(sum), nil
}
