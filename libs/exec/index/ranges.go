package index

import (
	"cmp"
	"math"

	"github.com/millrace/millrace/libs/exec/expr"
	"github.com/millrace/millrace/libs/record"
)

// Range is an index of intervals that a column's value may lie in. It finds those
// intervals in two ways. Where rows are wanted, a value visits an interval tree
// laid out over the sorted list of intervals (Cormen et al., Introduction to
// Algorithms, 14.3; the layout is that of Li and Rong, Bedtk, Bioinformatics
// 2021): the cost is that of the intervals found. Where only their number is
// wanted, a value counts once, in the elementary interval that it falls into, the
// disjoint fragments into which all bounds cut the line, whatever the number of
// intervals; [Range.Sum] adds them up.
type Range struct {
	column    int
	float     bool
	intervals [][]interval
	tops      []span
	counted   [][]counted
	bounds    [][]bound
	heads     []head
	places    *places
	sizes     rangeSizes
}

type rangeSizes struct{ intervals, counted, bounds int }

// span is from lo to hi, both included; max is the greatest hi of its subtree. That of
// a piece of the intervals has the lo of its first and the greatest hi of it, and is in
// the tree of all pieces.
type span struct{ lo, hi, max int64 }

// head is a piece of the bounds: its first, and how many there are before it.
type head struct {
	at     int64
	before int
}

// interval is in the tree of its piece.
type interval struct {
	span
	slot int32
}

func (s *span) reach() *span { return s }

// RangeSet is the [Set] of a [Range].
type RangeSet struct {
	float     bool
	intervals pieces[interval]
	counted   pieces[counted]
	bounds    pieces[bound]
	places    *places
}

func (s *RangeSet) find(k Key) (place, bool) {
	return s.intervals.find(func(i interval) int { return cmp.Or(cmp.Compare(i.lo, k.Lo), cmp.Compare(i.hi, k.Hi)) })
}

// Put implements [Set]. An interval that ends before it begins holds nowhere.
func (s *RangeSet) Put(k Key, slot int32) {
	at, found := s.find(k)
	if found {
		s.intervals.change(at).slot = slot
	} else {
		s.intervals.insert(at, interval{span{lo: k.Lo, hi: k.Hi}, slot})
	}
}

// Delete implements [Set].
func (s *RangeSet) Delete(k Key) {
	if at, found := s.find(k); found {
		s.intervals.remove(at)
	}
}

// Len implements [Set].
func (s *RangeSet) Len() int { return s.intervals.held + s.counted.held }

// Index implements [Set].
func (s *RangeSet) Index(column int) Index {
	if s.places == nil {
		s.places = &places{}
	}
	x := &Range{
		column: column, float: s.float, places: s.places,
		intervals: s.intervals.snapshot(func(list []interval) { augment(list, (*interval).reach) }),
		counted:   s.counted.snapshot(nil), bounds: s.bounds.snapshot(nil),
		sizes: rangeSizes{s.intervals.held, s.counted.held, s.bounds.held},
	}
	for _, list := range x.intervals {
		x.tops = append(x.tops, span{lo: list[0].lo, hi: list[len(list)/2].max})
	}
	augment(x.tops, (*span).reach)
	before := 0
	for _, list := range x.bounds {
		x.heads = append(x.heads, head{list[0].at, before})
		before += len(list)
	}
	return x
}

// augment sets max of the tree whose root is in the middle.
func augment[T any](tree []T, reach func(*T) *span) int64 {
	if len(tree) == 0 {
		return math.MinInt64
	}
	mid := len(tree) / 2
	n := reach(&tree[mid])
	n.max = max(n.hi, augment(tree[:mid], reach), augment(tree[mid+1:], reach))
	return n.max
}

// Len implements [Index].
func (x *Range) Len() int { return x.sizes.intervals + x.sizes.counted }

// Nulls implements [Index].
func (x *Range) Nulls(in *expr.Input, rows []uint64) { addNulls(in, x.column, rows) }

// Eval implements [Index]. It also counts into [Hits.Fragments].
func (x *Range) Eval(in *expr.Input, rows []uint64, hits *Hits) {
	c := in.Columns[x.column]
	count := x.sizes.counted > 0
	each(in.Len, rows, func(row int) {
		if !c.Valid.At(row) {
			return
		}
		v := x.value(c, row)
		if count {
			hits.Fragments[x.fragment(v)]++
		}
		x.stab(0, x.tops, v, row, hits)
	})
}

func (x *Range) value(c *record.Column, row int) int64 {
	if x.float {
		return ordered(c.Floats[row])
	}
	return c.Ints[row]
}

// stab sets the hits of the intervals that v lies in, of a subtree of pieces that
// begins with the one of number first.
func (x *Range) stab(first int, tree []span, v int64, row int, hits *Hits) {
	for len(tree) > 0 {
		mid := len(tree) / 2
		n := &tree[mid]
		if n.max < v {
			return
		}
		x.stab(first, tree[:mid], v, row, hits)
		if n.lo > v {
			return
		}
		if n.hi >= v {
			stab(x.intervals[first+mid], v, row, hits)
		}
		first, tree = first+mid+1, tree[mid+1:]
	}
}

// stab sets the hits of the intervals of a tree that v lies in.
func stab(tree []interval, v int64, row int, hits *Hits) {
	for len(tree) > 0 {
		mid := len(tree) / 2
		n := &tree[mid]
		if n.max < v {
			return
		}
		stab(tree[:mid], v, row, hits)
		if n.lo > v {
			return
		}
		if n.hi >= v {
			hits.Set(n.slot, row)
		}
		tree = tree[mid+1:]
	}
}
