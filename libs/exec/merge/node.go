package merge

import (
	"iter"
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
	streams  []string // whose rows reach it
	window   int64    // size in microseconds, 0: none
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
	held     holding                     // over all panes
	total    *holding                    // of the partition
	rates    map[minute]rate             // of a row-returning node
}

// holding is how many groups there are, and their bytes, as a checkpoint holds them.
type holding struct{ groups, bytes int64 }

func (h *holding) add(groups, bytes int64) {
	h.groups += groups
	h.bytes += bytes
}

// newSegment returns an empty segment of a partition that holds so much in all.
func newSegment(start int64, total *holding) *segment {
	return &segment{start: start, total: total}
}

// hold adds to what the segment holds.
func (s *segment) hold(groups, bytes int64) {
	s.held.add(groups, bytes)
	s.total.add(groups, bytes)
}

// release takes what the segment holds, which goes, out of the partition's total.
func (s *segment) release() { s.total.add(-s.held.groups, -s.held.bytes) }

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
	s.hold(1, g.bytes)
}

// resize notes that a group of the segment takes more bytes, or fewer.
func (s *segment) resize(g *group, bytes int64) {
	s.hold(0, bytes-g.bytes)
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

// refs yields the names of all groups; their order is not defined.
func (s *segment) refs() iter.Seq[rowRef] {
	return func(yield func(rowRef) bool) {
		for r := range s.all() {
			if !yield(r) {
				return
			}
		}
	}
}

// dropPane removes a window's groups and returns them.
func (s *segment) dropPane(start int64) map[string]*group {
	gone := s.panes[start]
	delete(s.panes, start)
	for _, g := range gone {
		s.hold(-1, -g.bytes)
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

// first returns which of the segments is the oldest that a query of the start
// position combines: it combines those from it on.
func (n *node) first(position int64) int {
	return sort.Search(len(n.segments), func(i int) bool { return n.segments[i].start >= position })
}

// until returns the queries that take blocks of the plan position.
func (n *node) until(position int64) []*query {
	return n.queries[:sort.Search(len(n.queries), func(i int) bool { return n.queries[i].Position > position })]
}

// aggIndex returns the index of the aggregate, or -1.
func (n *node) aggIndex(id plan.ID) int {
	return slices.IndexFunc(n.aggs, func(a Aggregate) bool { return a.ID == id })
}
