package build

import (
	"bytes"
	"slices"

	"github.com/millrace/millrace/libs/exec/delta"
	"github.com/millrace/millrace/libs/exec/scan"
	"github.com/millrace/millrace/libs/share"
	"github.com/millrace/millrace/libs/sql/plan"
)

// selection is a selection as it changes.
type selection struct {
	stream    *stream
	at        int // in stream.selections
	id        plan.ID
	node      *share.Node // its predicate; nil: every row
	route     route
	candidate int32
	count     int32
	denseAt   int
	columns   []int
	tally     *scan.SelectionTally
	groupings []*grouping
	rows      []*rows
	built     *scan.Selection // nil after a change
	dirty     bool            // it is among stream.changedSelections
	gone      bool
}

// rows is a row-returning node; it does not change.
type rows struct {
	scan    *scan.Rows
	values  []*value
	columns []int
}

// grouping is a table as it changes.
type grouping struct {
	sel     *selection
	id      plan.ID
	slot    int
	keys    *keys // nil: none
	columns []int
	aggs    []*aggregate // by id
	tables  []*table     // by id
	built   *scan.Table  // nil after a change
}

// table is a grouping under one routing.
type table struct {
	grouping *grouping
	id       plan.ID
	routing  delta.Routing
	aggs     []plan.ID // sorted
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
func (sel *selection) PlanID() plan.ID { return sel.id }

// PlanID implements [byid.Thing].
func (g *grouping) PlanID() plan.ID { return g.id }

// PlanID implements [byid.Thing].
func (t *table) PlanID() plan.ID { return t.id }

// PlanID implements [byid.Thing].
func (a *aggregate) PlanID() plan.ID { return a.id }

// add makes a node that has been compiled part of the program.
func (b *Builder) add(n *share.Node, c *compiled) {
	s := b.stream(n.Stream)
	s.hold(c.columns, 1)
	switch n.Kind {
	case share.SelectionNode:
		sel := &selection{
			stream: s, at: len(s.selections), id: n.ID, tally: new(scan.SelectionTally), candidate: scan.NoSlot, count: scan.NoSlot,
		}
		if n.Expr != nil {
			sel.node = n.Inputs[0]
			sel.columns = s.columnsOf(nil, n.Expr)
		}
		s.selections = append(s.selections, sel)
		sel.changed()
		b.selections.Put(sel)
	case share.GroupingNode:
		g := &grouping{sel: b.selections.Get(n.Inputs[0].ID), id: n.ID, slot: b.outputSlots.take(), columns: c.columns}
		window := int64(0)
		if n.Table.Window != nil {
			window = n.Table.Window.Size
		}
		g.keys = b.acquireKeys(s, n.ID, b.ownValues(n.ID, c.values), window)
		g.sel.groupings = append(g.sel.groupings, g)
		g.changed()
		b.groupings.Put(g)
	case share.TableNode:
		g := b.groupings.Get(n.Inputs[0].ID)
		t := &table{grouping: g, id: n.ID, routing: delta.Routing(n.Table.Routing)}
		g.tables = append(g.tables, t)
		slices.SortFunc(g.tables, func(a, b *table) int { return bytes.Compare(a.id[:], b.id[:]) })
		g.changed()
		b.tables.Put(t)
	case share.AggregateNode:
		b.addAggregate(n, c)
	case share.RowsNode:
		sel := b.selections.Get(n.Inputs[0].ID)
		r := &rows{scan: &scan.Rows{ID: n.ID, Slot: b.outputSlots.take()}, columns: c.columns}
		r.values = b.acquire(s, b.ownValues(n.ID, c.values))
		r.scan.Cols = scanValues(r.values)
		r.scan.Columns = union(sel.columns, c.columns)
		sel.rows = append(sel.rows, r)
		sel.changed()
	case share.ScanNode, share.AtomNode, share.CombinationNode, share.OutputNode:
	}
}

func (b *Builder) addAggregate(n *share.Node, c *compiled) {
	t := b.tables.Get(n.Inputs[0].ID)
	g := t.grouping
	if at, found := g.find(n.Agg.ID); !found {
		g.aggs = slices.Insert(g.aggs, at, b.acquireAggregate(g, n, c))
	}
	in, _ := slices.BinarySearchFunc(t.aggs, n.Agg.ID, compareID)
	t.aggs = slices.Insert(t.aggs, in, n.Agg.ID)
	g.changed()
}

// acquireAggregate returns the stream's one aggregate of a node.
func (b *Builder) acquireAggregate(g *grouping, n *share.Node, c *compiled) *aggregate {
	s, id := g.sel.stream, n.Agg.ID
	if len(n.Inputs) > 1 {
		id = plan.HashID(id[:], n.Inputs[1].ID[:])
	}
	if b.ownTables() {
		id = plan.HashID(id[:], g.id[:])
	}
	a := s.aggs.Get(id)
	if a == nil {
		a = &aggregate{id: id, columns: c.columns, values: b.acquire(s, b.ownValues(g.id, c.values))}
		a.scan = &scan.Aggregate{
			ID: n.Agg.ID, Func: c.fn, Args: scanValues(a.values),
			CountsRows: n.Agg.Agg.Func == "count" && n.Agg.Agg.Arg == nil && n.Agg.Agg.Filter == nil,
		}
		if len(n.Inputs) > 1 {
			a.filter = b.acquirePredicate(n.Inputs[1])
			b.want(a.filter, 1)
			a.scan.Filter = a.filter.scan
			a.columns = s.columnsOf(slices.Clone(c.columns), n.Agg.Agg.Filter)
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

func (g *grouping) find(id plan.ID) (int, bool) {
	return slices.BinarySearchFunc(g.aggs, id, func(a *aggregate, id plan.ID) int { return compareID(a.scan.ID, id) })
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
	if len(sel.rows) > 0 || len(sel.groupings) != 1 {
		return false
	}
	g := sel.groupings[0]
	return g.keys == nil && !slices.ContainsFunc(g.aggs, func(a *aggregate) bool { return !a.scan.CountsRows })
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
