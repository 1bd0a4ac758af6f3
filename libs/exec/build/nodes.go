package build

import (
	"bytes"
	"slices"

	"github.com/millrace/millrace/libs/exec/scan"
	"github.com/millrace/millrace/libs/share"
	"github.com/millrace/millrace/libs/sql/plan"
)

// selection is a selection as it changes. There are many, and each of what is made
// of them: they are small.
type selection struct {
	node      *share.Node
	stream    *stream
	at        int32 // in stream.selections
	denseAt   int32
	candidate int32
	count     int32
	route     route
	groupings *grouping       // the first
	rows      *rows           // the first
	built     *scan.Selection // nil after a change
	dirty     bool            // it is among stream.changedSelections
	gone      bool
	tally     scan.SelectionTally
}

// rows is a row-returning node; it does not change.
type rows struct {
	scan   *scan.Rows
	values []*value
	next   *rows // of the selection
}

// grouping is a table as it changes.
type grouping struct {
	node   *share.Node
	sel    *selection
	next   *grouping // of the selection
	slot   int
	keys   *keys       // nil: none
	aggs   *tuple      // that any of the tables has
	layout *layout     // as it was built last; nil: it was not
	table  table       // one of them, and through it the others
	built  *scan.Table // nil after a change
}

// table is a grouping under one routing.
type table struct {
	node *share.Node // nil: there is none yet
	aggs *tuple
	next *table
}

// aggregate is an aggregate of the groupings that want it, whatever they group.
type aggregate struct {
	id      plan.ID // of it over its filter
	scan    *scan.Aggregate
	filter  *predicate
	values  []*value
	columns []int
	refs    int // groupings
}

// PlanID implements [byid.Thing].
func (sel *selection) PlanID() plan.ID { return sel.node.ID }

// PlanID implements [byid.Thing].
func (a *aggregate) PlanID() plan.ID { return a.id }

// add makes a node that has been compiled part of the program.
func (b *Builder) add(n *share.Node, c *compiled) {
	s := b.stream(n.Stream())
	s.hold(c.columns, 1)
	switch n.Kind {
	case share.SelectionNode:
		sel := &selection{node: n, stream: s, at: int32(len(s.selections)), candidate: scan.NoSlot, count: scan.NoSlot}
		s.selections = append(s.selections, sel)
		sel.changed()
		b.selections.Put(sel)
	case share.GroupingNode:
		sel := b.selections.Get(n.Inputs()[0].ID)
		g := &grouping{node: n, sel: sel, next: sel.groupings, slot: b.outputSlots.take(), aggs: s.tuple(nil)}
		window := int64(0)
		if w := n.Spec().Window; w != nil {
			window = w.Size
		}
		g.keys = b.acquireKeys(s, n.ID, c, window)
		sel.groupings = g
		g.changed()
	case share.TableNode:
		g := b.grouping(n.Inputs()[0])
		t := &g.table
		if t.node != nil {
			t = &table{next: t.next}
			g.table.next = t
		}
		t.node, t.aggs = n, s.tuple(nil)
		g.changed()
	case share.AggregateNode:
		b.addAggregate(n, c)
	case share.RowsNode:
		sel := b.selections.Get(n.Inputs()[0].ID)
		r := &rows{scan: &scan.Rows{ID: n.ID, Slot: b.outputSlots.take()}, next: sel.rows}
		r.values = b.acquire(s, b.ownValues(n.ID, c.values))
		r.scan.Cols = scanValues(r.values)
		r.scan.Columns = union(s.columnsOf(nil, sel.node.Expr()), c.columns)
		sel.rows = r
		sel.changed()
	case share.ScanNode, share.AtomNode, share.CombinationNode, share.OutputNode:
	}
}

// grouping returns the grouping of a node.
func (b *Builder) grouping(n *share.Node) *grouping {
	g := b.selections.Get(n.Inputs()[0].ID).groupings
	for g.node != n {
		g = g.next
	}
	return g
}

