package agg

import (
	"fmt"

	"github.com/millrace/millrace/libs/record"
)

// extreme is min or max, in the order of record.Compare: NULLs are left out,
// NaN is greater than every number. A state is encoded as its value, NULL of
// the type before the first.
type extreme struct {
	typ record.Type
	max bool
}

type extremeState struct {
	extreme
	v record.Value // NULL before the first
}

func (f extreme) New() State { return &extremeState{extreme: f, v: record.NullOf(f.typ)} }

func (f extreme) Decode(b []byte) (State, error) {
	v, rest, err := record.DecodeValue(b)
	if err != nil || len(rest) > 0 || v.Type().Kind != f.typ.Kind {
		return nil, fmt.Errorf("%w: min or max of %s", ErrMalformed, f.typ)
	}
	return &extremeState{extreme: f, v: v}, nil
}

func (s *extremeState) Update(args []*record.Column, rows []int32) int {
	c := args[0]
	var best int
	switch c.Type.Kind {
	case record.BigInt, record.Timestamp, record.Date, record.DayTime, record.YearMonth:
		best = extremeOf(&c.Valid, c.Ints, rows, s.max)
	case record.Varchar:
		best = extremeOf(&c.Valid, c.Strs, rows, s.max)
	default:
		for _, row := range rows {
			s.put(c, int(row))
		}
		return 0 // values of these kinds refer to nothing
	}
	if best < 0 {
		return 0
	}
	return s.put(c, best)
}

// put folds one row in.
func (s *extremeState) put(c *record.Column, row int) (grown int) {
	if !c.Valid.At(row) || !s.beats(compareCell(c, row, s.v)) {
		return 0
	}
	before := s.v
	s.v = retain(c.Value(row))
	return outside(s.v) - outside(before)
}

// extremeOf returns which of the rows has the least value, or the greatest; -1 if
// they are all NULL.
func extremeOf[T int64 | string](valid *record.Bits, values []T, rows []int32, greatest bool) int {
	best := -1
	for _, at := range rows {
		row := int(at)
		if !valid.At(row) {
			continue
		}
		if best < 0 || greatest && values[row] > values[best] || !greatest && values[row] < values[best] {
			best = row
		}
	}
	return best
}

// beats reports whether a value takes the place of the present one, with which
// it compares as cmp.
func (s *extremeState) beats(cmp int) bool {
	return s.v.IsNull() || s.max && cmp > 0 || !s.max && cmp < 0
}

func (s *extremeState) Reset() { s.v = record.NullOf(s.typ) }

func (s *extremeState) Merge(other State) int {
	o := other.(*extremeState)
	if o.v.IsNull() || !s.beats(record.Compare(o.v, s.v)) {
		return 0
	}
	before := s.v
	s.v = o.v
	return outside(s.v) - outside(before)
}

func (s *extremeState) Append(dst []byte) []byte { return record.AppendValue(dst, s.v) }

func (s *extremeState) Result() (record.Value, error) { return s.v, nil }
