package merge

import (
	"iter"
	"maps"
	"slices"
	"sort"

	"github.com/millrace/millrace/libs/exec/agg"
	"github.com/millrace/millrace/libs/exec/delta"
	"github.com/millrace/millrace/libs/sql/plan"
)

// node is the state that all queries over one selection and grouping share. It
// is kept in segments, intervals of plan positions cut where a query starts: a
// query combines the segments from its own position on.
type node struct {
	id       plan.ID
	kind     delta.NodeKind
	stream   string
	window   int64 // size in microseconds, 0: none
	aggs     []Aggregate
	segments []*segment // by start, ascending
	queries  []*query   // by position, then id

	panes  map[int64]*pane    // every window that is kept
	open   map[int64]struct{} // those not closed yet
	closed []int64            // the others, in the order of closing
	mark   int64              // the watermark up to which open was looked through
}

// pane is one window of a node, across segments.
type pane struct {
	closed   bool
	closedAt int64 // carried time, milliseconds
}

// segment holds what blocks of plan positions from start on, up to the next
// segment's start, have brought.
type segment struct {
	start    int64
	counters counters
	panes    map[int64]map[string]*group // by window start (0: none) and group key
	groups   int64                       // over all panes
	bytes    int64                       // of them, as a checkpoint holds them
	rates    map[minute]rate             // of a row-returning node
}

func newSegment(start int64) *segment {
	return &segment{start: start}
}

// group returns the group, or nil.
func (s *segment) group(r rowRef) *group { return s.panes[r.pane][r.key] }

// put adds a group that is not there.
func (s *segment) put(r rowRef, g *group) {
	p := s.panes[r.pane]
	if p == nil {
		if s.panes == nil {
			s.panes = map[int64]map[string]*group{}
		}
		p = map[string]*group{}
		s.panes[r.pane] = p
	}
	p[r.key] = g
	s.groups++
	s.bytes += g.bytes
}

// resize notes that a group of the segment takes more bytes, or fewer.
func (s *segment) resize(g *group, bytes int64) {
	s.bytes += bytes - g.bytes
	g.bytes = bytes
}

// all yields every group; its order is not defined.
func (s *segment) all() iter.Seq2[rowRef, *group] {
	return func(yield func(rowRef, *group) bool) {
		for start, groups := range s.panes {
			for key, g := range groups {
				if !yield(rowRef{start, key}, g) {
					return
				}
			}
		}
	}
}

// dropPane removes a window's groups and returns them.
func (s *segment) dropPane(start int64) map[string]*group {
	gone := s.panes[start]
	delete(s.panes, start)
	s.groups -= int64(len(gone))
	for _, g := range gone {
		s.bytes -= g.bytes
	}
	return gone
}

// counters are what EXPLAIN and meta show of a node.
type counters struct {
	Matched    uint64 `json:"matched,omitempty"`    // rows that the selection kept and that were folded in
	Late       uint64 `json:"late,omitempty"`       // rows that it kept, for closed windows
	NoTime     uint64 `json:"no_time,omitempty"`    // rows that it kept, without event time in a windowed node
	Errors     uint64 `json:"errors,omitempty"`     // rows for which it failed
	Mismatches uint64 `json:"mismatches,omitempty"` // fields of another type than declared
}

func (c *counters) add(d counters) {
	c.Matched += d.Matched
	c.Late += d.Late
	c.NoTime += d.NoTime
	c.Errors += d.Errors
	c.Mismatches += d.Mismatches
}

// group is one group's accumulated aggregates in one segment.
type group struct {
	rows   uint64
	states []agg.State // parallel to node.aggs; nil where the blocks held none
	chunks int         // sub-keys under which the last checkpoint holds it
	bytes  int64       // as the last checkpoint holds it, with its key, and what came since
}

// floor returns the segment that blocks of the plan position belong to: not the
// newest one, as another scheduler may still be under an older plan. nil: every
// query starts later.
func (n *node) floor(position int64) *segment {
	i := sort.Search(len(n.segments), func(i int) bool { return n.segments[i].start > position })
	if i == 0 {
		return nil
	}
	return n.segments[i-1]
}

// from returns the segments that a query of the start position combines.
func (n *node) from(position int64) []*segment {
	i := sort.Search(len(n.segments), func(i int) bool { return n.segments[i].start >= position })
	return n.segments[i:]
}

// aggIndex returns the index of the aggregate, or -1.
func (n *node) aggIndex(id plan.ID) int {
	return slices.IndexFunc(n.aggs, func(a Aggregate) bool { return a.ID == id })
}

// has reports whether a window has groups for a query of the start position.
func (n *node) has(position, pane int64) bool {
	return slices.ContainsFunc(n.from(position), func(s *segment) bool { return len(s.panes[pane]) > 0 })
}

// keys returns the group keys that a window has for a query of the start
// position, sorted.
func (n *node) keys(position, pane int64) []string {
	segs := n.from(position)
	if len(segs) == 1 {
		return slices.Sorted(maps.Keys(segs[0].panes[pane]))
	}
	all := map[string]struct{}{}
	for _, s := range segs {
		for key := range s.panes[pane] {
			all[key] = struct{}{}
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// windows returns the starts of the windows (0 where the node has none) in
// which a query of the start position has groups, sorted.
func (n *node) windows(position int64) []int64 {
	all := map[int64]struct{}{}
	for _, s := range n.from(position) {
		for start := range s.panes {
			all[start] = struct{}{}
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// groupCount returns how many groups exist for a query of the start position, or
// a greater number that is not beyond the limit: it counts exactly only where the
// segments' sum is.
func (n *node) groupCount(position, limit int64) int64 {
	var upper int64
	segs := n.from(position)
	for _, s := range segs {
		upper += s.groups
	}
	if len(segs) < 2 || upper <= limit {
		return upper
	}
	seen := make(map[rowRef]struct{}, limit)
	for _, s := range segs {
		for r := range s.all() {
			seen[r] = struct{}{}
		}
	}
	return int64(len(seen))
}

// combine merges the aggregates want of one group over the segments; ok is
// false where no segment has the group.
func (n *node) combine(position int64, r rowRef, want []Aggregate) (states []agg.State, ok bool) {
	states = make([]agg.State, len(want))
	shared := make([]bool, len(want)) // states[i] is a segment's own and must not change
	for _, s := range n.from(position) {
		g := s.group(r)
		if g == nil {
			continue
		}
		ok = true
		for i := range want {
			at := n.aggIndex(want[i].ID)
			if at < 0 || at >= len(g.states) || g.states[at] == nil {
				continue
			}
			switch {
			case states[i] == nil:
				states[i], shared[i] = g.states[at], true
			case shared[i]:
				sum := want[i].Func.New()
				sum.Merge(states[i])
				sum.Merge(g.states[at])
				states[i], shared[i] = sum, false
			default:
				states[i].Merge(g.states[at])
			}
		}
	}
	for i := range states {
		if states[i] == nil {
			states[i] = want[i].Func.New()
		}
	}
	return states, ok
}
