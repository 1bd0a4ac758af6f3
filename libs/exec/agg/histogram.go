package agg

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/millrace/millrace/libs/planted"
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/function"
)

// histogram counts values in n buckets of equal width from lo to below hi. A state is
// encoded as the number of rows that are not NULL (uvarint) and, for each bucket with
// something in it, how many are empty before it and its count (uvarints).
type histogram struct {
	lo, hi float64
	n      int
}

type histogramState struct {
	histogram
	rows   uint64
	counts []uint64 // nil: all 0
}

func (f histogram) New() State { return &histogramState{histogram: f} }

func (f histogram) Decode(b []byte) (State, error) {
	s := &histogramState{histogram: f}
	var err error
	if s.rows, b, err = decodeUvarint(b); err != nil {
		return nil, err
	}
	for at := -1; len(b) > 0; {
		var gap, n uint64
		if gap, b, err = decodeUvarint(b); err != nil {
			return nil, err
		}
		if n, b, err = decodeUvarint(b); err != nil {
			return nil, err
		}
		if n == 0 || gap >= uint64(f.n-at-1) || s.rows == 0 {
			return nil, fmt.Errorf("%w: bucket %d of %d", ErrMalformed, gap, f.n)
		}
		at += 1 + int(gap)
		s.bucket(at, n)
	}
	return s, nil
}

func (s *histogramState) bucket(i int, n uint64) {
	if s.counts == nil {
		s.counts = make([]uint64, s.n)
	}
	s.counts[i] += n
}

func (s *histogramState) Update(args []*record.Column, rows []int32) int {
	before := len(s.counts)
	c := args[0]
	for _, row := range rows {
		if !c.Valid.At(int(row)) {
			continue
		}
		s.rows++
		x := 0.0
		if c.Type.Kind == record.BigInt {
			x = float64(c.Ints[row])
		} else {
			x = c.Floats[row]
		}
		if x == s.lo && planted.On(planted.HistogramExcludes) {
			continue
		}
		if x >= s.lo && x < s.hi {
			s.bucket(int(function.Bucket(x, s.lo, s.hi, int64(s.n)))-1, 1)
		}
	}
	return 8 * (len(s.counts) - before)
}

func (s *histogramState) Reset() { *s = histogramState{histogram: s.histogram} }

func (s *histogramState) Merge(other State) int {
	before := len(s.counts)
	o := other.(*histogramState)
	s.rows += o.rows
	for i, n := range o.counts {
		if n > 0 {
			s.bucket(i, n)
		}
	}
	return 8 * (len(s.counts) - before)
}

func (s *histogramState) Append(dst []byte) []byte {
	dst = binary.AppendUvarint(dst, s.rows)
	last := -1
	for i, n := range s.counts {
		if n > 0 {
			dst = binary.AppendUvarint(dst, uint64(i-last-1))
			dst = binary.AppendUvarint(dst, n)
			last = i
		}
	}
	return dst
}

func (s *histogramState) Result() (record.Value, error) {
	if s.rows == 0 {
		return record.NullOf(record.ArrayOf(record.BigIntType)), nil
	}
	vs := make([]record.Value, s.n)
	for i := range vs {
		vs[i] = record.Int(0)
		if s.counts == nil {
			continue
		}
		if s.counts[i] > math.MaxInt64 {
			return record.Value{}, ErrOverflow
		}
		vs[i] = record.Int(int64(s.counts[i]))
	}
	return record.List(record.BigIntType, vs), nil
}
