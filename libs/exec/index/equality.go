package index

import (
	"hash/maphash"
	"slices"

	"github.com/millrace/millrace/libs/exec/expr"
	"github.com/millrace/millrace/libs/record"
)

// Equality is an index of values that a column, or an element of an array column,
// may equal.
type Equality struct {
	column int
	*equalities
}

// equalities are what an Equality holds.
type equalities struct {
	member  bool
	text    bool
	seed    maphash.Seed
	table   layers // of numbers in entries, by hash
	entries []entry
}

// entry is a value and the slot of its predicate.
type entry struct {
	text  string
	value int64
	slot  int32
}

// equalitySet is the [Set] of an Equality. A value that comes is put behind the
// entries, where no index that was made before looks; numbers are not given again
// before all are.
type equalitySet struct {
	member, text bool
	now          *equalities
	shared       bool // now is that of an index: its copy is to be changed
	listed       bool // now.entries are not those of an index
	dead         int  // of the entries
}

// own makes what is held changeable, but for the elements of the entries.
func (s *equalitySet) own() *equalities {
	switch {
	case s.now == nil:
		s.now, s.listed = &equalities{member: s.member, text: s.text, seed: maphash.MakeSeed()}, true
	case s.shared:
		c := *s.now
		c.table.shared()
		s.now, s.listed = &c, false
	}
	s.shared = false
	return s.now
}

func (s *equalitySet) Put(k Key, slot int32) {
	q := s.own()
	hash := q.hash(k.Text, k.Lo)
	if e := q.find(hash, k.Text, k.Lo); e >= 0 {
		if !s.listed {
			q.entries, s.listed = slices.Clone(q.entries), true
		}
		q.entries[e].slot = slot
		return
	}
	q.entries = append(q.entries, entry{k.Text, k.Lo, slot})
	q.table.enter(hash, int32(len(q.entries)-1))
}

func (s *equalitySet) Delete(k Key) {
	q := s.own()
	hash := q.hash(k.Text, k.Lo)
	if e := q.find(hash, k.Text, k.Lo); e >= 0 {
		q.table.remove(hash, e)
		if s.dead++; s.dead > q.table.held() {
			s.compact()
		}
	}
}

// compact makes entries without dead ones.
func (s *equalitySet) compact() {
	old := s.now
	x := &equalities{member: old.member, text: old.text, seed: old.seed, entries: make([]entry, 0, old.table.held())}
	for hash, e := range old.table.all() {
		x.entries = append(x.entries, old.entries[e])
		x.table.enter(hash, int32(len(x.entries)-1))
	}
	s.now, s.shared, s.listed, s.dead = x, false, true, 0
}

func (s *equalitySet) Len() int {
	if s.now == nil {
		return 0
	}
	return s.now.table.held()
}

func (s *equalitySet) Index(column int) Index {
	q := s.own()
	s.shared = true
	return &Equality{column, q}
}

func (q *equalities) hash(text string, value int64) uint32 {
	if q.text {
		return uint32(maphash.String(q.seed, text))
	}
	return uint32(uint64(value) * 0x9E3779B97F4A7C15 >> 32)
}

// find returns the number of the entry, or -1.
func (q *equalities) find(hash uint32, text string, value int64) int32 {
	e := q.findIn(&q.table.table, hash, text, value)
	if e < 0 && q.table.young.held > 0 {
		return q.findIn(&q.table.young, hash, text, value)
	}
	return e
}

func (q *equalities) findIn(t *table, hash uint32, text string, value int64) int32 {
	if len(t.cells) == 0 {
		return -1
	}
	mask := uint32(len(t.cells) - 1)
	for i := hash & mask; ; i = (i + 1) & mask {
		c := t.cells[i]
		if c.entry == 0 {
			return -1
		}
		if c.hash != hash {
			continue
		}
		if e := &q.entries[c.entry-1]; e.value == value && e.text == text && q.table.left(hash, c.entry-1) {
			return c.entry - 1
		}
	}
}

// Len implements [Index].
func (x *Equality) Len() int { return x.table.held() }

// Nulls implements [Index].
func (x *Equality) Nulls(in *expr.Input, rows []uint64) {
	addNulls(in, x.column, rows)
	if !x.member {
		return
	}
	c := in.Columns[x.column]
	if c.Elem.Valid.Unset() == 0 {
		return
	}
	for row := range in.Len {
		from, to := c.Span(row)
		for i := from; i < to; i++ {
			if !c.Elem.Valid.At(i) {
				rows[row>>6] |= 1 << (row & 63)
			}
		}
	}
}

// addNulls adds the rows in which a column is NULL.
func addNulls(in *expr.Input, column int, rows []uint64) {
	if nulls, some := in.Nulls(column); some {
		for i, w := range nulls {
			rows[i] |= w
		}
	}
}

// Eval implements [Index].
func (x *Equality) Eval(in *expr.Input, rows []uint64, hits *Hits) {
	c := in.Columns[x.column]
	if x.table.held() == 0 {
		return
	}
	if !x.member {
		each(in.Len, rows, func(row int) {
			if c.Valid.At(row) {
				x.look(c, row, row, hits)
			}
		})
		return
	}
	each(in.Len, rows, func(row int) {
		from, to := c.Span(row)
		for i := from; i < to; i++ {
			if c.Elem.Valid.At(i) {
				x.look(c.Elem, i, row, hits)
			}
		}
	})
}

func (x *Equality) look(c *record.Column, i, row int, hits *Hits) {
	var text string
	var value int64
	if x.text {
		text = c.Strs[i]
	} else {
		value = c.Ints[i]
	}
	if e := x.find(x.hash(text, value), text, value); e >= 0 {
		hits.Set(x.entries[e].slot, row)
	}
}

// each calls f for the rows whose bits are set, or for all n.
func each(n int, rows []uint64, f func(row int)) {
	if rows == nil {
		for row := range n {
			f(row)
		}
		return
	}
	for w, word := range rows {
		for ; word != 0; word &= word - 1 {
			f(w<<6 + trailing(word))
		}
	}
}
