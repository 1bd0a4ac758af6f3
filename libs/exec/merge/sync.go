package merge

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/millrace/millrace/libs/exec/agg"
	"github.com/millrace/millrace/libs/exec/delta"
	"github.com/millrace/millrace/libs/sql/plan"
)

// sync takes over the definitions as the registry reader has them now. They may
// be ahead of the blocks: a block older than a query's position never counts
// for it, as it falls into an older segment. A drop that was not known before is
// owed to the store, so that a restore, which knows none, repeats them all.
//
// Nothing here depends on the order in which maps are gone through.
func (s *Partition) sync(defs *Definitions) {
	if s.defs == defs {
		return
	}
	old := s.defs
	s.defs, s.registry = defs, defs.Position
	touched := map[plan.ID]struct{}{}

	for c := range defs.Queries.Changes(old.Queries) {
		if c.Had && c.Has && c.Old.Epoch == c.New.Epoch && c.Old.Position == c.New.Position {
			continue
		}
		if c.Had && s.queries[c.ID] != nil {
			s.detach(s.queries[c.ID], touched)
		}
		switch {
		case c.Has:
			s.attach(c.New, touched)
			delete(s.drops, c.ID) // a later epoch unlinks what there was
		case !defs.Drops.Has(c.ID) && s.ownsDrop(c.ID):
			// Compaction has removed the drop before it was read. Its epoch was
			// greater than the query's, and so will be any later one's.
			s.drops[c.ID] = c.Old.Epoch + 1
		}
	}
	for c := range defs.Drops.Changes(old.Drops) {
		if c.Has && s.ownsDrop(c.ID) && !defs.Queries.Has(c.ID) {
			s.drops[c.ID] = c.New
		}
	}
	for id := range touched {
		s.reshape(s.nodes[id])
	}
	s.goLive()
	if len(s.queries) == 0 {
		s.shrink()
	}
}

// shrink makes the maps anew of what there is nothing left: a map keeps the room that it
// once needed.
func (s *Partition) shrink() {
	s.queries, s.waiting, s.awaited = map[string]*query{}, map[*query]struct{}{}, map[*query]struct{}{}
	s.owing, s.news = map[*query]struct{}{}, map[*query]news{}
	s.nodes, s.windows = map[plan.ID]*node{}, map[plan.ID]*node{}
}

func (s *Partition) detach(q *query, touched map[plan.ID]struct{}) {
	delete(s.queries, q.ID)
	s.settle(q)
	delete(s.news, q)
	delete(s.waiting, q)
	s.forgetPassed(q)
	if q.node == nil {
		return
	}
	q.node.queries = slices.DeleteFunc(q.node.queries, func(o *query) bool { return o == q })
	touched[q.node.id] = struct{}{}
}

// attach puts a query to work of which something is written here: its facts, or what its
// node holds here.
func (s *Partition) attach(def *Query, touched map[plan.ID]struct{}) {
	facts, holds := s.ownsFacts(def), s.holds(def)
	if !facts && !holds {
		return
	}
	q := &query{Query: def, forgot: startOfTime, passed: -1}
	s.queries[def.ID] = q
	if facts {
		s.markMeta(q)
	}
	id := def.node()
	if def.Failed != "" || id == (plan.ID{}) {
		return
	}
	s.waiting[q] = struct{}{}
	if facts {
		s.awaitLive(q)
	}
	if !holds {
		return
	}
	n := s.nodes[id]
	if n == nil {
		n = &node{id: id, kind: delta.Rows, stream: def.Stream, mark: startOfTime}
		if def.Table != nil {
			n.kind, n.window = delta.Table, def.Table.Window
		}
		s.nodes[id] = n
		if n.window > 0 {
			n.panes, n.open = map[int64]*pane{}, map[int64]struct{}{}
			s.windows[id] = n
		}
	}
	q.node = n
	at, _ := slices.BinarySearchFunc(n.queries, q, func(a, b *query) int {
		return cmp.Or(cmp.Compare(a.Position, b.Position), cmp.Compare(a.ID, b.ID))
	})
	n.queries = slices.Insert(n.queries, at, q)
	touched[id] = struct{}{}
}

