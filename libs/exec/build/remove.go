package build

import (
	"slices"

	"github.com/millrace/millrace/libs/exec/agg"
	"github.com/millrace/millrace/libs/share"
	"github.com/millrace/millrace/libs/sql/plan"
)

// remove takes nodes that nobody uses any more out of the program, users before
// their inputs.
func (b *Builder) remove(nodes []*share.Node) {
	for _, n := range nodes {
		if n.Kind == share.UnnestNode {
			b.removeUnnest(n)
			continue
		}
		s := b.source(n)
		s.hold(s.columnsOfNode(n), -1)
		switch n.Kind {
		case share.SelectionNode:
			b.removeSelection(n)
		case share.GroupingNode:
			g := b.groupings.Get(n.ID)
			b.groupings.Delete(n.ID)
			g.gone = true
			g.sel.groupings.remove(g)
			g.sel.changed()
			b.releaseKeys(s, g.keys)
			s.releaseTuple(g.aggs)
			s.releaseLayout(g.layout)
			b.outputSlots.give(int(g.slot))
		case share.TableNode:
			g := b.groupings.Get(n.Inputs()[0].ID)
			s.releaseTuple(g.of(n).aggs)
			g.remove(n)
			g.changed()
		case share.AggregateNode:
			b.removeAggregate(s, n)
		case share.RowsNode:
			sel := b.selections.Get(n.Inputs()[0].ID)
			r := b.rows.Get(n.ID)
			b.rows.Delete(n.ID)
			sel.rows.remove(r)
			b.release(s, r.values)
			b.outputSlots.give(r.scan.Slot)
			sel.changed()
		case share.ScanNode, share.UnnestNode, share.AtomNode, share.CombinationNode, share.OutputNode:
		}
	}
}

func (b *Builder) removeSelection(n *share.Node) {
	sel := b.selections.Get(n.ID)
	b.selections.Delete(n.ID)
	b.dropSelection(sel)
}

// dropSelection takes a selection out of its stream.
func (b *Builder) dropSelection(sel *selection) {
	s := sel.stream
	last := int32(len(s.selections) - 1)
	s.selections[sel.at] = s.selections[last]
	s.selections[sel.at].at = sel.at
	s.selections[last] = nil
	s.selections = s.selections[:last]
	if sel.at < last {
		s.current.Set(sel.at, s.selections[sel.at].built)
	}
	s.current.Set(last, nil)
	sel.gone = true
	b.unroute(sel)
}

// remove forgets the table of a node.
func (g *grouping) remove(n *share.Node) {
	if g.table.node == n {
		if g.table.next == nil {
			g.table = table{}
		} else {
			g.table = *g.table.next
		}
		return
	}
	t := &g.table
	for t.next.node != n {
		t = t.next
	}
	t.next = t.next.next
}

func (b *Builder) removeAggregate(s *stream, n *share.Node) {
	of, id := n.Inputs()[0], n.Agg().ID
	g := b.groupings.Get(of.Inputs()[0].ID)
	t := g.of(of)
	if t.unfeed(id, n.Agg().Feeds) {
		return
	}
	t.aggs = s.without(t.aggs, id)
	g.changed()
	for t := &g.table; t != nil; t = t.next {
		if _, found := t.aggs.find(id); found {
			return
		}
	}
	at, _ := g.aggs.find(id)
	a := g.aggs.all[at]
	g.aggs = s.without(g.aggs, id)
	b.releaseAggregate(s, a)
}

func without[T comparable](s []T, v T) []T {
	i := slices.Index(s, v)
	return slices.Delete(s, i, i+1)
}

// columnsOfNode returns the positions of the columns that the node itself reads:
// not those of its inputs.
func (s *stream) columnsOfNode(n *share.Node) (columns []int) {
	read := func(es ...plan.Expr) {
		for _, e := range es {
			columns = s.columnsOf(columns, e)
		}
	}
	switch n.Kind {
	case share.AtomNode:
		read(n.Expr())
	case share.GroupingNode:
		read(n.Spec().Keys...)
	case share.AggregateNode:
		if top := n.Agg().Top; top != nil {
			read(top.Cols...)
			for _, k := range top.Order {
				read(k.Expr)
			}
		} else {
			read(agg.Inputs(n.Agg().Agg)...)
		}
	case share.RowsNode:
		for _, c := range n.Rows().Cols {
			read(c.Expr)
		}
	case share.ScanNode, share.UnnestNode, share.CombinationNode, share.SelectionNode, share.TableNode, share.OutputNode:
	}
	return columns
}
