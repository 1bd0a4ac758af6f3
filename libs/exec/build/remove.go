package build

import (
	"slices"

	"github.com/millrace/millrace/libs/share"
	"github.com/millrace/millrace/libs/sql/plan"
)

// remove takes nodes that nobody uses any more out of the program, users before
// their inputs.
func (b *Builder) remove(nodes []*share.Node) {
	for _, n := range nodes {
		s := b.stream(n.Stream())
		s.hold(s.columnsOfNode(n), -1)
		switch n.Kind {
		case share.SelectionNode:
			sel := b.selections.Get(n.ID)
			b.selections.Delete(n.ID)
			last := len(s.selections) - 1
			s.selections[sel.at] = s.selections[last]
			s.selections[sel.at].at = sel.at
			s.selections[last] = nil
			s.selections = s.selections[:last]
			if sel.at < last {
				s.current.Set(int32(sel.at), s.selections[sel.at].built)
			}
			s.current.Set(int32(last), nil)
			sel.gone = true
			b.unroute(sel)
		case share.GroupingNode:
			g := b.groupings.Get(n.ID)
			b.groupings.Delete(n.ID)
			g.sel.groupings = without(g.sel.groupings, g)
			g.sel.changed()
			b.releaseKeys(s, g.keys)
			b.outputSlots.give(g.slot)
		case share.TableNode:
			t := b.tables.Get(n.ID)
			b.tables.Delete(n.ID)
			t.grouping.tables = without(t.grouping.tables, t)
			t.grouping.changed()
		case share.AggregateNode:
			b.removeAggregate(s, n)
		case share.RowsNode:
			sel := b.selections.Get(n.Inputs()[0].ID)
			i := slices.IndexFunc(sel.rows, func(r *rows) bool { return r.scan.ID == n.ID })
			b.release(s, sel.rows[i].values)
			b.outputSlots.give(sel.rows[i].scan.Slot)
			sel.rows = slices.Delete(sel.rows, i, i+1)
			sel.changed()
		case share.ScanNode, share.AtomNode, share.CombinationNode, share.OutputNode:
		}
	}
}

func (b *Builder) removeAggregate(s *stream, n *share.Node) {
	t := b.tables.Get(n.Inputs()[0].ID)
	t.aggs = without(t.aggs, n.Agg().ID)
	g := t.grouping
	if !slices.ContainsFunc(g.tables, func(t *table) bool { return slices.Contains(t.aggs, n.Agg().ID) }) {
		at, _ := g.find(n.Agg().ID)
		b.releaseAggregate(s, g.aggs[at])
		g.aggs = slices.Delete(g.aggs, at, at+1)
	}
	g.changed()
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
		} else if n.Agg().Agg.Arg != nil {
			read(n.Agg().Agg.Arg)
		}
	case share.RowsNode:
		for _, c := range n.Rows().Cols {
			read(c.Expr)
		}
	case share.ScanNode, share.CombinationNode, share.SelectionNode, share.TableNode, share.OutputNode:
	}
	return columns
}
