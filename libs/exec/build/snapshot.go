package build

import (
	"slices"

	"github.com/millrace/millrace/libs/exec/delta"
	"github.com/millrace/millrace/libs/exec/scan"
	"github.com/millrace/millrace/libs/share"
	"github.com/millrace/millrace/libs/sql/plan"
)

// snapshot returns the stream as it is now. What did not change is shared with
// the snapshot before, or copied as one flat piece.
func (b *Builder) snapshot(s *stream) *scan.Stream {
	if !s.dirty && len(s.changedSelections)+len(s.changedTargets)+len(s.changedReaches) == 0 {
		return s.last
	}
	next := &scan.Stream{ID: share.ScanID(s.def.Name), Name: s.def.Name, Since: s.since, Width: len(s.fields), Unnest: b.unnests(s)}
	if s.unnested != nil {
		next.ID = s.id
	}
	if s.columnsChanged {
		next.Schema, next.Spec, next.Positions = s.decoded()
	} else {
		next.Schema, next.Spec, next.Positions = s.last.Schema, s.last.Spec, s.last.Positions
	}
	for _, g := range s.changedGroupings {
		if g.dirty = false; !g.gone {
			g.snapshot()
			g.sel.groupings.remade(g)
		}
	}
	for _, sel := range s.changedSelections {
		if sel.dirty = false; sel.gone {
			continue
		}
		if counted := sel.count != scan.NoSlot; sel.route.path == noPath || counted != sel.counts() {
			b.route(sel) // on nothing else does it depend
		}
		b.snapshotSelection(sel)
	}
	for _, t := range s.changedTargets {
		s.indexes = extend(s.indexes, t.slot+1, scan.Index{})
		if s.targets[t.at] == t || s.indexes[t.slot].Index != nil && t.refs == 0 {
			s.indexes[t.slot] = t.snapshot()
		}
	}
	s.reached.Grow(b.predicateSlots.size)
	for _, p := range s.changedReaches {
		p.changed = false
		s.reached.Set(p.slot, p.reached())
	}
	s.changedSelections, s.changedGroupings = emptied(s.changedSelections), emptied(s.changedGroupings)
	s.changedTargets, s.changedReaches = emptied(s.changedTargets), emptied(s.changedReaches)
	next.All, next.Reach, next.Candidates = s.current.Pages(), s.reached.Pages(), s.candidate.Pages()
	next.Indexes, next.Dense = slices.Clone(s.indexes), s.dense.list()
	if s.computedChanged {
		next.Computed = s.computed()
	} else if s.last != nil {
		next.Computed = s.last.Computed
	}
	s.last, s.dirty, s.columnsChanged, s.computedChanged = next, false, false, false
	return next
}

// extend makes s have at least n elements.
func extend[T any](s []T, n int, with T) []T {
	for len(s) < n {
		s = append(s, with)
	}
	return s
}

// emptied returns s without elements, and keeps its memory unless that is much.
func emptied[T any](s []T) []T {
	const most = 1024
	if cap(s) > most {
		return nil
	}
	clear(s)
	return s[:0]
}

// changed has an index made anew for the next snapshot.
func (s *stream) changed(t *target) {
	if !t.dirty {
		t.dirty = true
		s.changedTargets = append(s.changedTargets, t)
	}
}

// snapshotSelection makes the selection as it is now, and what has it anew.
func (b *Builder) snapshotSelection(sel *selection) {
	s := sel.stream
	out := &scan.Selection{
		ID: sel.node.ID, Count: sel.count, Tally: &sel.tally,
		Tables: sel.groupings.list(), Rows: sel.rows.list(), Part: scan.NoSlot,
	}
	if sel.part != nil {
		out.Keeps = &sel.part.scan
	}
	if p := sel.route.part; p != nil {
		out.Part = p.scan.Slot
	}
	if rest := sel.route.rest; rest != nil {
		out.Pred = rest.evaluated()
	}
	sel.built = out
	s.current.Set(sel.at, out)
	if sel.count != scan.NoSlot {
		g, _ := sel.groupings.only()
		c := scan.Counted{Table: g.built, Tally: &sel.tally}
		if nodes := c.Table.Nodes; len(nodes) == 1 && len(nodes[0].IDs) == 1 && nodes[0].Routing == delta.ByKey {
			c.Node, c.Agg = nodes[0].ID, &nodes[0].IDs[0]
		}
		b.counts.Set(sel.count, c)
	}
	switch sel.route.path {
	case directPath, refinedPath:
		sel.route.via()[0].remade(sel)
	case candidatePath:
		s.candidate.Set(sel.candidate.slot, out)
	case densePath:
		s.dense.remade(sel)
	case noPath, countedPath:
	}
}

// snapshot makes the table as it is now.
func (g *grouping) snapshot() {
	s := g.sel.stream
	g.aggs = s.intern(g.aggs)
	was := g.layout
	g.layout = s.layout(g)
	s.releaseLayout(was)
	out := &scan.Table{ID: g.node.ID, Slot: int(g.slot), Layout: g.layout.scan}
	for t := &g.table; t != nil && t.node != nil; t = t.next {
		t.aggs = s.intern(t.aggs)
		routing := delta.Routing(t.node.Routing)
		if t.node.Spec().Feeds != (plan.ID{}) {
			out.Nodes = append(out.Nodes, scan.TableNode{ID: t.node.WireID(), NodeLayout: t.feeding(g.aggs, routing)})
			continue
		}
		out.Nodes = append(out.Nodes, scan.TableNode{ID: t.node.ID, NodeLayout: t.aggs.node(g.aggs, routing)})
	}
	g.built = out
}

// union returns the numbers that are in a or b, in a slice of its own.
func union(a, b []int) []int {
	out := slices.Clone(a)
	for _, c := range b {
		if !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	return out
}
