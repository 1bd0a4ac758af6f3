package build

import (
	"slices"

	"github.com/millrace/millrace/libs/exec/delta"
	"github.com/millrace/millrace/libs/exec/scan"
	"github.com/millrace/millrace/libs/sql/plan"
)

// tuple is a list of aggregates, one for all groupings and tables of a stream that
// have the same.
type tuple struct {
	key  string
	all  []*aggregate // by id
	refs int

	nodes map[delta.Routing]*scan.NodeLayout // of tables that have all aggregates of their grouping
}

// tuple returns the one of those aggregates, for a user more.
func (s *stream) tuple(all []*aggregate) *tuple {
	key := make([]byte, 0, 128)
	for _, a := range all {
		key = append(key, a.id[:]...)
	}
	t := s.tuples[string(key)]
	if t == nil {
		t = &tuple{key: string(key), all: slices.Clone(all), nodes: map[delta.Routing]*scan.NodeLayout{}}
		s.tuples[t.key] = t
	}
	t.refs++
	return t
}

func (s *stream) releaseTuple(t *tuple) {
	if t.refs--; t.refs == 0 {
		delete(s.tuples, t.key)
	}
}

// with returns t with an aggregate more, in its place.
func (s *stream) with(t *tuple, a *aggregate) *tuple {
	at, _ := t.find(a.scan.ID)
	next := s.tuple(slices.Insert(slices.Clone(t.all), at, a))
	s.releaseTuple(t)
	return next
}

// without returns t without the aggregate of that id, in its place.
func (s *stream) without(t *tuple, id plan.ID) *tuple {
	at, _ := t.find(id)
	next := s.tuple(slices.Delete(slices.Clone(t.all), at, at+1))
	s.releaseTuple(t)
	return next
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
		for _, a := range g.aggs.all {
			l.scan.Aggs = append(l.scan.Aggs, a.scan)
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
