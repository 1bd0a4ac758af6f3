package build

import (
	"slices"

	"github.com/millrace/millrace/libs/exec/delta"
	"github.com/millrace/millrace/libs/exec/scan"
	"github.com/millrace/millrace/libs/sql/plan"
)

// tuple is a list of aggregates. Once it is interned there is one for all groupings and
// tables of a stream that have the same, and it does not change; before, between two
// programs, it is its only user's.
type tuple struct {
	key      string
	all      []*aggregate // by id
	refs     int
	interned bool

	nodes map[delta.Routing]*scan.NodeLayout // of tables that have all aggregates of their grouping
}

// intern returns the stream's one of the same aggregates, in the place of t.
func (s *stream) intern(t *tuple) *tuple {
	if t.interned {
		return t
	}
	key := make([]byte, 0, 128)
	for _, a := range t.all {
		key = append(key, a.id[:]...)
	}
	have := s.tuples[string(key)]
	if have == nil {
		have, t.key, t.interned = t, string(key), true
		t.nodes = map[delta.Routing]*scan.NodeLayout{}
		s.tuples[t.key] = t
	}
	have.refs++
	return have
}

// releaseTuple takes back an intern of t, if there was one.
func (s *stream) releaseTuple(t *tuple) {
	if !t.interned {
		return
	}
	if t.refs--; t.refs == 0 {
		delete(s.tuples, t.key)
	}
}

// change returns what can be changed instead of t.
func (s *stream) change(t *tuple) *tuple {
	if !t.interned {
		return t
	}
	s.releaseTuple(t)
	return &tuple{all: slices.Clone(t.all)}
}

// with returns t with an aggregate more, in its place.
func (s *stream) with(t *tuple, a *aggregate) *tuple {
	t = s.change(t)
	at, _ := t.find(a.scan.ID)
	t.all = slices.Insert(t.all, at, a)
	return t
}

// without returns t without the aggregate of that id, in its place.
func (s *stream) without(t *tuple, id plan.ID) *tuple {
	t = s.change(t)
	at, _ := t.find(id)
	t.all = slices.Delete(t.all, at, at+1)
	return t
}

func (t *tuple) find(id plan.ID) (int, bool) {
	return slices.BinarySearchFunc(t.all, id, func(a *aggregate, id plan.ID) int { return compareID(a.scan.ID, id) })
}

// node returns what is sent of a table of these aggregates whose grouping has those
// of all.
func (t *tuple) node(all *tuple, routing delta.Routing) *scan.NodeLayout {
	if t == all && t.nodes[routing] != nil {
		return t.nodes[routing]
	}
	n := &scan.NodeLayout{Routing: routing}
	for _, a := range t.all {
		at, _ := all.find(a.scan.ID)
		n.Aggs, n.IDs = append(n.Aggs, at), append(n.IDs, a.scan.ID)
	}
	if t == all {
		t.nodes[routing] = n
	}
	return n
}

// layout is what groupings have in common that make the same of their rows.
type layout struct {
	key  layoutKey
	scan *scan.Layout
	refs int
}

type layoutKey struct {
	keys    *keys // nil: none
	aggs    *tuple
	columns string // positions that are read, as runes
}

// layout returns the one layout of the grouping as it is now, for a user more.
func (s *stream) layout(g *grouping) *layout {
	columns := s.columnsBelow(nil, g.sel.node)
	if g.keys != nil {
		columns = union(columns, g.keys.columns)
	}
	for _, a := range g.aggs.all {
		columns = union(columns, a.columns)
	}
	columns = s.read(columns)
	slices.Sort(columns)
	runes := make([]rune, len(columns))
	for i, c := range columns {
		runes[i] = rune(c)
	}
	key := layoutKey{g.keys, g.aggs, string(runes)}
	l := s.layouts[key]
	if l == nil {
		l = &layout{key: key, scan: &scan.Layout{Columns: columns}}
		if g.keys != nil {
			l.scan.Keys = g.keys.scan
		}
		l.scan.Computed = g.keys != nil && computedAny(g.keys.values)
		for _, a := range g.aggs.all {
			l.scan.Aggs = append(l.scan.Aggs, a.scan)
			l.scan.Computed = l.scan.Computed || computedAny(a.values) || a.filter != nil && a.filter.computed()
		}
		s.layouts[key] = l
	}
	l.refs++
	return l
}

func (s *stream) releaseLayout(l *layout) {
	if l == nil {
		return
	}
	if l.refs--; l.refs == 0 {
		delete(s.layouts, l.key)
	}
}
