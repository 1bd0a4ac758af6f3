package merge

import (
	"math"
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
	again := s.syncStreams(old.Streams)

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
	for _, q := range again {
		if now := defs.Queries.Get(q.ID); now != nil && now.Epoch == q.Epoch && now.Position == q.Position {
			s.attach(now, touched)
		}
	}
	for id := range touched {
		if n := s.nodes[id]; n != nil { // else its streams have gone, and it with them
			s.reshape(n)
		}
	}
	s.fitRooms(false)
}

func (s *Partition) detach(q *query, touched map[plan.ID]struct{}) {
	delete(s.queries, q.ID)
	s.settle(q)
	delete(s.news, q)
	delete(s.waiting, q)
	s.forgetPassed(q)
	if q.node != nil {
		q.detached = true
		if touched != nil {
			touched[q.node.id] = struct{}{}
		}
	}
}

// attach puts a query to work of which something is written here: its facts, or what its
// node holds here.
func (s *Partition) attach(def *Query, touched map[plan.ID]struct{}) {
	facts, holds := s.ownsFacts(def), s.holds(def)
	if !facts && !holds {
		return
	}
	if !holds || def.Failed != "" {
		s.admit(def, nil, facts, true)
		return
	}
	n := s.nodes[def.node()]
	if n == nil {
		n = s.addNode(nodeModelOf(def))
	}
	n.queries = append(n.queries, s.admit(def, n, facts, true))
	touched[n.id] = struct{}{}
}

// nodeModel is what a node's queries say of it.
type nodeModel struct {
	id      plan.ID
	kind    delta.NodeKind
	streams []string
	window  int64
}

// nodeModelOf returns what a query says of its node.
func nodeModelOf(q *Query) nodeModel {
	m := nodeModel{id: q.node(), kind: delta.Rows, streams: q.streams()}
	if q.Table != nil {
		m.kind, m.window = delta.Table, q.Table.Window
	}
	return m
}

// addNode makes a node, of which there is none.
func (s *Partition) addNode(m nodeModel) *node {
	n := &node{id: m.id, kind: m.kind, streams: m.streams, window: m.window, mark: startOfTime}
	s.nodes[n.id] = n
	if n.window > 0 {
		n.panes, n.open = map[int64]*pane{}, map[int64]struct{}{}
		s.windows[n.id] = n
	}
	return n
}

// admit puts a query to work, with the node that it has here: nil for none. owes says
// that the store may not have yet what there is to say of it.
func (s *Partition) admit(def *Query, n *node, facts, owes bool) *query {
	q := &query{Query: def, node: n, facts: facts, forgot: startOfTime, passed: -1}
	s.queries[def.ID] = q
	if facts && owes {
		s.markMeta(q)
	}
	switch {
	case def.Failed != "" || n == nil && def.node() == (plan.ID{}):
	case s.reached(def):
		q.live = true
		if owes {
			s.tellLive(q)
		}
	default:
		s.waiting[q] = struct{}{}
		if facts {
			s.awaitLive(q)
		}
	}
	return q
}

// reshape brings a node's queries into order, and its aggregates and segments in line
// with them: segments start where queries start; neighbours between which no query
// starts any more are folded, and those older than the oldest query go. It is done once
// for all that came and went together, so that each costs what it is.
func (s *Partition) reshape(n *node) {
	n.queries = slices.DeleteFunc(n.queries, func(q *query) bool { return q.detached })
	if cap(n.queries)-len(n.queries) > muchRoom && len(n.queries) <= cap(n.queries)/8 {
		n.queries = slices.Clone(n.queries)
	}
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
	slices.SortFunc(n.queries, func(a, b *query) int { return compareStarts(a.Query, b.Query) })
	s.reshapeAggs(n)
	s.reshapeSegments(n)
}

// reshapeSegments cuts the segments where queries start.
func (s *Partition) reshapeSegments(n *node) {
	old := n.segments
	var next []*segment
	// pass takes the old segments that start before a position, where nobody starts any more.
	pass := func(position int64) {
		for ; len(old) > 0 && old[0].start < position; old = old[1:] {
			if len(next) == 0 {
				s.dropSegment(n, old[0])
			} else {
				s.foldSegment(n, old[0], next[len(next)-1])
			}
		}
	}
	for i, q := range n.queries {
		if i > 0 && q.Position == n.queries[i-1].Position {
			continue
		}
		pass(q.Position)
		if len(old) > 0 && old[0].start == q.Position {
			next, old = append(next, old[0]), old[1:]
		} else {
			next = append(next, newSegment(q.Position, &s.held))
		}
	}
	pass(math.MaxInt64)
	n.segments = next
}

// reshapeAggs makes n.aggs the union of what its queries want.
func (s *Partition) reshapeAggs(n *node) {
	want := unionOf(func(yield func(*Query) bool) {
		for _, q := range n.queries {
			if !yield(q.Query) {
				return
			}
		}
	})
	if slices.EqualFunc(want, n.aggs, func(a, b Aggregate) bool { return a.ID == b.ID }) {
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
	seg.release()
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
	from.release()
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

// goLive marks the queries for which every scan partition of their streams has reached
// the plan position: they miss nothing from there on.
func (s *Partition) goLive() {
	for q := range s.waiting {
		if !s.reached(q.Query) {
			continue
		}
		q.live = true
		delete(s.waiting, q)
		delete(s.awaited, q)
		s.tellLive(q)
	}
}

// tellLive notes what is to be told and written of a query that is live now.
func (s *Partition) tellLive(q *query) {
	if q.facts {
		s.markMeta(q)
		s.announce(q)
	}
	if q.node != nil && q.global() && s.ownsRow(q, "") {
		s.markRow(q, rowRef{})
	}
}
