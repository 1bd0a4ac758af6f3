package merge

import (
	"maps"
	"slices"
	"time"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/plan"
)

// advance recomputes watermarks and the least plan position after a seal,
// closes and expires windows and finds the queries that are live now.
func (s *Partition) advance() {
	least := int64(-1)
	first := true
	for _, name := range slices.Sorted(maps.Keys(s.topo.Streams)) {
		st := s.topo.Streams[name]
		mark, heard := s.streamMark(&st)
		if heard < least || first {
			least, first = heard, false
		}
		if old, ok := s.watermarks[name]; !ok || mark > old {
			s.watermarks[name] = mark
		}
	}
	reached := least > s.minPlan
	s.minPlan = max(s.minPlan, least)
	s.closePanes()
	if reached {
		s.goLive()
	}
}

// streamMark returns the watermark that the seals folded so far allow, and the
// least plan position over the stream's partitions (-1: one is unheard of).
func (s *Partition) streamMark(st *Stream) (mark, leastPlan int64) {
	mark, leastPlan = endOfTime, endOfTime
	ended, idle := 0, 0
	for p := range st.Partitions {
		at := s.vector[source{st.Topic, p}]
		if at == nil {
			return startOfTime, -1
		}
		leastPlan = min(leastPlan, at.plan)
		switch {
		case at.end:
			ended++
		case s.topo.Bounded:
			mark = startOfTime
		case at.idle:
			idle++
		case at.newest == record.NoEventTime:
			mark = startOfTime
		default:
			mark = min(mark, at.newest-st.Lateness.Microseconds())
		}
	}
	if ended < int(st.Partitions) && ended+idle == int(st.Partitions) {
		return startOfTime, leastPlan // all idle: the watermark stands still
	}
	return mark, leastPlan
}

// watermark returns the node's watermark in microseconds.
func (s *Partition) watermark(n *node) int64 {
	if w, ok := s.watermarks[n.stream]; ok {
		return w
	}
	return startOfTime
}

// late reports whether the window that starts at pane was closed by the
// watermark in force.
func (s *Partition) late(n *node, pane int64) bool {
	p := n.panes[pane]
	return p != nil && p.closed || pane+n.window <= s.watermark(n)
}

// closePanes closes the windows that the watermark has passed, and lets those go
// whose retention has passed.
func (s *Partition) closePanes() {
	for _, n := range s.nodes {
		if n.window == 0 {
			continue
		}
		if mark := s.watermark(n); mark > n.mark {
			n.mark = mark
			var passed []int64
			for start := range n.open {
				if start+n.window <= mark {
					passed = append(passed, start)
				}
			}
			slices.Sort(passed)
			for _, start := range passed {
				s.closePane(n, start)
			}
		}
		keep := n.retention().Milliseconds()
		for keep > 0 && len(n.closed) > 0 && s.carried-n.panes[n.closed[0]].closedAt >= keep {
			s.expirePane(n, n.closed[0])
			n.closed = n.closed[1:]
		}
	}
}

// closePane marks the window's rows for the queries that emit final results.
func (s *Partition) closePane(n *node, start int64) {
	delete(n.open, start)
	n.closed = append(n.closed, start)
	n.panes[start].closed, n.panes[start].closedAt = true, s.carried
	s.markState(stateKey{kind: keyPane, node: n.id, pane: start})
	for _, q := range n.queries {
		if q.Table == nil || !q.Table.Final {
			continue
		}
		for _, key := range n.keys(q.Position, start) {
			s.markRow(q, rowRef{start, key})
		}
	}
}

// expirePane forgets a closed window, here and in the store.
func (s *Partition) expirePane(n *node, start int64) {
	delete(n.panes, start)
	s.markState(stateKey{kind: keyPane, node: n.id, pane: start})
	for _, q := range n.queries {
		s.markWindowGone(q, start)
	}
	for _, seg := range n.segments {
		for key, g := range seg.dropPane(start) {
			r := rowRef{start, key}
			s.markGone(n, seg, r, g)
			for _, q := range n.queries {
				delete(q.rows, r)
			}
		}
	}
}

// retention returns the longest retention of the node's queries, 0 for ever.
func (n *node) retention() time.Duration {
	var longest time.Duration
	for _, q := range n.queries {
		if q.Limits.Retention == 0 {
			return 0
		}
		longest = max(longest, q.Limits.Retention)
	}
	return longest
}

// namedExpr is an output column.
type namedExpr = plan.NamedExpr
