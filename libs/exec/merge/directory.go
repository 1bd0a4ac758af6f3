package merge

import (
	"iter"
	"slices"
	"strings"

	"github.com/cespare/xxhash/v2"
)

// fan is how many parts each of the two upper levels of a [Directory] has: with 100,000
// ids there are about 24 in each part of the lowest.
const fan = 64

// Directory is an immutable map by query id. Its zero value is empty. What an [Editor]
// did not change is shared with the directory that it began with, so that a change and a
// comparison ([Directory.Changes]) cost what has changed, however many ids there are.
type Directory[V comparable] struct {
	root *branch[V]
	n    int
}

// branch, shelf and leaf are the levels, nil where nothing is below. edition is the
// edition of the editor that may still change it.
type branch[V comparable] struct {
	edition *edition
	shelves [fan]*shelf[V]
}

type shelf[V comparable] struct {
	edition *edition
	leaves  [fan]*leaf[V]
}

type leaf[V comparable] struct {
	edition *edition
	entries []entry[V] // by id
}

type entry[V comparable] struct {
	id    string
	value V
}

// edition is what an editor changes between two directories. It is not empty, for its
// address tells it from others.
type edition struct{ _ byte }

// DirectoryOf returns the directory of a map.
func DirectoryOf[V comparable](m map[string]V) Directory[V] {
	var d Directory[V]
	e := d.Edit()
	for id, v := range m {
		e.Set(id, v)
	}
	return e.Directory()
}

// place returns where an id is, on the two upper levels.
func place(id string) (int, int) {
	h := xxhash.Sum64String(id)
	return int(h % fan), int(h / fan % fan)
}

// Len returns how many ids there are.
func (d Directory[V]) Len() int { return d.n }

// Find returns the value of an id, and whether there is one.
func (d Directory[V]) Find(id string) (v V, ok bool) {
	i, j := place(id)
	if d.root == nil || d.root.shelves[i] == nil || d.root.shelves[i].leaves[j] == nil {
		return v, false
	}
	return d.root.shelves[i].leaves[j].find(id)
}

// Get is Find, with the zero value where there is none.
func (d Directory[V]) Get(id string) V {
	v, _ := d.Find(id)
	return v
}

// Has reports whether there is a value of an id.
func (d Directory[V]) Has(id string) bool {
	_, ok := d.Find(id)
	return ok
}

// All goes over ids and values, in an order that follows from the ids alone.
func (d Directory[V]) All() iter.Seq2[string, V] {
	return func(yield func(string, V) bool) {
		for c := range d.Changes(Directory[V]{}) {
			if !yield(c.ID, c.New) {
				return
			}
		}
	}
}

// Difference is an id whose value is another than it was; Had and Has say where there is
// one.
type Difference[V comparable] struct {
	ID       string
	Old, New V
	Had, Has bool
}

// Changes goes over the ids whose value is another than in an older directory, in an
// order that follows from the ids alone.
func (d Directory[V]) Changes(old Directory[V]) iter.Seq[Difference[V]] {
	return func(yield func(Difference[V]) bool) {
		a, b := old.root, d.root
		if a == b {
			return
		}
		for i := range fan {
			x, y := a.shelf(i), b.shelf(i)
			if x == y {
				continue
			}
			for j := range fan {
				if p, q := x.leaf(j), y.leaf(j); p != q && !compare(p.all(), q.all(), yield) {
					return
				}
			}
		}
	}
}

// compare yields the differences of two leaves; false means that it is to stop.
func compare[V comparable](old, now []entry[V], yield func(Difference[V]) bool) bool {
	for len(old) > 0 || len(now) > 0 {
		var c Difference[V]
		order := 0
		switch {
		case len(old) == 0:
			order = 1
		case len(now) == 0:
			order = -1
		default:
			order = strings.Compare(old[0].id, now[0].id)
		}
		if order <= 0 {
			c.ID, c.Old, c.Had = old[0].id, old[0].value, true
			old = old[1:]
		}
		if order >= 0 {
			c.ID, c.New, c.Has = now[0].id, now[0].value, true
			now = now[1:]
		}
		if c.Had && c.Has && c.Old == c.New {
			continue
		}
		if !yield(c) {
			return false
		}
	}
	return true
}

func (b *branch[V]) shelf(i int) *shelf[V] {
	if b == nil {
		return nil
	}
	return b.shelves[i]
}

func (s *shelf[V]) leaf(j int) *leaf[V] {
	if s == nil {
		return nil
	}
	return s.leaves[j]
}

func (l *leaf[V]) all() []entry[V] {
	if l == nil {
		return nil
	}
	return l.entries
}

func (l *leaf[V]) search(id string) (int, bool) {
	return slices.BinarySearchFunc(l.entries, id, func(e entry[V], id string) int { return strings.Compare(e.id, id) })
}

func (l *leaf[V]) find(id string) (v V, ok bool) {
	at, ok := l.search(id)
	if !ok {
		return v, false
	}
	return l.entries[at].value, true
}

// Editor makes directories, each of the one before it. It belongs to one goroutine.
type Editor[V comparable] struct {
	now     Directory[V]
	edition *edition
}

// Edit returns an editor that begins with the directory.
func (d Directory[V]) Edit() *Editor[V] { return &Editor[V]{now: d, edition: new(edition)} }

// Directory returns what there is now; later changes do not show in it.
func (e *Editor[V]) Directory() Directory[V] {
	e.edition = new(edition)
	return e.now
}

// Get returns the value of an id, the zero value where there is none.
func (e *Editor[V]) Get(id string) V { return e.now.Get(id) }

// Find returns the value of an id, and whether there is one.
func (e *Editor[V]) Find(id string) (V, bool) { return e.now.Find(id) }

// Set gives an id a value.
func (e *Editor[V]) Set(id string, v V) {
	l := e.own(id)
	at, ok := l.search(id)
	if ok {
		l.entries[at].value = v
		return
	}
	l.entries = slices.Insert(l.entries, at, entry[V]{id, v})
	e.now.n++
}

// Delete takes an id out.
func (e *Editor[V]) Delete(id string) {
	if !e.now.Has(id) {
		return
	}
	l := e.own(id)
	at, _ := l.search(id)
	l.entries = slices.Delete(l.entries, at, at+1)
	if e.now.n--; e.now.n == 0 {
		e.now.root = nil
	}
}

// own returns the leaf of an id, which this edition may change.
func (e *Editor[V]) own(id string) *leaf[V] {
	i, j := place(id)
	b := e.now.root
	switch {
	case b == nil:
		b = &branch[V]{edition: e.edition}
	case b.edition != e.edition:
		b = &branch[V]{edition: e.edition, shelves: b.shelves}
	}
	e.now.root = b
	s := b.shelves[i]
	switch {
	case s == nil:
		s = &shelf[V]{edition: e.edition}
	case s.edition != e.edition:
		s = &shelf[V]{edition: e.edition, leaves: s.leaves}
	}
	b.shelves[i] = s
	l := s.leaves[j]
	switch {
	case l == nil:
		l = &leaf[V]{edition: e.edition}
	case l.edition != e.edition:
		// One more has room; of many that come later, slices.Insert doubles.
		l = &leaf[V]{edition: e.edition, entries: append(make([]entry[V], 0, len(l.entries)+1), l.entries...)}
	}
	s.leaves[j] = l
	return l
}
