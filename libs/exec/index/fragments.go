package index

import (
	"cmp"
	"math"
	"sync"
)

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

func (s *RangeSet) findCounted(k Key, slot int32) (place, bool) {
	return s.counted.find(func(c counted) int {
		return cmp.Or(cmp.Compare(c.lo, k.Lo), cmp.Compare(c.hi, k.Hi), cmp.Compare(c.slot, slot))
	})
}

// PutCounted holds an interval of which only the number of rows is wanted, under
// a slot that [Range.Sum] tells it by.
func (s *RangeSet) PutCounted(k Key, slot int32) {
	if at, found := s.findCounted(k, slot); !found {
		s.counted.insert(at, counted{k.Lo, k.Hi, slot})
		s.hold(k, 1)
	}
}

// DeleteCounted forgets what PutCounted holds.
func (s *RangeSet) DeleteCounted(k Key, slot int32) {
	if at, found := s.findCounted(k, slot); found {
		s.counted.remove(at)
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
	at, found := s.bounds.find(func(b bound) int { return cmp.Compare(b.at, v) })
	if !found {
		s.bounds.insert(at, bound{v, n})
		return
	}
	b := s.bounds.change(at)
	if b.refs += n; b.refs == 0 {
		s.bounds.remove(at)
	}
}

// Fragments returns how many elementary intervals there are, the length that
// [Hits.Fragments] must have during Eval; 0: nothing is counted.
func (x *Range) Fragments() int {
	if x.sizes.counted == 0 {
		return 0
	}
	return x.sizes.bounds + 1
}

// fragment returns the number of the elementary interval of v, that of the bounds
// that are not above it.
func (x *Range) fragment(v int64) int {
	piece, n := 0, len(x.heads)
	for n > 0 {
		half := n / 2
		if x.heads[piece+half].at <= v {
			piece += half + 1
			n -= half + 1
		} else {
			n = half
		}
	}
	if piece == 0 {
		return 0
	}
	list := x.bounds[piece-1]
	at, n := 0, len(list)
	for n > 0 {
		half := n / 2
		if list[at+half].at <= v {
			at += half + 1
			n -= half + 1
		} else {
			n = half
		}
	}
	return x.heads[piece-1].before + at
}

// Sum calls f with the slot of every counted interval in which there were rows and
// how many, as the fragments say; it adds them up in place.
func (x *Range) Sum(fragments []uint64, f func(slot int32, rows uint64)) {
	x.places.once.Do(x.place)
	for i := 1; i < len(fragments); i++ {
		fragments[i] += fragments[i-1]
	}
	i := 0
	for _, list := range x.counted {
		for j := range list {
			from, to := x.places.from[i], x.places.to[i]
			i++
			if from >= to {
				continue
			}
			n := fragments[to-1]
			if from > 0 {
				n -= fragments[from-1]
			}
			if n > 0 {
				f(list[j].slot, n)
			}
		}
	}
}

func (x *Range) place() {
	p := x.places
	p.from, p.to = make([]int32, x.sizes.counted), make([]int32, x.sizes.counted)
	i := 0
	for _, list := range x.counted {
		for _, c := range list {
			if c.lo <= c.hi {
				p.from[i], p.to[i] = int32(x.fragment(c.lo)), int32(x.fragment(c.hi)+1)
			}
			i++
		}
	}
}