// reshape brings a node's aggregates and segments in line with its queries:
// segments start where queries start; neighbours between which no query starts
// any more are folded, and those older than the oldest query go.
func (s *Partition) reshape(n *node) {
	if len(n.queries) == 0 {
		for _, seg := range n.segments {
			s.dropSegment(n, seg)
		}
		for start := range n.panes {
			s.markState(stateKey{kind: keyPane, node: n.id, pane: start})
		}
		delete(s.nodes, n.id)
		delete(s.windows, n.id)
		return
	}
	s.reshapeAggs(n)
	if len(n.segments) == 0 && len(n.queries) == 1 { // most are so
		n.segments = []*segment{newSegment(n.queries[0].Position)}
		return
	}
	var starts []int64
	for _, q := range n.queries {
		if len(starts) == 0 || starts[len(starts)-1] != q.Position {
			starts = append(starts, q.Position)
		}
	}
	next := make([]*segment, len(starts))
	for i, start := range starts {
		if seg := exactSegment(n, start); seg != nil {
			next[i] = seg
		} else {
			next[i] = newSegment(start)
		}
	}
	for _, seg := range n.segments {
		i, exact := slices.BinarySearch(starts, seg.start)
		switch {
		case exact:
		case i == 0:
			s.dropSegment(n, seg)
		default:
			s.foldSegment(n, seg, next[i-1])
		}
	}
	n.segments = next
}

// reshapeAggs makes n.aggs the union of what its queries want.
func (s *Partition) reshapeAggs(n *node) {
	var want []Aggregate
	for _, q := range n.queries {
		if q.Table != nil {
			want = append(want, q.Table.Aggs...)
		}
	}
	slices.SortFunc(want, func(a, b Aggregate) int { return bytes.Compare(a.ID[:], b.ID[:]) })
	same := func(a, b Aggregate) bool { return a.ID == b.ID }
	want = slices.CompactFunc(want, same)
	if slices.EqualFunc(want, n.aggs, same) {
		return
	}
	for _, seg := range n.segments {
		for _, g := range seg.all() {
			states := make([]agg.State, len(want))
			for i := range want {
				if at := n.aggIndex(want[i].ID); at >= 0 && at < len(g.states) {
					states[i] = g.states[at]
				}
			}
			g.states = states
		}
	}
	n.aggs = want
}

func (s *Partition) dropSegment(n *node, seg *segment) {
	s.markState(stateKey{kind: keyCounters, node: n.id, segment: seg.start})
	for m := range seg.rates {
		s.markMinute(n, seg, m)
	}
	for r, g := range seg.all() {
		s.markGone(n, seg, r, g)
	}
}

// foldSegment adds the groups of from to into, which is older.
func (s *Partition) foldSegment(n *node, from, into *segment) {
	into.counters.add(from.counters)
	s.markState(stateKey{kind: keyCounters, node: n.id, segment: into.start})
	s.markState(stateKey{kind: keyCounters, node: n.id, segment: from.start})
	for m, r := range from.rates {
		into.count(m, r)
		s.markMinute(n, from, m)
		s.markMinute(n, into, m)
	}
	s.forgetMinutes(n, into)
	for r, g := range from.all() {
		s.markGone(n, from, r, g)
		to := into.group(r)
		if to == nil {
			to = &group{states: make([]agg.State, len(n.aggs)), bytes: g.bytes}
			into.put(r, to)
		}
		mergeGroup(n, to, g)
		s.markState(stateKey{kind: keyGroup, node: n.id, segment: into.start, pane: r.pane, key: r.key})
	}
}

// mergeGroup folds g into to.
func mergeGroup(n *node, to, g *group) {
	to.rows += g.rows
	for i := range n.aggs {
		switch {
		case g.states[i] == nil:
		case to.states[i] == nil:
			to.states[i] = g.states[i]
		default:
			to.states[i].Merge(g.states[i])
		}
	}
}

// goLive marks the queries for which every scan partition has reached the plan
// position: they miss nothing from there on.
func (s *Partition) goLive() {
	for q := range s.waiting {
		if q.Position > s.minPlan {
			continue
		}
		q.live = true
		delete(s.waiting, q)
		delete(s.awaited, q)
		if s.ownsFacts(q.Query) {
			s.markMeta(q)
			s.announce(q)
		}
		if q.global() && s.ownsRow(q, "") {
			s.markRow(q, rowRef{})
		}
	}
}
