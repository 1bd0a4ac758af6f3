package agg

import (
	"encoding/binary"
	"fmt"
	"math/big"
	"math/bits"

	"github.com/millrace/millrace/libs/planted"
	"github.com/millrace/millrace/libs/record"
)

// sumInt is sum or avg over BIGINT: a count of the rows that are not NULL and
// an exact 128-bit sum. A state is encoded as the count (uvarint), then the sum:
// 0 and a varint, or 1 and 16 bytes, the high half first, where it needs them.
type sumInt struct{ avg bool }

type sumIntState struct {
	avg bool
	n   uint64
	hi  int64
	lo  uint64
}

func (f sumInt) New() State { return &sumIntState{avg: f.avg} }

func (f sumInt) Decode(b []byte) (State, error) {
	s := &sumIntState{avg: f.avg}
	n, w := binary.Uvarint(b)
	if w <= 0 || w == len(b) {
		return nil, fmt.Errorf("%w: sum of %d bytes", ErrMalformed, len(b))
	}
	s.n = n
	wide := b[w]
	b = b[w+1:]
	switch {
	case wide == 0:
		v, w := binary.Varint(b)
		if w <= 0 || w != len(b) {
			return nil, fmt.Errorf("%w: sum", ErrMalformed)
		}
		s.add(v>>63, uint64(v))
	case wide == 1 && len(b) == 16:
		s.hi = int64(binary.BigEndian.Uint64(b))
		s.lo = binary.BigEndian.Uint64(b[8:])
		if s.narrow() {
			return nil, fmt.Errorf("%w: sum is wider than it needs to be", ErrMalformed)
		}
	default:
		return nil, fmt.Errorf("%w: sum", ErrMalformed)
	}
	if s.n == 0 && (s.hi != 0 || s.lo != 0) {
		return nil, fmt.Errorf("%w: sum of no rows", ErrMalformed)
	}
	return s, nil
}

func (s *sumIntState) Update(args []*record.Column, rows []int32) int {
	c := args[0]
	sum := *s
	for _, row := range rows {
		if c.Valid.At(int(row)) {
			v := c.Ints[row]
			sum.n++
			sum.add(v>>63, uint64(v))
		} else if s.avg && planted.On(planted.MeanOfNull) {
			sum.n++
		}
	}
	*s = sum
	return 0
}

func (s *sumIntState) Reset() { *s = sumIntState{avg: s.avg} }

func (s *sumIntState) Merge(other State) int {
	o := other.(*sumIntState)
	s.n += o.n
	s.add(o.hi, o.lo)
	return 0
}

func (s *sumIntState) add(hi int64, lo uint64) {
	var carry uint64
	s.lo, carry = bits.Add64(s.lo, lo, 0)
	s.hi += hi + int64(carry)
}

// narrow reports whether the sum is an int64.
func (s *sumIntState) narrow() bool { return s.hi == int64(s.lo)>>63 }

func (s *sumIntState) Append(dst []byte) []byte {
	dst = binary.AppendUvarint(dst, s.n)
	if s.narrow() {
		return binary.AppendVarint(append(dst, 0), int64(s.lo))
	}
	dst = binary.BigEndian.AppendUint64(append(dst, 1), uint64(s.hi))
	return binary.BigEndian.AppendUint64(dst, s.lo)
}

func (s *sumIntState) Result() (record.Value, error) {
	switch {
	case s.avg && s.n == 0:
		return record.NullOf(record.DoubleType), nil
	case s.avg:
		return record.Float(s.mean()), nil
	case s.n == 0:
		return record.NullOf(record.BigIntType), nil
	case !s.narrow():
		return record.Value{}, ErrOverflow
	default:
		return record.Int(int64(s.lo)), nil
	}
}

// mean returns the double nearest to the exact average.
func (s *sumIntState) mean() float64 {
	const exact = 1 << 53 // integers up to it are doubles
	if v := int64(s.lo); s.narrow() && v >= -exact && v <= exact && s.n <= exact {
		return float64(v) / float64(s.n)
	}
	sum := new(big.Int).Lsh(big.NewInt(s.hi), 64)
	sum.Add(sum, new(big.Int).SetUint64(s.lo))
	f, _ := new(big.Rat).SetFrac(sum, new(big.Int).SetUint64(s.n)).Float64()
	return f
}
