package agg

import (
	"github.com/millrace/millrace/libs/planted"
	"github.com/millrace/millrace/libs/record"
)

// argExtreme is arg_min or arg_max(x, by): the x with the least or greatest by, of those
// that tie the least or greatest x, in the order of record.Compare. Rows in which either
// is NULL are left out. A state is encoded as by and x, before the first row as NULLs.
type argExtreme struct {
	typ, byType record.Type
	max         bool
}

type argExtremeState struct {
	argExtreme
	x, by record.Value
}

func (f argExtreme) New() State {
	return &argExtremeState{argExtreme: f, x: record.NullOf(f.typ), by: record.NullOf(f.byType)}
}

func (f argExtreme) Decode(b []byte) (State, error) {
	s := &argExtremeState{argExtreme: f}
	var err error
	if s.by, b, err = decodeTyped(b, f.byType); err != nil {
		return nil, err
	}
	if s.x, b, err = decodeTyped(b, f.typ); err != nil {
		return nil, err
	}
	if s.x.IsNull() != s.by.IsNull() {
		return nil, ErrMalformed
	}
	return ended(s, b)
}

func (s *argExtremeState) Update(args []*record.Column, rows []int32) (grown int) {
	x, by := args[0], args[1]
	for _, at := range rows {
		row := int(at)
		if !x.Valid.At(row) || !by.Valid.At(row) {
			continue
		}
		c := 0
		if !s.by.IsNull() {
			if c = compareCell(by, row, s.by); c == 0 && !planted.On(planted.TiesByArrival) {
				c = compareCell(x, row, s.x)
			}
		}
		if s.beats(c) {
			grown += s.put(retain(x.Value(row)), retain(by.Value(row)))
		}
	}
	return grown
}

// beats reports whether a row takes the place of the present one, with which it
// compares as c.
func (s *argExtremeState) beats(c int) bool {
	return s.by.IsNull() || s.max && c > 0 || !s.max && c < 0
}

func (s *argExtremeState) put(x, by record.Value) (grown int) {
	grown = outside(x) + outside(by) - outside(s.x) - outside(s.by)
	s.x, s.by = x, by
	return grown
}

func (s *argExtremeState) Reset() {
	s.x, s.by = record.NullOf(s.typ), record.NullOf(s.byType)
}

func (s *argExtremeState) Merge(other State) int {
	o := other.(*argExtremeState)
	if o.by.IsNull() {
		return 0
	}
	c := record.Compare(o.by, s.by)
	if c == 0 {
		c = record.Compare(o.x, s.x)
	}
	if !s.beats(c) {
		return 0
	}
	return s.put(o.x, o.by)
}

func (s *argExtremeState) Append(dst []byte) []byte {
	return record.AppendValue(record.AppendValue(dst, s.by), s.x)
}

func (s *argExtremeState) Result() (record.Value, error) { return s.x, nil }
