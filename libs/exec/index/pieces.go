package index

import (
	"slices"
	"sort"
)

// pieces is a sorted list in pieces, as it changes: a change makes anew the piece
// that it is in, and those that snapshots have stay as they are.
type pieces[T any] struct {
	list [][]T  // none is empty
	own  []bool // by piece: no snapshot has it
	held int
}

// most is how many elements a piece has at most.
const most = 256

// place is where an element is, or would be.
type place struct{ piece, at int }

// find returns where the element is for which compare is 0, or would be: compare
// tells how an element is to it.
func (p *pieces[T]) find(compare func(T) int) (at place, found bool) {
	at.piece = sort.Search(len(p.list), func(i int) bool { return compare(p.list[i][len(p.list[i])-1]) >= 0 })
	if at.piece == len(p.list) {
		if at.piece > 0 {
			at.piece--
			at.at = len(p.list[at.piece])
		}
		return at, false
	}
	list := p.list[at.piece]
	at.at = sort.Search(len(list), func(i int) bool { return compare(list[i]) >= 0 })
	return at, compare(list[at.at]) == 0
}

// change returns an element that is there, to be changed.
func (p *pieces[T]) change(at place) *T {
	p.acquire(at.piece)
	return &p.list[at.piece][at.at]
}

// insert puts an element where find says.
func (p *pieces[T]) insert(at place, v T) {
	p.held++
	if len(p.list) == 0 {
		p.list, p.own = append(p.list, []T{v}), append(p.own, true)
		return
	}
	p.acquire(at.piece)
	list := slices.Insert(p.list[at.piece], at.at, v)
	p.list[at.piece] = list
	if len(list) <= most {
		return
	}
	half := len(list) / 2
	if at.piece == len(p.list)-1 && at.at == len(list)-1 {
		half = len(list) - 1 // what comes in order fills its pieces
	}
	p.list[at.piece] = slices.Clone(list[:half])
	p.list = slices.Insert(p.list, at.piece+1, slices.Clone(list[half:]))
	p.own = slices.Insert(p.own, at.piece+1, true)
}

// remove forgets an element that is there.
func (p *pieces[T]) remove(at place) {
	p.held--
	p.acquire(at.piece)
	list := slices.Delete(p.list[at.piece], at.at, at.at+1)
	p.list[at.piece] = list
	before := max(at.piece-1, 0)
	if next := at.piece + 1; len(list) > 0 && next < len(p.list) && len(list)+len(p.list[next]) <= most/2 {
		p.list[at.piece] = append(list, p.list[next]...)
		p.drop(next)
	} else if before < at.piece && len(p.list[before])+len(list) <= most/2 {
		p.acquire(before)
		p.list[before] = append(p.list[before], list...)
		p.drop(at.piece)
	} else if len(list) == 0 {
		p.drop(at.piece)
	}
}

func (p *pieces[T]) drop(piece int) {
	p.list, p.own = slices.Delete(p.list, piece, piece+1), slices.Delete(p.own, piece, piece+1)
}

// acquire makes a piece changeable.
func (p *pieces[T]) acquire(piece int) {
	if !p.own[piece] {
		list := p.list[piece]
		p.list[piece] = append(make([]T, 0, len(list)+len(list)/8+1), list...)
		p.own[piece] = true
	}
}

// snapshot returns the pieces as they are now, and calls changed for each that no
// snapshot has had so far.
func (p *pieces[T]) snapshot(changed func([]T)) [][]T {
	for i, own := range p.own {
		if own && changed != nil {
			changed(p.list[i])
		}
	}
	clear(p.own)
	return slices.Clone(p.list)
}
