package agg

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
	"math/bits"

	"github.com/millrace/millrace/libs/planted"
	"github.com/millrace/millrace/libs/record"
)

// spread is which of var_pop, var_samp, stddev_pop and stddev_samp it is.
type spread struct{ sample, root bool }

// result returns the value for a variance of n values.
func (s spread) result(variance float64) (record.Value, error) {
	if s.root {
		variance = math.Sqrt(variance)
	}
	if math.IsInf(variance, 0) {
		return record.Value{}, ErrOverflow
	}
	return record.Float(variance), nil
}

// null reports whether the variance of so many values is NULL.
func (s spread) null(n uint64) bool { return n == 0 || s.sample && n == 1 }

// momentsInt is variance and standard deviation over BIGINT: the count of the rows that
// are not NULL, the exact sum in 128 bits, and that of the squares in 192, which hold
// those of 2^64 numbers. A state is encoded as the count (uvarint), then, unless it is
// 0, the two sums, big endian.
type momentsInt struct{ spread }

type momentsIntState struct {
	spread
	n       uint64
	hi      int64
	lo      uint64
	squares [3]uint64 // the lowest first
}

const momentsIntBytes = 16 + 24

func (f momentsInt) New() State { return &momentsIntState{spread: f.spread} }

func (f momentsInt) Decode(b []byte) (State, error) {
	n, b, err := decodeUvarint(b)
	if err != nil {
		return nil, err
	}
	s := &momentsIntState{spread: f.spread, n: n}
	if n == 0 {
		return ended(s, b)
	}
	if len(b) != momentsIntBytes {
		return nil, fmt.Errorf("%w: sums of squares of %d bytes", ErrMalformed, len(b))
	}
	s.hi, s.lo = int64(binary.BigEndian.Uint64(b)), binary.BigEndian.Uint64(b[8:])
	for i := range s.squares {
		s.squares[2-i] = binary.BigEndian.Uint64(b[16+8*i:])
	}
	return s, nil
}

func (s *momentsIntState) Update(args []*record.Column, rows []int32) int {
	c := args[0]
	for _, row := range rows {
		if !c.Valid.At(int(row)) {
			continue
		}
		v := c.Ints[row]
		s.n++
		s.add(v>>63, uint64(v))
		size := uint64(v)
		if v < 0 {
			size = -size
		}
		hi, lo := bits.Mul64(size, size)
		s.addSquares([3]uint64{lo, hi, 0})
	}
	return 0
}

func (s *momentsIntState) add(hi int64, lo uint64) {
	var carry uint64
	s.lo, carry = bits.Add64(s.lo, lo, 0)
	s.hi += hi + int64(carry)
}

func (s *momentsIntState) addSquares(more [3]uint64) {
	var carry uint64
	for i := range more {
		s.squares[i], carry = bits.Add64(s.squares[i], more[i], carry)
	}
}

func (s *momentsIntState) Reset() { *s = momentsIntState{spread: s.spread} }

func (s *momentsIntState) Merge(other State) int {
	o := other.(*momentsIntState)
	s.n += o.n
	s.add(o.hi, o.lo)
	s.addSquares(o.squares)
	return 0
}

func (s *momentsIntState) Append(dst []byte) []byte {
	dst = binary.AppendUvarint(dst, s.n)
	if s.n == 0 {
		return dst
	}
	dst = binary.BigEndian.AppendUint64(dst, uint64(s.hi))
	dst = binary.BigEndian.AppendUint64(dst, s.lo)
	for i := range s.squares {
		dst = binary.BigEndian.AppendUint64(dst, s.squares[2-i])
	}
	return dst
}

func (s *momentsIntState) Result() (record.Value, error) {
	if s.null(s.n) {
		return record.NullOf(record.DoubleType), nil
	}
	count, sum, squares := new(big.Int).SetUint64(s.n), wide(uint64(s.hi), s.lo), wide(s.squares[2], s.squares[1], s.squares[0])
	if s.hi < 0 {
		sum.Sub(sum, new(big.Int).Lsh(big.NewInt(1), 128))
	}
	// (n Σx² - (Σx)²) / n², or n (n - 1).
	squares.Mul(squares, count)
	if squares.Sub(squares, sum.Mul(sum, sum)); squares.Sign() < 0 {
		squares.SetInt64(0) // only of a state that no rows have made
	}
	by := new(big.Int).Set(count)
	if s.sample && !planted.On(planted.SampledAsWhole) {
		by.Sub(by, big.NewInt(1))
	}
	variance, _ := new(big.Rat).SetFrac(squares, by.Mul(by, count)).Float64()
	return s.result(variance)
}

// wide returns the number that is made of words, the highest first.
func wide(words ...uint64) *big.Int {
	n := new(big.Int)
	for _, w := range words {
		n.Or(n.Lsh(n, 64), new(big.Int).SetUint64(w))
	}
	return n
}
