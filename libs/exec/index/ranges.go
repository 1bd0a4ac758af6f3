package index

import (
	"cmp"
	"math"
	"slices"
	"sync"

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
	intervals []interval
	counted   []counted
	bounds    []bound
	places    *places
}

// interval is from lo to hi, both included; max is the greatest hi of its subtree.
type interval struct {
	lo, hi, max int64
	slot        int32
}

// counted is an interval of which only the number of rows is wanted.
type counted struct {
	lo, hi int64
	slot   int32
}

// bound is where an elementary interval begins, and how many counted intervals
// begin there or end before it.
type bound struct {
	at   int64
	refs int32
}

// places are where the counted intervals begin and end among the bounds, found
// when first needed.
type places struct {
	once sync.Once
	from []int32 // the first fragment
	to   []int32 // behind the last
}

// RangeSet is the [Set] of a [Range].
type RangeSet struct {
	float     bool
	intervals []interval
	counted   []counted
	bounds    []bound
	places    *places
	shared    bool
	augmented bool
}

func (s *RangeSet) own() {
	if s.shared {
		s.intervals, s.counted, s.bounds = slices.Clone(s.intervals), slices.Clone(s.counted), slices.Clone(s.bounds)
		s.shared = false
	}
}

func (s *RangeSet) find(k Key) (int, bool) {
	return slices.BinarySearchFunc(s.intervals, k, func(i interval, k Key) int {
		return cmp.Or(cmp.Compare(i.lo, k.Lo), cmp.Compare(i.hi, k.Hi))
	})
}

// Put implements [Set]. An interval that ends before it begins holds nowhere.
func (s *RangeSet) Put(k Key, slot int32) {
	s.own()
	at, found := s.find(k)
	if !found {
		s.intervals = slices.Insert(s.intervals, at, interval{lo: k.Lo, hi: k.Hi})
		s.augmented = false
	}
	s.intervals[at].slot = slot
}

// Delete implements [Set].
func (s *RangeSet) Delete(k Key) {
	if at, found := s.find(k); found {
		s.own()
		s.intervals = slices.Delete(s.intervals, at, at+1)
		s.augmented = false
	}
}

func (s *RangeSet) findCounted(k Key, slot int32) (int, bool) {
	return slices.BinarySearchFunc(s.counted, counted{k.Lo, k.Hi, slot}, func(a, b counted) int {
		return cmp.Or(cmp.Compare(a.lo, b.lo), cmp.Compare(a.hi, b.hi), cmp.Compare(a.slot, b.slot))
	})
}

// PutCounted holds an interval of which only the number of rows is wanted, under
// a slot that [Range.Sum] tells it by.
func (s *RangeSet) PutCounted(k Key, slot int32) {
	at, found := s.findCounted(k, slot)
	if found {
		return
	}
	s.own()
	s.counted = slices.Insert(s.counted, at, counted{k.Lo, k.Hi, slot})
	s.hold(k, 1)
}

// DeleteCounted forgets what PutCounted holds.
func (s *RangeSet) DeleteCounted(k Key, slot int32) {
	if at, found := s.findCounted(k, slot); found {
		s.own()
		s.counted = slices.Delete(s.counted, at, at+1)
		s.hold(k, -1)
	}
}

// hold counts that an interval has its bounds, n = 1, or that it is gone, n = -1.
func (s *RangeSet) hold(k Key, n int32) {
	s.places = nil
	if k.Lo > k.Hi {
		return
	}
	s.bound(k.Lo, n)
	if k.Hi < math.MaxInt64 {
		s.bound(k.Hi+1, n)
	}
}

func (s *RangeSet) bound(v int64, n int32) {
	at, found := slices.BinarySearchFunc(s.bounds, v, func(b bound, v int64) int { return cmp.Compare(b.at, v) })
	if !found {
		s.bounds = slices.Insert(s.bounds, at, bound{at: v})
	}
	if s.bounds[at].refs += n; s.bounds[at].refs == 0 {
		s.bounds = slices.Delete(s.bounds, at, at+1)
	}
}

// Len implements [Set].
func (s *RangeSet) Len() int { return len(s.intervals) + len(s.counted) }

// Index implements [Set].
func (s *RangeSet) Index(column int) Index {
	if !s.augmented {
		augment(s.intervals)
		s.augmented = true
	}
	if s.places == nil {
		s.places = &places{}
	}
	s.shared = true
	return &Range{column, s.float, s.intervals, s.counted, s.bounds, s.places}
}

// augment sets max of the tree whose root is in the middle.
func augment(tree []interval) int64 {
	if len(tree) == 0 {
		return math.MinInt64
	}
	mid := len(tree) / 2
	n := &tree[mid]
	n.max = max(n.hi, augment(tree[:mid]), augment(tree[mid+1:]))
	return n.max
}

// Len implements [Index].
func (x *Range) Len() int { return len(x.intervals) + len(x.counted) }

// Nulls implements [Index].
func (x *Range) Nulls(in *expr.Input, rows []uint64) { addNulls(in, x.column, rows) }

// Fragments returns how many elementary intervals there are, the length that
// [Hits.Fragments] must have during Eval; 0: nothing is counted.
func (x *Range) Fragments() int {
	if len(x.counted) == 0 {
		return 0
	}
	return len(x.bounds) + 1
}

// Eval implements [Index]. It also counts into [Hits.Fragments].
func (x *Range) Eval(in *expr.Input, rows []uint64, hits *Hits) {
	c := in.Columns[x.column]
	count := len(x.counted) > 0
	each(in.Len, rows, func(row int) {
		if !c.Valid.At(row) {
			return
		}
		v := x.value(c, row)
		if count {
			hits.Fragments[x.fragment(v)]++
		}
		stab(x.intervals, v, row, hits)
	})
}

func (x *Range) value(c *record.Column, row int) int64 {
	if x.float {
		return ordered(c.Floats[row])
	}
	return c.Ints[row]
}

// fragment returns the number of the elementary interval of v, that of the bounds
// that are not above it.
func (x *Range) fragment(v int64) int {
	at, n := 0, len(x.bounds)
	for n > 0 {
		half := n / 2
		if x.bounds[at+half].at <= v {
			at += half + 1
			n -= half + 1
		} else {
			n = half
		}
	}
	return at
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

// Sum calls f with the slot of every counted interval in which there were rows and
// how many, as the fragments say; it adds them up in place.
func (x *Range) Sum(fragments []uint64, f func(slot int32, rows uint64)) {
	x.places.once.Do(x.place)
	for i := 1; i < len(fragments); i++ {
		fragments[i] += fragments[i-1]
	}
	for i := range x.counted {
		from, to := x.places.from[i], x.places.to[i]
		if from >= to {
			continue
		}
		n := fragments[to-1]
		if from > 0 {
			n -= fragments[from-1]
		}
		if n > 0 {
			f(x.counted[i].slot, n)
		}
	}
}

func (x *Range) place() {
	p := x.places
	p.from, p.to = make([]int32, len(x.counted)), make([]int32, len(x.counted))
	for i, c := range x.counted {
		if c.lo <= c.hi {
			p.from[i], p.to[i] = int32(x.fragment(c.lo)), int32(x.fragment(c.hi)+1)
		}
	}
}
