package agg

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/millrace/millrace/libs/record"
)

// count counts rows, or with arg those whose argument is not NULL. A state is
// encoded as a uvarint.
type count struct{ arg bool }

type countState struct {
	arg bool
	n   uint64
}

func (f count) New() State { return &countState{arg: f.arg} }

func (f count) Decode(b []byte) (State, error) {
	n, w := binary.Uvarint(b)
	if w <= 0 || w != len(b) {
		return nil, fmt.Errorf("%w: count of %d bytes", ErrMalformed, len(b))
	}
	return &countState{arg: f.arg, n: n}, nil
}

// AppendCount appends the encoding of a count of n rows: how a caller that has
// counted a group's rows anyway writes a count(*) without keeping a state.
func AppendCount(dst []byte, n uint64) []byte { return binary.AppendUvarint(dst, n) }

func (s *countState) Update(args []*record.Column, rows []int32) int {
	if !s.arg || args[0].Valid.Unset() == 0 {
		s.n += uint64(len(rows))
		return 0
	}
	valid := &args[0].Valid
	for _, row := range rows {
		if valid.At(int(row)) {
			s.n++
		}
	}
	return 0
}

func (s *countState) Reset() { s.n = 0 }

func (s *countState) Merge(other State) int {
	s.n += other.(*countState).n
	return 0
}

func (s *countState) Append(dst []byte) []byte { return AppendCount(dst, s.n) }

func (s *countState) Result() (record.Value, error) {
	if s.n > math.MaxInt64 {
		return record.Value{}, ErrOverflow
	}
	return record.Int(int64(s.n)), nil
}
