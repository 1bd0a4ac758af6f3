package scan

import "slices"

// Pages is an immutable slice in pages: the next one, in which little is
// different, shares most of them. See [Book].
type Pages[T any] struct{ pages [][]T }

const (
	pageBits = 8
	pageSize = 1 << pageBits
)

// At returns the element of that number, which there must be.
func (p *Pages[T]) At(i int32) *T { return &p.pages[i>>pageBits][i&(pageSize-1)] }

// All calls yield for all elements, those at the end that were never set
// included.
func (p *Pages[T]) All(yield func(i int32, v *T) bool) {
	for at, page := range p.pages {
		for i := range page {
			if !yield(int32(at<<pageBits|i), &page[i]) {
				return
			}
		}
	}
}

// Book is a slice in pages that changes. It is used by one goroutine at a time.
type Book[T any] struct {
	pages [][]T
	own   []bool // by page: no snapshot has it
	empty T
	blank []T // a page in which nothing was set: they are one
}

// NewBook returns a book without pages; what was never set in one is empty.
func NewBook[T any](empty T) *Book[T] { return &Book[T]{empty: empty} }

// Grow makes it have at least n elements.
func (b *Book[T]) Grow(n int) {
	for len(b.pages)<<pageBits < n {
		if b.blank == nil {
			b.blank = slices.Repeat([]T{b.empty}, pageSize)
		}
		b.pages, b.own = append(b.pages, b.blank), append(b.own, false)
	}
}

// Set sets an element, and makes the book larger if need be.
func (b *Book[T]) Set(i int32, v T) {
	b.Grow(int(i) + 1)
	at := i >> pageBits
	if !b.own[at] {
		b.pages[at], b.own[at] = slices.Clone(b.pages[at]), true
	}
	b.pages[at][i&(pageSize-1)] = v
}

// Pages returns what the book holds now.
func (b *Book[T]) Pages() Pages[T] {
	clear(b.own)
	return Pages[T]{slices.Clone(b.pages)}
}