// of returns the table of a node.
func (g *grouping) of(n *share.Node) *table {
	t := &g.table
	for t.node != n {
		t = t.next
	}
	return t
}

func (b *Builder) addAggregate(n *share.Node, c *compiled) {
	of := n.Inputs()[0]
	g := b.grouping(of.Inputs()[0])
	s := g.sel.stream
	at, found := g.aggs.find(n.Agg().ID)
	if !found {
		g.aggs = s.with(g.aggs, b.acquireAggregate(g, n, c))
	}
	t := g.of(of)
	t.aggs = s.with(t.aggs, g.aggs.all[at])
	g.changed()
}

// acquireAggregate returns the stream's one aggregate of a node.
func (b *Builder) acquireAggregate(g *grouping, n *share.Node, c *compiled) *aggregate {
	s, id := g.sel.stream, n.Agg().ID
	if len(n.Inputs()) > 1 {
		id = plan.HashID(id[:], n.Inputs()[1].ID[:])
	}
	if b.ownTables() {
		id = plan.HashID(id[:], g.node.ID[:])
	}
	a := s.aggs.Get(id)
	if a == nil {
		a = &aggregate{id: id, columns: c.columns, values: b.acquire(s, b.ownValues(g.node.ID, c.values))}
		a.scan = &scan.Aggregate{
			ID: n.Agg().ID, Func: c.fn, Args: scanValues(a.values),
			CountsRows: n.Agg().Agg.Func == "count" && n.Agg().Agg.Arg == nil && n.Agg().Agg.Filter == nil,
		}
		if len(n.Inputs()) > 1 {
			a.filter = b.acquirePredicate(n.Inputs()[1])
			b.want(a.filter, 1)
			a.scan.Filter = a.filter.evaluated()
			a.columns = s.columnsOf(slices.Clone(c.columns), n.Agg().Agg.Filter)
		}
		s.aggs.Put(a)
	}
	a.refs++
	return a
}

func (b *Builder) releaseAggregate(s *stream, a *aggregate) {
	if a.refs--; a.refs > 0 {
		return
	}
	s.aggs.Delete(a.id)
	b.release(s, a.values)
	if a.filter != nil {
		b.want(a.filter, -1)
		b.releasePredicate(a.filter)
	}
}

func compareID(a, b plan.ID) int { return bytes.Compare(a[:], b[:]) }

func (g *grouping) changed() {
	g.built = nil
	g.sel.changed()
}

// changed has the selection made anew for the next program.
func (sel *selection) changed() {
	if sel.built != nil || !sel.dirty {
		sel.built, sel.dirty = nil, true
		sel.stream.changedSelections = append(sel.stream.changedSelections, sel)
	}
}

// counts reports whether only the number of the selection's rows is wanted.
func (sel *selection) counts() bool {
	g := sel.groupings
	return sel.rows == nil && g != nil && g.next == nil && g.keys == nil &&
		!slices.ContainsFunc(g.aggs.all, func(a *aggregate) bool { return !a.scan.CountsRows })
}

// ownTables reports whether what groups and aggregates is each query's own.
func (b *Builder) ownTables() bool { return b.apart.Tables || b.apart.Predicates }

// ownValues returns the values as a node's own, where common subexpressions are
// not to be found.
func (b *Builder) ownValues(node plan.ID, cs []compiledValue) []compiledValue {
	if b.apart.Predicates {
		for i := range cs {
			cs[i].id = plan.HashID(cs[i].id[:], node[:])
		}
	}
	return cs
}

func (b *Builder) acquire(s *stream, cs []compiledValue) []*value {
	var vs []*value
	for _, c := range cs {
		vs = append(vs, s.acquire(c, &b.valueSlots))
	}
	return vs
}

func (b *Builder) release(s *stream, vs []*value) {
	for _, v := range vs {
		s.release(v, &b.valueSlots)
	}
}

func scanValues(vs []*value) []*scan.Value {
	var out []*scan.Value
	for _, v := range vs {
		out = append(out, v.scan)
	}
	return out
}
