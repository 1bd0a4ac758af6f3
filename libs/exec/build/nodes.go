package build

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/millrace/millrace/libs/exec/delta"
	"github.com/millrace/millrace/libs/exec/index"
	"github.com/millrace/millrace/libs/exec/scan"
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/share"
	"github.com/millrace/millrace/libs/sql/plan"
)

// selection is a selection as it changes.
type selection struct {
	stream    *stream
	at        int // in stream.selections
	id        plan.ID
	pred      *scan.Predicate
	columns   []int
	tally     *scan.SelectionTally
	groupings []*grouping
	rows      []*rows
	built     *scan.Selection // nil after a change
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
	keys    []*value
	columns []int
	window  int64
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

// aggregate is an aggregate of a grouping, whichever of its tables want it.
type aggregate struct {
	scan    *scan.Aggregate
	values  []*value
	columns []int
	refs    int
}

// add makes a node that has been compiled part of the program.
func (b *Builder) add(n *share.Node, c *compiled) {
	s := b.stream(n.Stream)
	s.hold(c.columns, 1)
	switch n.Kind {
	case share.AtomNode:
		p := &scan.Predicate{Slot: b.predicateSlots.take(), Op: scan.OpAtom, Atom: c.atom, Index: -1}
		if at, literal, ok := index.TargetOf(n.Expr); ok {
			p.Index = b.index(s, at, c.columns[0], literal, p.Slot)
		}
		b.predicates[n.ID] = p
	case share.CombinationNode:
		p := &scan.Predicate{Slot: b.predicateSlots.take(), Op: opOf(n.Expr)}
		inputs := slices.Clone(n.Inputs)
		slices.SortStableFunc(inputs, func(a, b *share.Node) int { return cmp.Compare(cost(a.Expr), cost(b.Expr)) })
		for _, in := range inputs {
			p.Inputs = append(p.Inputs, b.predicates[in.ID])
		}
		b.predicates[n.ID] = p
	case share.SelectionNode:
		sel := &selection{stream: s, at: len(s.selections), id: n.ID, tally: new(scan.SelectionTally)}
		if n.Expr != nil {
			sel.pred = b.predicates[n.Inputs[0].ID]
			sel.columns = s.columnsOf(nil, n.Expr)
		}
		s.selections = append(s.selections, sel)
		b.selections[n.ID] = sel
	case share.GroupingNode:
		g := &grouping{sel: b.selections[n.Inputs[0].ID], id: n.ID, slot: b.outputSlots.take(), columns: c.columns}
		if n.Table.Window != nil {
			g.window = n.Table.Window.Size
		}
		g.keys = b.acquire(s, c.values)
		g.sel.groupings = append(g.sel.groupings, g)
		g.changed()
		b.groupings[n.ID] = g
	case share.TableNode:
		g := b.groupings[n.Inputs[0].ID]
		t := &table{grouping: g, id: n.ID, routing: delta.Routing(n.Table.Routing)}
		g.tables = append(g.tables, t)
		slices.SortFunc(g.tables, func(a, b *table) int { return bytes.Compare(a.id[:], b.id[:]) })
		g.changed()
		b.tables[n.ID] = t
	case share.AggregateNode:
		b.addAggregate(n, c)
	case share.RowsNode:
		sel := b.selections[n.Inputs[0].ID]
		r := &rows{scan: &scan.Rows{ID: n.ID, Slot: b.outputSlots.take()}, columns: c.columns}
		r.values = b.acquire(s, c.values)
		r.scan.Cols = scanValues(r.values)
		r.scan.Columns = union(sel.columns, c.columns)
		sel.rows = append(sel.rows, r)
		sel.built = nil
	case share.ScanNode, share.OutputNode:
	}
}

// index enters a predicate into the index of its target and returns its slot.
func (b *Builder) index(s *stream, at index.Target, col int, literal record.Value, slot int) int {
	t := s.targets[at]
	if t == nil {
		t = &target{slot: b.indexSlots.take(), col: col}
		s.targets[at] = t
	}
	t.literals.Set(literal, int32(slot))
	t.dirty = true
	return t.slot
}

func (b *Builder) addAggregate(n *share.Node, c *compiled) {
	t := b.tables[n.Inputs[0].ID]
	g := t.grouping
	id := n.Agg.ID
	at, found := g.find(id)
	if !found {
		a := &aggregate{columns: c.columns, values: b.acquire(g.sel.stream, c.values)}
		a.scan = &scan.Aggregate{
			ID: id, Func: c.fn, Args: scanValues(a.values),
			CountsRows: n.Agg.Agg.Func == "count" && n.Agg.Agg.Arg == nil && n.Agg.Agg.Filter == nil,
		}
		if len(n.Inputs) > 1 {
			a.scan.Filter = b.predicates[n.Inputs[1].ID]
			a.columns = g.sel.stream.columnsOf(slices.Clone(c.columns), n.Agg.Agg.Filter)
		}
		g.aggs = slices.Insert(g.aggs, at, a)
	}
	g.aggs[at].refs++
	in, _ := slices.BinarySearchFunc(t.aggs, id, compareID)
	t.aggs = slices.Insert(t.aggs, in, id)
	g.changed()
}

func (g *grouping) find(id plan.ID) (int, bool) {
	return slices.BinarySearchFunc(g.aggs, id, func(a *aggregate, id plan.ID) int { return compareID(a.scan.ID, id) })
}

func compareID(a, b plan.ID) int { return bytes.Compare(a[:], b[:]) }

func (g *grouping) changed() { g.built, g.sel.built = nil, nil }

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
