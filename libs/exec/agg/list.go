package agg

import (
	"encoding/binary"
	"fmt"
	"sort"
	"strings"
	"unsafe"

	"github.com/millrace/millrace/libs/planted"
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/function"
	"github.com/millrace/millrace/libs/sql/plan"
)

// list is array_agg, or with a separator string_agg, or with a draw sample_agg. It keeps
// the first values under order, ties broken by value, NULL last: at most most of them, and
// none behind that with which they reach [function.MaxListedBytes]. What it leaves out
// of some rows it would leave out of those and any others: so lists merge exactly.
//
// A state is encoded as the number of values (uvarint), then in order of each the values
// of its sort keys and itself.
type list struct {
	typ       record.Type
	order     []plan.SortKey
	types     []record.Type // of the sort keys
	most      int
	separator *record.Value // of string_agg
	draw      *draw         // of sample_agg
}

// listItem is a value, its sort keys before it.
type listItem []record.Value

func newList(t record.Type, order []plan.SortKey) *list {
	f := &list{typ: t, order: order, most: function.MaxListed}
	for _, k := range order {
		f.types = append(f.types, k.Expr.Type())
	}
	return f
}

type listState struct {
	*list
	items  []listItem // those that are kept, and others
	bytes  int        // about what they take
	kept   int        // the same, at the last sort
	sorted bool       // items are those that are kept, in order
	full   bool       // at the last sort nothing behind the last one could be kept
	bound  listItem   // that one
}

func (f *list) New() State { return &listState{list: f, sorted: true} }

func (f *list) Decode(b []byte) (State, error) {
	n, b, err := decodeCount(b, f.most)
	if err != nil {
		return nil, err
	}
	s := &listState{list: f}
	for range n {
		item := make(listItem, len(f.types)+1)
		for i := range item {
			t := f.typ
			if i < len(f.types) {
				t = f.types[i]
			}
			if item[i], b, err = decodeTyped(b, t); err != nil {
				return nil, err
			}
		}
		if item.value().IsNull() && !f.nulls() {
			return nil, fmt.Errorf("%w: NULL in a list", ErrMalformed)
		}
		s.insert(item)
	}
	return ended(s, b)
}

// nulls reports whether NULLs are among the values.
func (f *list) nulls() bool {
	return f.separator == nil && f.draw == nil && !planted.On(planted.ListLosesNull)
}

func (s *listState) Update(args []*record.Column, rows []int32) int {
	before := s.bytes
	x, keys := args[0], args[1:]
	for _, at := range rows {
		row := int(at)
		if !x.Valid.At(row) && !s.nulls() {
			continue
		}
		if s.draw != nil {
			s.drawRow(x, keys, row)
			continue
		}
		if s.full && s.compareRow(x, keys, row) >= 0 {
			continue
		}
		item := make(listItem, 0, len(args))
		for _, c := range keys {
			item = append(item, retain(c.Value(row)))
		}
		s.insert(append(item, retain(x.Value(row))))
	}
	return s.bytes - before
}

func (s *listState) Reset() { *s = listState{list: s.list, sorted: true} }

func (s *listState) Merge(other State) int {
	before := s.bytes
	for _, item := range other.(*listState).items {
		if !s.full || s.compare(item, s.bound) < 0 {
			s.insert(item)
		}
	}
	return s.bytes - before
}

func (s *listState) insert(item listItem) {
	s.items = append(s.items, item)
	s.bytes += item.bytes()
	s.sorted = false
	if len(s.items) >= 2*s.most+16 || s.bytes >= 2*s.kept+4*function.MaxListedBytes {
		s.sort()
	}
}

// sort leaves the items that are kept, in order.
func (s *listState) sort() {
	if s.sorted {
		return
	}
	sort.Slice(s.items, func(i, j int) bool { return s.compare(s.items[i], s.items[j]) < 0 })
	n, size := 0, 0
	for n < min(len(s.items), s.most) && size < function.MaxListedBytes {
		size += s.items[n].size()
		n++
	}
	for _, item := range s.items[n:] {
		s.bytes -= item.bytes()
	}
	clear(s.items[n:])
	s.items, s.sorted, s.kept = s.items[:n], true, s.bytes
	if n == s.most || size >= function.MaxListedBytes {
		s.full, s.bound = true, s.items[n-1]
	}
}

func (s *listState) Append(dst []byte) []byte {
	s.sort()
	dst = binary.AppendUvarint(dst, uint64(len(s.items)))
	for _, item := range s.items {
		dst = item.append(dst)
	}
	return dst
}

// Split implements [Splitter].
func (s *listState) Split(maxBytes int) [][]byte {
	s.sort()
	return splitItems(len(s.items), maxBytes, func(dst []byte, i int) []byte { return s.items[i].append(dst) })
}

// Kept implements [Keeper]: of a sample not what tells rows apart.
func (s *listState) Kept(args []*record.Column) []*record.Column {
	if s.draw != nil {
		return args[:1]
	}
	return args
}

func (s *listState) Result() (record.Value, error) {
	s.sort()
	if len(s.items) == 0 {
		if s.separator != nil {
			return record.NullOf(record.VarcharType), nil
		}
		return record.NullOf(record.ArrayOf(s.typ)), nil
	}
	if s.separator != nil {
		var b strings.Builder
		for i, item := range s.items {
			if i > 0 {
				b.WriteString(s.separator.Str())
			}
			b.WriteString(item.value().Str())
		}
		return record.Text(b.String()), nil
	}
	vs := make([]record.Value, len(s.items))
	for i, item := range s.items {
		vs[i] = item.value()
	}
	return record.List(s.typ, vs), nil
}

func (f *list) compare(a, b listItem) int {
	for i, k := range f.order {
		if c := sortOrder(k, record.Compare(a[i], b[i]), a[i].IsNull(), b[i].IsNull()); c != 0 {
			return c
		}
	}
	if f.draw != nil {
		if c := record.Compare(a[0], b[0]); c != 0 {
			return c
		}
	}
	return sortOrder(plan.SortKey{}, record.Compare(a.value(), b.value()), a.value().IsNull(), b.value().IsNull())
}

// compareRow compares a row that is still in its batch with the bound.
func (s *listState) compareRow(x *record.Column, keys []*record.Column, row int) int {
	for i, c := range keys {
		if c := sortOrder(s.order[i], compareCell(c, row, s.bound[i]), !c.Valid.At(row), s.bound[i].IsNull()); c != 0 {
			return c
		}
	}
	v := s.bound.value()
	return sortOrder(plan.SortKey{}, compareCell(x, row, v), !x.Valid.At(row), v.IsNull())
}

func (i listItem) value() record.Value { return i[len(i)-1] }

// size is what an item counts for in [function.MaxListedBytes]: what it is, wherever it
// is kept.
func (i listItem) size() int {
	n := 0
	for _, v := range i {
		n += sizeOf(v)
	}
	return n
}

func sizeOf(v record.Value) int {
	n := 8 + len(v.Str())
	for _, e := range v.Elems() {
		n += sizeOf(e)
	}
	return n
}

// bytes returns about how much memory an item takes.
func (i listItem) bytes() int {
	n := int(unsafe.Sizeof(i))
	for _, v := range i {
		n += int(unsafe.Sizeof(v)) + outside(v)
	}
	return n
}

func (i listItem) append(dst []byte) []byte {
	for _, v := range i {
		dst = record.AppendValue(dst, v)
	}
	return dst
}
