package agg

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/millrace/millrace/libs/record"
)

// momentsDouble is variance and standard deviation over DOUBLE: the count of the rows
// that are not NULL, the mean, and the sum of the squares of the distances from it, as
// Chan, Golub and LeVeque merge them (Updating Formulae and a Pairwise Algorithm for
// Computing Sample Variances, 1979). A value that is not finite, or so large that a
// square of it may not be, decides the result, whatever else there is.
//
// A state is encoded as flags (a byte) and the count (uvarint), then, if there is a
// count and no flag, the mean and the squares.
type momentsDouble struct{ spread }

type momentsDoubleState struct {
	spread
	flags   byte
	n       uint64
	mean    float64
	squares float64
}

const (
	hasSpecial byte = 1 << iota // NaN or an infinity
	hasHuge

	hugeFrom = 0x1p450 // the squares of 2^64 numbers below it add up to less than 2^1024
)

func (f momentsDouble) New() State { return &momentsDoubleState{spread: f.spread} }

func (f momentsDouble) Decode(b []byte) (State, error) {
	if len(b) == 0 || b[0] > hasSpecial|hasHuge {
		return nil, fmt.Errorf("%w: squares", ErrMalformed)
	}
	s := &momentsDoubleState{spread: f.spread, flags: b[0]}
	var err error
	if s.n, b, err = decodeUvarint(b[1:]); err != nil {
		return nil, err
	}
	if s.n == 0 && s.flags != 0 {
		return nil, fmt.Errorf("%w: squares of no rows", ErrMalformed)
	}
	if s.n == 0 || s.flags != 0 {
		return ended(s, b)
	}
	if len(b) != 16 {
		return nil, fmt.Errorf("%w: squares of %d bytes", ErrMalformed, len(b))
	}
	s.mean, s.squares = decodeFloat(b), decodeFloat(b[8:])
	if !(math.Abs(s.mean) <= hugeFrom) || !(s.squares >= 0 && s.squares <= math.MaxFloat64) {
		return nil, fmt.Errorf("%w: squares out of range", ErrMalformed)
	}
	return s, nil
}

func (s *momentsDoubleState) Update(args []*record.Column, rows []int32) int {
	c := args[0]
	for _, row := range rows {
		if c.Valid.At(int(row)) {
			s.add(c.Floats[row])
		}
	}
	return 0
}

func (s *momentsDoubleState) add(x float64) {
	s.n++
	switch {
	case math.IsNaN(x) || math.IsInf(x, 0):
		s.flag(hasSpecial)
	case math.Abs(x) >= hugeFrom:
		s.flag(hasHuge)
	case s.flags == 0:
		d := x - s.mean
		s.mean += d / float64(s.n)
		s.squares += d * (x - s.mean)
	}
}

func (s *momentsDoubleState) flag(f byte) {
	s.flags |= f
	s.mean, s.squares = 0, 0
}

func (s *momentsDoubleState) Reset() { *s = momentsDoubleState{spread: s.spread} }

func (s *momentsDoubleState) Merge(other State) int {
	o := other.(*momentsDoubleState)
	switch {
	case o.n == 0:
		return 0
	case s.n == 0:
		*s = *o
		return 0
	}
	a, b := float64(s.n), float64(o.n)
	s.n += o.n
	if s.flags|o.flags != 0 {
		s.flag(o.flags)
		return 0
	}
	d := o.mean - s.mean
	s.mean += d * (b / (a + b))
	s.squares = min(s.squares+o.squares+d*d*(a*(b/(a+b))), math.MaxFloat64)
	return 0
}

func (s *momentsDoubleState) Append(dst []byte) []byte {
	dst = binary.AppendUvarint(append(dst, s.flags), s.n)
	if s.n == 0 || s.flags != 0 {
		return dst
	}
	return appendFloat(appendFloat(dst, s.mean), s.squares)
}

func (s *momentsDoubleState) Result() (record.Value, error) {
	switch {
	case s.null(s.n):
		return record.NullOf(record.DoubleType), nil
	case s.flags&hasSpecial != 0:
		return record.Float(math.NaN()), nil
	case s.flags != 0:
		return record.Value{}, ErrOverflow
	case s.sample:
		return s.result(s.squares / float64(s.n-1))
	default:
		return s.result(s.squares / float64(s.n))
	}
}
