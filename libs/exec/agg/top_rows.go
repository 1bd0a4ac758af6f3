package agg

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"unsafe"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/plan"
)

// TopSpec says which rows a top_rows keeps: the K least under Order, ties
// broken by Cols ascending as record.Compare orders them (NULL first). Rows that
// agree in all of these cannot be told apart and count one by one.
type TopSpec struct {
	Cols  []plan.Expr // the output columns
	Order []plan.SortKey
	K     int64 // ≥ 1
}

// TopRow is one row of a top_rows.
type TopRow struct {
	Order []record.Value // parallel to TopSpec.Order
	Cols  []record.Value // parallel to TopSpec.Cols
}

// TopRows returns the aggregate that answers a row-returning query with ORDER BY
// and LIMIT. Its argument columns are spec.Args; its states are *[Top].
func TopRows(spec TopSpec) (Function, error) {
	if spec.K < 1 || len(spec.Order) == 0 || len(spec.Cols) == 0 {
		return nil, errors.New("top rows need a limit, an order and a column")
	}
	return &topRows{TopSpec: spec, k: int(min(spec.K, 1<<30))}, nil
}

// Args returns the argument expressions: the sort keys, then the columns.
func (s TopSpec) Args() []plan.Expr {
	args := make([]plan.Expr, 0, len(s.Order)+len(s.Cols))
	for _, k := range s.Order {
		args = append(args, k.Expr)
	}
	return append(args, s.Cols...)
}

type topRows struct {
	TopSpec
	k int
}

// Top is the state of a top_rows. It is encoded as the number of rows (uvarint),
// then the rows in order, each the values of its sort keys and columns.
type Top struct {
	f      *topRows
	rows   []TopRow // the K least so far, and others
	bytes  int      // about what they take
	sorted bool     // rows are the least, in order
	full   bool     // there were K rows at the last sort: bound is the greatest
	bound  TopRow
}

func (f *topRows) New() State { return &Top{f: f, sorted: true} }

func (f *topRows) Decode(b []byte) (State, error) {
	n, w := binary.Uvarint(b)
	if w <= 0 || n > uint64(f.k) || n > uint64(len(b)) {
		return nil, fmt.Errorf("%w: top rows", ErrMalformed)
	}
	b = b[w:]
	t := &Top{f: f}
	width := len(f.Order) + len(f.Cols)
	for range n {
		vs := make([]record.Value, width)
		for i := range vs {
			var err error
			if vs[i], b, err = decodeTyped(b, f.arg(i)); err != nil {
				return nil, fmt.Errorf("top rows: %w", err)
			}
		}
		t.insert(TopRow{Order: vs[:len(f.Order)], Cols: vs[len(f.Order):]})
	}
	if len(b) > 0 {
		return nil, fmt.Errorf("%w: top rows: %d bytes left", ErrMalformed, len(b))
	}
	return t, nil
}

func (f *topRows) arg(i int) record.Type {
	if i < len(f.Order) {
		return f.Order[i].Expr.Type()
	}
	return f.Cols[i-len(f.Order)].Type()
}

// Update implements [State].
func (t *Top) Update(args []*record.Column, rows []int32) int {
	before := t.bytes
	for _, at := range rows {
		row := int(at)
		if t.full && t.f.compareArgs(args, row, t.bound) >= 0 {
			continue
		}
		vs := make([]record.Value, len(args))
		for i, c := range args {
			vs[i] = retain(c.Value(row))
		}
		t.insert(TopRow{Order: vs[:len(t.f.Order)], Cols: vs[len(t.f.Order):]})
	}
	return t.bytes - before
}

// Reset implements [State].
func (t *Top) Reset() {
	*t = Top{f: t.f, sorted: true}
}

// Merge implements [State].
func (t *Top) Merge(other State) int {
	before := t.bytes
	for _, r := range other.(*Top).rows {
		if !t.full || t.f.compare(r, t.bound) < 0 {
			t.insert(r)
		}
	}
	return t.bytes - before
}

func (t *Top) insert(r TopRow) {
	t.rows = append(t.rows, r)
	t.bytes += r.bytes()
	t.sorted = false
	if len(t.rows) >= t.f.k+min(t.f.k, 1024)+16 {
		t.sort()
	}
}

// sort leaves the K least rows, in order.
func (t *Top) sort() {
	if t.sorted {
		return
	}
	slices.SortFunc(t.rows, t.f.compare)
	if len(t.rows) >= t.f.k {
		for _, r := range t.rows[t.f.k:] {
			t.bytes -= r.bytes()
		}
		clear(t.rows[t.f.k:])
		t.rows = t.rows[:t.f.k]
		t.full, t.bound = true, t.rows[t.f.k-1]
	}
	t.sorted = true
}

// Rows returns the K least rows in order; the caller must not change them.
func (t *Top) Rows() []TopRow {
	t.sort()
	return t.rows
}

// Append implements [State].
func (t *Top) Append(dst []byte) []byte {
	t.sort()
	dst = binary.AppendUvarint(dst, uint64(len(t.rows)))
	for _, r := range t.rows {
		dst = r.append(dst)
	}
	return dst
}

// bytes returns about how much memory the row takes.
func (r TopRow) bytes() int {
	n := int(unsafe.Sizeof(r))
	for _, vs := range [...][]record.Value{r.Order, r.Cols} {
		for _, v := range vs {
			n += int(unsafe.Sizeof(v)) + outside(v)
		}
	}
	return n
}

func (r TopRow) append(dst []byte) []byte {
	for _, v := range r.Order {
		dst = record.AppendValue(dst, v)
	}
	for _, v := range r.Cols {
		dst = record.AppendValue(dst, v)
	}
	return dst
}

// Split implements [Splitter].
func (t *Top) Split(maxBytes int) [][]byte {
	t.sort()
	return splitItems(len(t.rows), maxBytes, func(dst []byte, i int) []byte { return t.rows[i].append(dst) })
}

// Kept implements [Keeper].
func (t *Top) Kept(args []*record.Column) []*record.Column { return args }

// Result returns how many rows there are: the rows themselves are no value.
func (t *Top) Result() (record.Value, error) { return record.Int(int64(len(t.Rows()))), nil }

func (f *topRows) compare(a, b TopRow) int {
	for i := range a.Order {
		if c := f.order(i, record.Compare(a.Order[i], b.Order[i]), a.Order[i].IsNull(), b.Order[i].IsNull()); c != 0 {
			return c
		}
	}
	for i := range a.Cols {
		if c := record.Compare(a.Cols[i], b.Cols[i]); c != 0 {
			return c
		}
	}
	return 0
}

// compareArgs is compare for a row that is still in its batch.
func (f *topRows) compareArgs(args []*record.Column, row int, b TopRow) int {
	n := len(f.Order)
	for i, c := range args[:n] {
		if c := f.order(i, compareCell(c, row, b.Order[i]), !c.Valid.At(row), b.Order[i].IsNull()); c != 0 {
			return c
		}
	}
	for i, c := range args[n:] {
		if c := compareCell(c, row, b.Cols[i]); c != 0 {
			return c
		}
	}
	return 0
}

// order is sortOrder for sort key i.
func (f *topRows) order(i, c int, aNull, bNull bool) int {
	return sortOrder(f.Order[i], c, aNull, bNull)
}

// sortOrder turns the comparison of two values, NULL first, into that of a sort key.
func sortOrder(k plan.SortKey, c int, aNull, bNull bool) int {
	if aNull != bNull {
		if k.NullsFirst {
			return c
		}
		return -c
	}
	if k.Desc {
		return -c
	}
	return c
}
