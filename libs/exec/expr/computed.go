package expr

import (
	"slices"

	"github.com/millrace/millrace/libs/planted"
	"github.com/millrace/millrace/libs/record"
)

// computed are the computed values of a batch, by position from first on.
type computed struct {
	first  int
	values []*Computed
	marks  []cellsMark
	used   []*cells
	free   map[record.Kind][]*cells // that are used again
	todo   [][]uint64               // scratch

	budget
}

// cellsMark says where the cells of a value are in used, if batch is the present one.
type cellsMark struct {
	batch uint32
	at    int32
}

// cells are the rows of one computed value in the present batch.
type cells struct {
	column record.Column
	done   []uint64 // rows that were computed
	errs   []uint64 // of those, the rows in which the value is ERROR; they are NULL in column
	failed bool     // there are such rows
	full   bool     // all rows were computed
	args   []record.Value

	of  *Computed // a lazy one
	row int       // that is computed
	arg func(i int) (record.Value, error)
}

// reset forgets all cells and keeps their memory, if what they refer to is not much.
func (in *Input) reset() {
	c := &in.computed
	if c.spent > keptComputed || c.released > 0 {
		for i := range c.values {
			in.folded[c.first+i] = foldedText{}
		}
		c.used = slices.DeleteFunc(c.used, func(x *cells) bool {
			kind := x.column.Type.Kind
			return kind == record.Varchar || kind == record.JSON || kind == record.Array
		})
	}
	c.spent, c.over, c.alone, c.released = 0, false, false, 0
	if c.free == nil && len(c.used) > 0 {
		c.free = map[record.Kind][]*cells{}
	}
	for _, used := range c.used {
		kind := used.column.Type.Kind
		c.free[kind] = append(c.free[kind], used)
	}
	clear(c.used)
	c.used, c.values = c.used[:0], nil
}

// Compute has the positions from first on, which no column has, be those of values
// that are computed where they are asked for. Positions without a value are not asked
// for. Columns must have as many positions. It is called after Reset.
func (in *Input) Compute(first int, values []*Computed) {
	c := &in.computed
	c.first, c.values = first, values
	if n := len(values) - len(c.marks); n > 0 {
		c.marks = append(c.marks, make([]cellsMark, n)...)
	}
}

// at returns the cells of a computed value.
func (in *Input) at(pos int) (*cells, *Computed) {
	c := &in.computed
	v, m := c.values[pos-c.first], &c.marks[pos-c.first]
	if m.batch == in.batch {
		return c.used[m.at], v
	}
	var x *cells
	kind := v.typ.Kind
	if n := len(c.free[kind]); n > 0 {
		x = c.free[kind][n-1]
		c.free[kind] = c.free[kind][:n-1]
	} else {
		x = new(cells)
	}
	x.column.Resize(v.typ, in.Len)
	w := words(in.Len)
	x.done, x.errs = zeros(x.done, w), zeros(x.errs, w)
	x.failed, x.full = false, in.Len == 0
	x.args = append(x.args[:0], v.constants...)
	if v.lazy != nil && x.of != v {
		x.of, x.arg = v, v.argument(in, x)
	}
	*m = cellsMark{in.batch, int32(len(c.used))}
	c.used = append(c.used, x)
	in.Columns[pos] = &x.column
	return x, v
}

// zeros returns n zero words, in the memory of s if it is enough.
func zeros(s []uint64, n int) []uint64 {
	s = resize(s, n)
	clear(s)
	return s
}

// Need has a computed value be known in the rows whose bits are set, nil for all. What
// was computed before, for whomever, is not again. Under a limit they may not be known
// afterwards: see [Input.Held].
func (in *Input) Need(pos int, rows []uint64) {
	x, v := in.at(pos)
	if x.full || in.computed.over {
		return
	}
	todo := in.take()
	some := uint64(0)
	for i, done := range x.done {
		want := ^uint64(0)
		if i == len(todo)-1 {
			want = tail(in.Len)
		}
		if rows != nil {
			want &= rows[i]
		}
		todo[i] = want &^ done
		some |= todo[i]
	}
	if some != 0 {
		v.compute(in, x, todo)
		if in.computed.over { // not all of them
			in.give(todo)
			return
		}
		for i, w := range todo {
			x.done[i] |= w
		}
	}
	if rows == nil {
		x.full = true
	}
	in.give(todo)
}

// known computes a value in one row if need be and there is room, and reports whether it
// is not ERROR.
func (in *Input) known(pos, row int) bool {
	x, v := in.at(pos)
	w, b := row>>6, uint64(1)<<(row&63)
	if x.done[w]&b == 0 && !in.computed.over {
		v.one(in, x, row)
		x.done[w] |= b
	}
	return x.errs[w]&b == 0
}

// Errors returns the bits of the rows, of those asked for so far, in which a computed
// value is ERROR; nil: there are none.
func (in *Input) Errors(pos int) []uint64 {
	c := &in.computed
	if c.marks[pos-c.first].batch != in.batch {
		return nil
	}
	if x, _ := in.at(pos); x.failed {
		return x.errs
	}
	return nil
}

// take returns rows of no set value for the time until give.
func (in *Input) take() []uint64 {
	c := &in.computed
	w := words(in.Len)
	if n := len(c.todo); n > 0 {
		s := c.todo[n-1]
		c.todo = c.todo[:n-1]
		return slices.Grow(s[:0], w)[:w]
	}
	return make([]uint64, w)
}

func (in *Input) give(rows []uint64) { in.computed.todo = append(in.computed.todo, rows) }

// put sets a row to a value, or to ERROR.
func (x *cells) put(row int, v record.Value, err error) {
	switch want := x.column.Type.Kind; {
	case err != nil && planted.On(planted.ErrorIsNull):
	case err != nil:
		x.fail(row)
	case v.IsNull() || v.Type().Kind == want:
		x.column.Set(row, v)
	case want == record.Double && v.Type().Kind == record.BigInt:
		x.column.Set(row, record.Float(v.AsFloat()))
	default: // a function that does not do what it says
		x.fail(row)
	}
}

// fail sets a row to ERROR.
func (x *cells) fail(row int) {
	x.failed = true
	x.errs[row>>6] |= 1 << (row & 63)
}

// truth sets a row to a truth value.
func (x *cells) truth(row int, t record.Truth) {
	switch t {
	case record.Error:
		x.fail(row)
	case record.Null:
	default:
		x.column.Bools[row] = t == record.True
		x.column.Valid.Set(row)
	}
}
