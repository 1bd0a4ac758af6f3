package merge

import (
	"slices"
	"sort"
	"time"

	"github.com/millrace/millrace/libs/record"
)

// advance recomputes what a seal may have changed of the streams that it speaks about,
// closes and expires windows and finds the queries that are live now.
func (s *Partition) advance(spoken []*stream) {
	lives := false
	for _, st := range spoken {
		mark := s.streamMark(&st.Stream)
		if old, ok := s.watermarks[st.key]; !ok || mark > old {
			s.watermarks[st.key] = mark
		}
		lives = s.measureStream(st) || lives
	}
	s.closePanes()
	if lives {
		s.goLive()
	}
}

// streamMark returns the watermark that the seals folded so far allow: the least
// over the partitions that are neither at their end of input nor idle. Where all
// have ended it is the end of time if the inputs are bounded; a stream may go on
// after an end, and has the newest event time.
func (s *Partition) streamMark(st *Stream) int64 {
	mark := int64(endOfTime)
	ended, idle := 0, 0
	for p := range st.Partitions {
		at := s.vector[source{st.Topic, p}]
		switch {
		case at == nil:
			return startOfTime // not yet heard from
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
	if idle > 0 && ended+idle == int(st.Partitions) {
		return startOfTime // all idle: the watermark stands still
	}
	if ended == int(st.Partitions) && !s.topo.Bounded {
		return s.newest(st)
	}
	return mark
}

// newest returns the greatest event time of a stream.
func (s *Partition) newest(st *Stream) int64 {
	newest := int64(startOfTime)
	for p := range st.Partitions {
		if at := s.vector[source{st.Topic, p}]; at.newest != record.NoEventTime {
			newest = max(newest, at.newest)
		}
	}
	return newest
}

// watermark returns the node's watermark in microseconds: the least of its streams.
func (s *Partition) watermark(n *node) int64 {
	least := int64(endOfTime)
	for _, name := range n.streams {
		st := s.streams[name]
		if st == nil {
			return startOfTime
		}
		w, ok := s.watermarks[st.key]
		if !ok {
			return startOfTime
		}
		least = min(least, w)
	}
	return least
}

// isLate reports whether the window that starts at pane was closed by the
// watermark in force.
func (s *Partition) isLate(n *node, pane int64) bool {
	p := n.panes[pane]
	return p != nil && p.closed || pane+n.window <= s.watermark(n)
}

// closePanes closes the windows that the watermark has passed, and lets those go
// whose retention has passed.
func (s *Partition) closePanes() {
	for _, n := range s.windows {
		var u sums
		over := true // nothing comes any more
		for _, name := range n.streams {
			over = over && s.streams[name] != nil && s.streams[name].over
		}
		if mark := s.watermark(n); mark > n.mark || over && len(n.open) > 0 {
			n.mark = mark
			var passed []int64
			for start := range n.open {
				if over || start+n.window <= mark {
					passed = append(passed, start)
				}
			}
			slices.Sort(passed)
			for _, start := range passed {
				s.closePane(&u, n, start)
			}
		}
		for _, q := range n.queries {
			s.forgetPanes(&u, n, q)
		}
		keep := n.retention().Milliseconds()
		for keep > 0 && len(n.closed) > 0 && s.carried-n.panes[n.closed[0]].closedAt >= keep {
			s.expirePane(n, n.closed[0])
			n.closed = n.closed[1:]
		}
	}
}

// closePane marks the window's rows for the queries that emit final results, and
// one of them for the others, so that the store begins to count its retention.
func (s *Partition) closePane(u *sums, n *node, start int64) {
	delete(n.open, start)
	n.closed = append(n.closed, start)
	n.panes[start].closed, n.panes[start].closedAt = true, s.carried
	s.markState(stateKey{kind: keyPane, node: n.id, pane: start})
	for _, q := range slices.Backward(n.queries) {
		if !q.Table.Final && q.Limits.Retention == 0 {
			continue
		}
		keys := u.keysOf(q, start)
		if !q.Table.Final {
			keys = keys[:min(1, len(keys))]
		}
		for _, key := range keys {
			s.markRow(q, rowRef{start, key})
		}
	}
}

// forgetPanes lets the store forget the closed windows that a query keeps no
// longer; another may have them still.
func (s *Partition) forgetPanes(u *sums, n *node, q *query) {
	keep := q.Limits.Retention.Milliseconds()
	if keep == 0 || s.carried-keep <= q.forgot {
		return
	}
	passed := func(t int64) int {
		return sort.Search(len(n.closed), func(i int) bool { return n.panes[n.closed[i]].closedAt > t })
	}
	for _, start := range n.closed[passed(q.forgot):passed(s.carried-keep)] {
		if u.has(q, start) {
			s.markWindowGone(q, start)
		}
	}
	q.forgot = s.carried - keep
}

// expirePane forgets a closed window that no query keeps.
func (s *Partition) expirePane(n *node, start int64) {
	delete(n.panes, start)
	s.markState(stateKey{kind: keyPane, node: n.id, pane: start})
	for _, seg := range n.segments {
		for key, g := range seg.dropPane(start) {
			s.markGone(n, seg, rowRef{start, key}, g)
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
