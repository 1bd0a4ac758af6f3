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
	foundAt   int32 // its place among those that are found alike: direct, refined or dense
	count     int32
	dirty     bool // it is among stream.changedSelections
	gone      bool
	route     route
	candidate *candidate // nil: it is none
	groupings bag[*grouping, *scan.Table]
	rows      bag[*rows, *scan.Rows]
	built     *scan.Selection // as of the last snapshot
	tally     scan.SelectionTally
	part      *part // that it is; nil: it is a query's
}

// candidate is a selection that any of several predicates may find.
type candidate struct {
	slot int32
	as   []candidacy // by predicate, as route.via tells them, then by target, of one that may be ERROR
}

// candidacy is a candidate under one of its predicates, or targets.
type candidacy struct {
	slot int32
	at   int32 // its place there
}

// rows is a row-returning node; it does not change.
type rows struct {
	id     plan.ID
	scan   *scan.Rows
	values []*value
	at     int32 // its place in the selection
}

// grouping is a table as it changes.
type grouping struct {
	node   *share.Node
	sel    *selection
	at     int32 // its place in the selection
	slot   int32
	keys   *keys       // nil: none
	aggs   *tuple      // that any of the tables has
	layout *layout     // as it was built last; nil: it was not
	table  table       // one of them, and through it the others
	built  *scan.Table // as of the last snapshot
	dirty  bool        // it is among stream.changedGroupings
	gone   bool
}

// table is a grouping under one routing.
type table struct {
	node *share.Node // nil: there is none yet
	aggs *tuple
	next *table

	feeds []feed // of a branch of a union
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

func (sel *selection) place() *int32         { return &sel.foundAt }
func (sel *selection) made() *scan.Selection { return sel.built }

func (c *candidacy) place() *int32 { return &c.at }
func (c *candidacy) made() int32   { return c.slot }

// PlanID implements [byid.Thing].
func (g *grouping) PlanID() plan.ID { return g.node.ID }

func (g *grouping) place() *int32     { return &g.at }
func (g *grouping) made() *scan.Table { return g.built }

// PlanID implements [byid.Thing].
func (r *rows) PlanID() plan.ID { return r.id }

func (r *rows) place() *int32    { return &r.at }
func (r *rows) made() *scan.Rows { return r.scan }

// PlanID implements [byid.Thing].
func (a *aggregate) PlanID() plan.ID { return a.id }

// add makes a node that has been compiled part of the program.
func (b *Builder) add(n *share.Node, c *compiled) {
	if n.Kind == share.UnnestNode {
		b.addUnnest(n, c)
		return
	}
	s := b.source(n)
	s.hold(c.columns, 1)
	switch n.Kind {
	case share.SelectionNode:
		sel := &selection{node: n, stream: s, at: int32(len(s.selections)), count: scan.NoSlot}
		s.selections = append(s.selections, sel)
		sel.changed()
		b.selections.Put(sel)
	case share.GroupingNode:
		sel := b.selections.Get(n.Inputs()[0].ID)
		g := &grouping{node: n, sel: sel, slot: int32(b.outputSlots.take()), aggs: new(tuple)}
		window := int64(0)
		if w := n.Spec().Window; w != nil {
			window = w.Size
		}
		g.keys = b.acquireKeys(s, n.ID, c, window)
		sel.groupings.add(g)
		b.groupings.Put(g)
		g.changed()
	case share.TableNode:
		g := b.groupings.Get(n.Inputs()[0].ID)
		t := &g.table
		if t.node != nil {
			t = &table{next: t.next}
			g.table.next = t
		}
		t.node, t.aggs = n, new(tuple)
		g.changed()
	case share.AggregateNode:
		b.addAggregate(n, c)
	case share.RowsNode:
		sel := b.selections.Get(n.Inputs()[0].ID)
		r := &rows{id: n.ID, scan: &scan.Rows{ID: n.WireID(), Slot: b.outputSlots.take()}}
		r.values = b.acquire(s, b.ownValues(n.ID, c.values))
		r.scan.Cols, r.scan.Computed = scanValues(r.values), computedAny(r.values)
		r.scan.Columns = s.read(union(s.columnsBelow(nil, sel.node), c.columns))
		sel.rows.add(r)
		b.rows.Put(r)
		sel.changed()
	case share.ScanNode, share.UnnestNode, share.AtomNode, share.CombinationNode, share.OutputNode:
	}
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
	g := b.groupings.Get(of.Inputs()[0].ID)
	s := g.sel.stream
	at, found := g.aggs.find(n.Agg().ID)
	if !found {
		g.aggs = s.with(g.aggs, b.acquireAggregate(g, n, c))
	}
	t := g.of(of)
	if f := n.Agg().Feeds; f != (plan.ID{}) {
		t.feeds = append(t.feeds, feed{n.Agg().ID, f})
	}
	if _, found := t.aggs.find(n.Agg().ID); !found {
		t.aggs = s.with(t.aggs, g.aggs.all[at])
	}
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
			NullErrors: n.Agg().Top != nil,
			CountsRows: n.Agg().Agg.CountsRows(),
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
		b.releasePredicate(s, a.filter)
	}
}

func compareID(a, b plan.ID) int { return bytes.Compare(a[:], b[:]) }

// changed has the grouping made anew for the next program.
func (g *grouping) changed() {
	if !g.dirty {
		g.dirty = true
		g.sel.stream.changedGroupings = append(g.sel.stream.changedGroupings, g)
	}
	g.sel.changed()
}

// changed has the selection made anew for the next program.
func (sel *selection) changed() {
	if !sel.dirty {
		sel.dirty = true
		sel.stream.changedSelections = append(sel.stream.changedSelections, sel)
	}
}

// counts reports whether only the number of the selection's rows is wanted.
func (sel *selection) counts() bool {
	g, single := sel.groupings.only()
	return single && sel.rows.len() == 0 && g.keys == nil &&
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
		vs = append(vs, b.acquireValue(s, c))
	}
	return vs
}

func (b *Builder) release(s *stream, vs []*value) {
	for _, v := range vs {
		b.releaseValue(s, v)
	}
}

func scanValues(vs []*value) []*scan.Value {
	var out []*scan.Value
	for _, v := range vs {
		out = append(out, v.scan)
	}
	return out
}
