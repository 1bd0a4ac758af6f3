package merge

import (
	"cmp"
	"iter"
	"maps"
	"slices"

	"github.com/millrace/millrace/libs/exec/agg"
)

// sums answers what the segments of a node hold together for its queries. A query
// combines those from its own position on, which are those of the next younger query
// and a few older ones; so sums keeps what it has added up and, asked for queries from
// the youngest to the oldest, goes through the segments once. Asked in another order, or
// for another node, it begins anew: the answers are the same.
//
// They hold until the next question, and the sums until the state changes: for one
// flush, one seal, one load. Its zero value is ready.
type sums struct {
	node     *node
	rows     map[rowRef]*rowSum
	keys     map[int64]*gathered[string] // by window
	windows  gathered[int64]
	refs     gathered[rowRef]
	counters counterSum
	groups   groupSum
	newest   map[int64]int // the youngest segment that has the window, -1: none
}

// fewSegments are so few that adding them up again costs less than to keep the sum.
const fewSegments = 4

// mostRows bounds the memory of sums of rows: with more, some are added up again.
const mostRows = 1 << 16

// of begins with the node of a query, and returns which of its segments is the
// oldest that the query combines.
func (u *sums) of(q *query) (first int) {
	if u.node != q.node {
		*u = sums{node: q.node}
	}
	return q.node.first(q.Position)
}

// rowSum is a row of the segments from at on.
type rowSum struct {
	at     int
	ok     bool        // one of them has it
	states []agg.State // parallel to node.aggs, nil where they hold none
	own    []bool      // the state is no segment's, and may change; nil: neither may states
}

// states returns the aggregates of a query for one row, which must not change; ok is
// false where no segment has the row.
func (u *sums) states(q *query, r rowRef) (states []agg.State, ok bool) {
	first, n := u.of(q), q.node
	if len(n.segments) <= fewSegments {
		return n.combine(n.segments[first:], r, q.Table.Aggs)
	}
	sum := u.kept(r, first)
	for ; sum.at > first; sum.at-- {
		if g := n.segments[sum.at-1].group(r); g != nil {
			sum.add(n, g)
		}
	}
	want := q.Table.Aggs
	states = make([]agg.State, len(want))
	for i := range want {
		if at := n.aggIndex(want[i].ID); at >= 0 && at < len(sum.states) && sum.states[at] != nil {
			states[i] = sum.states[at]
		} else {
			states[i] = want[i].Func.New()
		}
	}
	return states, sum.ok
}

// combine adds the aggregates want of one group up, over a few segments. What it
// returns must not change; ok is false where no segment has the group.
func (n *node) combine(segments []*segment, r rowRef, want []Aggregate) (states []agg.State, ok bool) {
	states = make([]agg.State, len(want))
	for i := range want {
		at, own := n.aggIndex(want[i].ID), false // own: the state is no segment's, and may change
		for _, s := range slices.Backward(segments) {
			g := s.group(r)
			ok = ok || g != nil
			switch {
			case g == nil || at < 0 || at >= len(g.states) || g.states[at] == nil:
			case states[i] == nil:
				states[i] = g.states[at]
			case own:
				states[i].Merge(g.states[at])
			default:
				sum := want[i].Func.New()
				sum.Merge(states[i])
				sum.Merge(g.states[at])
				states[i], own = sum, true
			}
		}
		if states[i] == nil {
			states[i] = want[i].Func.New()
		}
	}
	if len(want) == 0 {
		ok = slices.ContainsFunc(segments, func(s *segment) bool { return s.group(r) != nil })
	}
	return states, ok
}

// kept returns the sum of a row that has no segment older than first.
func (u *sums) kept(r rowRef, first int) *rowSum {
	sum := u.rows[r]
	if sum == nil || sum.at < first {
		if u.rows == nil || len(u.rows) == mostRows {
			u.rows = map[rowRef]*rowSum{}
		}
		sum = &rowSum{at: len(u.node.segments)}
		u.rows[r] = sum
	}
	return sum
}

// add adds an older segment's group, which stays as it is.
func (s *rowSum) add(n *node, g *group) {
	switch {
	case !s.ok:
		s.ok, s.states = true, g.states
		return
	case s.own == nil:
		s.states, s.own = slices.Clone(s.states), make([]bool, len(s.states))
	}
	for i, st := range g.states {
		switch {
		case st == nil:
		case s.states[i] == nil:
			s.states[i] = st
		case s.own[i]:
			s.states[i].Merge(st)
		default:
			sum := n.aggs[i].Func.New()
			sum.Merge(s.states[i])
			sum.Merge(st)
			s.states[i], s.own[i] = sum, true
		}
	}
}

