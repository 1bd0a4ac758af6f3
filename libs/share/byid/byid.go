// Package byid finds things by the [plan.ID] that they have. Its main noun is the
// [Set]: as ids are hashes already, and things know theirs, it needs a pointer for
// each and some room, a third of what a map takes.
//
// It is used by one goroutine at a time.
//
//	var s byid.Set[*node]
//	s.Put(n)
//	n := s.Get(id)
package byid

import (
	"encoding/binary"
	"iter"

	"github.com/millrace/millrace/libs/sql/plan"
)

// Thing is something with an id that never changes; its zero value is none.
type Thing interface {
	comparable
	PlanID() plan.ID
}

// Set holds things with different ids, in an open-addressing hash table with
// linear probing (Knuth, The Art of Computer Programming, volume 3, 6.4,
// algorithms L and R). Its zero value is empty.
type Set[T Thing] struct {
	cells []T
	held  int
}

const least = 16 // cells; the number is a power of two

// Len returns how many things there are.
func (s *Set[T]) Len() int { return s.held }

// Get returns the thing with the id, the zero value if there is none.
func (s *Set[T]) Get(id plan.ID) T {
	if s.held == 0 {
		var none T
		return none
	}
	return s.cells[s.at(id)]
}

// Put adds a thing, in the place of the one with its id if there is one.
func (s *Set[T]) Put(t T) {
	if 4*(s.held+1) > 3*len(s.cells) {
		s.resize(max(least, 2*len(s.cells)))
	}
	var none T
	at := s.at(t.PlanID())
	if s.cells[at] == none {
		s.held++
	}
	s.cells[at] = t
}

// Delete removes the thing with the id, if there is one.
func (s *Set[T]) Delete(id plan.ID) {
	var none T
	if s.held == 0 {
		return
	}
	hole := s.at(id)
	if s.cells[hole] == none {
		return
	}
	s.held--
	mask := len(s.cells) - 1
	for at := hole; ; { // what was displaced by the hole moves up
		s.cells[hole] = none
		for {
			at = (at + 1) & mask
			t := s.cells[at]
			if t == none {
				if len(s.cells) > least && 8*s.held < len(s.cells) {
					s.resize(len(s.cells) / 2)
				}
				return
			}
			if home := s.home(t.PlanID()); (at-home)&mask >= (at-hole)&mask {
				s.cells[hole] = t
				hole = at
				break
			}
		}
	}
}

// All returns the things, in no order. The set must not change meanwhile.
func (s *Set[T]) All() iter.Seq[T] {
	var none T
	return func(yield func(T) bool) {
		for _, t := range s.cells {
			if t != none && !yield(t) {
				return
			}
		}
	}
}

func (s *Set[T]) home(id plan.ID) int {
	return int(binary.LittleEndian.Uint64(id[:])) & (len(s.cells) - 1)
}

// at returns the cell of the id: the one with it, or the free one where it would be.
func (s *Set[T]) at(id plan.ID) int {
	var none T
	i := s.home(id)
	for s.cells[i] != none && s.cells[i].PlanID() != id {
		i = (i + 1) & (len(s.cells) - 1)
	}
	return i
}

func (s *Set[T]) resize(n int) {
	old := s.cells
	s.cells = make([]T, n)
	var none T
	for _, t := range old {
		if t != none {
			s.cells[s.at(t.PlanID())] = t
		}
	}
}
