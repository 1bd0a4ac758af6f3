package scan

import (
	"iter"
	"slices"
)

// List is an immutable sequence in pieces: the next one, in which little is
// different, shares most of them. See [Roll]. Of one element it is no larger than a
// slice would be without it.
type List[T any] struct {
	one    [1]T
	pieces *[][]T // nil: there is one element at most
	held   int
}

// ListOf returns the list of one element.
func ListOf[T any](v T) List[T] { return List[T]{one: [1]T{v}, held: 1} }

// Len returns how many elements there are.
func (l *List[T]) Len() int { return l.held }

// Pieces returns how many pieces there are.
func (l *List[T]) Pieces() int {
	if l.pieces == nil {
		return l.held
	}
	return len(*l.pieces)
}

// Piece returns the elements of a piece, not to be changed.
func (l *List[T]) Piece(i int) []T {
	if l.pieces == nil {
		return l.one[:l.held]
	}
	return (*l.pieces)[i]
}

// All returns the elements. Where every nanosecond counts, go through the pieces.
func (l *List[T]) All() iter.Seq[T] {
	return func(yield func(T) bool) {
		for i := range l.Pieces() {
			for _, v := range l.Piece(i) {
				if !yield(v) {
					return
				}
			}
		}
	}
}

// Roll is a sequence that changes, of which Lists are made: what a change and the
// next List take hardly depends on how long it is. Its zero value is empty. It is used by
// one goroutine at a time.
type Roll[T any] struct {
	pieces [][]T // none is empty, and all but the last are full
	own    []bool
	now    *[][]T // of the last List; nil: something has changed since
}

// Len returns how many elements there are.
func (r *Roll[T]) Len() int {
	last := len(r.pieces) - 1
	if last < 0 {
		return 0
	}
	return last<<pageBits + len(r.pieces[last])
}

// At returns an element.
func (r *Roll[T]) At(i int32) T { return r.pieces[i>>pageBits][i&(pageSize-1)] }

// Push appends an element.
func (r *Roll[T]) Push(v T) {
	r.now = nil
	last := len(r.pieces) - 1
	if last < 0 || len(r.pieces[last]) == pageSize {
		r.pieces, r.own = append(r.pieces, []T{v}), append(r.own, true)
		return
	}
	r.ours(last)
	r.pieces[last] = append(r.pieces[last], v)
}

// Set sets an element that there is.
func (r *Roll[T]) Set(i int32, v T) {
	r.now = nil
	at := int(i >> pageBits)
	r.ours(at)
	r.pieces[at][i&(pageSize-1)] = v
}

// Pop removes the last element.
func (r *Roll[T]) Pop() {
	r.now = nil
	last := len(r.pieces) - 1
	r.ours(last)
	n := len(r.pieces[last]) - 1
	clear(r.pieces[last][n:])
	r.pieces[last] = r.pieces[last][:n]
	if n == 0 {
		r.pieces[last] = nil
		r.pieces, r.own = r.pieces[:last], r.own[:last]
	}
}

// ours makes a piece one that no List has.
func (r *Roll[T]) ours(at int) {
	if !r.own[at] {
		r.pieces[at], r.own[at] = slices.Clone(r.pieces[at]), true
	}
}

// List returns the elements that there are now.
func (r *Roll[T]) List() List[T] {
	if r.now == nil {
		clear(r.own)
		now := slices.Clone(r.pieces)
		r.now = &now
	}
	return List[T]{pieces: r.now, held: r.Len()}
}