// gathered is the set of what the segments from at on have, in order.
type gathered[T comparable] struct {
	begun  bool
	at     int
	seen   map[T]struct{}
	all    []T
	sorted bool
}

// reach takes in the segments from first on.
func (g *gathered[T]) reach(n *node, first int, of func(*segment) iter.Seq[T]) {
	if !g.begun || g.at < first {
		*g = gathered[T]{begun: true, at: len(n.segments), seen: map[T]struct{}{}}
	}
	for ; g.at > first; g.at-- {
		for t := range of(n.segments[g.at-1]) {
			if _, ok := g.seen[t]; !ok {
				g.seen[t] = struct{}{}
				g.all, g.sorted = append(g.all, t), false
			}
		}
	}
}

// inOrder returns the set, sorted.
func inOrder[T cmp.Ordered](g *gathered[T]) []T {
	if !g.sorted {
		slices.Sort(g.all)
		g.sorted = true
	}
	return g.all
}

// keysOf returns the group keys that a window has for a query, sorted.
func (u *sums) keysOf(q *query, pane int64) []string {
	first, n := u.of(q), q.node
	if first == len(n.segments)-1 {
		return slices.Sorted(maps.Keys(n.segments[first].panes[pane]))
	}
	g := u.keys[pane]
	if g == nil {
		if u.keys == nil {
			u.keys = map[int64]*gathered[string]{}
		}
		g = &gathered[string]{}
		u.keys[pane] = g
	}
	g.reach(n, first, func(s *segment) iter.Seq[string] { return maps.Keys(s.panes[pane]) })
	return inOrder(g)
}

// windowsOf returns the starts of the windows (0 where the node has none) in which a
// query has groups, sorted.
func (u *sums) windowsOf(q *query) []int64 {
	u.windows.reach(q.node, u.of(q), func(s *segment) iter.Seq[int64] { return maps.Keys(s.panes) })
	return inOrder(&u.windows)
}

// rowsOf yields the groups that a query has, in no order.
func (u *sums) rowsOf(q *query) iter.Seq[rowRef] {
	first, n := u.of(q), q.node
	if first == len(n.segments)-1 {
		return n.segments[first].refs()
	}
	u.refs.reach(n, first, (*segment).refs)
	return slices.Values(u.refs.all)
}

// has reports whether a window has groups for a query.
func (u *sums) has(q *query, pane int64) bool {
	first, n := u.of(q), q.node
	at, known := u.newest[pane]
	if !known {
		at = len(n.segments) - 1
		for at >= 0 && len(n.segments[at].panes[pane]) == 0 {
			at--
		}
		if u.newest == nil {
			u.newest = map[int64]int{}
		}
		u.newest[pane] = at
	}
	return at >= first
}

// counterSum is the counters of the segments from at on.
type counterSum struct {
	begun bool
	at    int
	sum   counters
}

// countersOf returns what is counted of a query.
func (u *sums) countersOf(q *query) counters {
	first, n, c := u.of(q), q.node, &u.counters
	if !c.begun || c.at < first {
		*c = counterSum{begun: true, at: len(n.segments)}
	}
	for ; c.at > first; c.at-- {
		c.sum.add(n.segments[c.at-1].counters)
	}
	return c.sum
}

// groupSum is what the segments from at on hold, each by itself.
type groupSum struct {
	begun bool
	at    int
	sum   holding
}

// heldBy returns what the segments of a query hold.
func (u *sums) heldBy(q *query) holding {
	first, n, c := u.of(q), q.node, &u.groups
	if !c.begun || c.at < first {
		*c = groupSum{begun: true, at: len(n.segments)}
	}
	for ; c.at > first; c.at-- {
		held := n.segments[c.at-1].held
		c.sum.add(held.groups, held.bytes)
	}
	return c.sum
}

// groupsOf returns how many groups a query has, or a greater number that is not beyond
// the limit: it counts exactly only where the segments' sum is.
func (u *sums) groupsOf(q *query, limit int64) int64 {
	first, n := u.of(q), q.node
	if sum := u.heldBy(q).groups; first == len(n.segments)-1 || sum <= limit {
		return sum
	}
	u.refs.reach(n, first, (*segment).refs)
	return int64(len(u.refs.all))
}
