package merge

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/segmentio/encoding/json"

	"github.com/millrace/millrace/libs/exec/agg"
	"github.com/millrace/millrace/libs/sql/plan"
)

// load decodes the state for the nodes that the definitions still know, and
// marks the rest for deletion.
func (s *Partition) load(state map[stateRecord][]byte) error {
	var groups []groupChunk
	rated := map[plan.ID]*node{}
	for at, value := range state {
		k := at.stateKey
		n := s.nodes[k.node]
		switch k.kind {
		case keyGroup:
			groups = append(groups, groupChunk{k, at.chunk, value})
		case keyCounters:
			seg := s.landing(n, k)
			if seg == nil {
				s.markState(k)
				continue
			}
			var c counters
			if err := json.Unmarshal(value, &c); err != nil {
				return fmt.Errorf("counters: %w", err)
			}
			seg.counters.add(c)
			s.moved(k, seg)
		case keyMinute:
			seg := s.landing(n, k)
			if seg == nil {
				s.markState(k)
				continue
			}
			r, err := decodeRate(value)
			if err != nil {
				return err
			}
			seg.count(k.minute(), r)
			s.moved(k, seg)
			rated[n.id] = n
		case keyPane:
			if n == nil || n.window == 0 || s.since(n, s.covered) {
				s.markState(k) // of a stream of that name that is gone: its time had passed
				continue
			}
			at, w := binary.Varint(value)
			if w <= 0 {
				return fmt.Errorf("%w: pane", errStates)
			}
			n.panes[k.pane] = &pane{closed: true, closedAt: at}
		case keyPassed:
			if err := s.loadPassed(k, value); err != nil {
				return err
			}
		}
	}
	suspects, err := s.loadGroups(groups)
	if err != nil {
		return err
	}
	for _, n := range rated {
		for _, seg := range n.segments {
			s.forgetMinutes(n, seg)
		}
	}
	s.loadWindows()
	return s.recallErrors(suspects)
}

// landing returns the segment that state of the key's segment belongs to now:
// since the checkpoint, queries may have gone and segments been folded.
func (s *Partition) landing(n *node, k stateKey) *segment {
	if n == nil {
		return nil
	}
	return n.floor(k.segment)
}

// moved marks state that was folded into another segment.
func (s *Partition) moved(k stateKey, seg *segment) {
	if seg.start == k.segment {
		return
	}
	s.markState(k)
	k.segment = seg.start
	s.markState(k)
}

// loadWindows rebuilds the order in which windows were closed.
func (s *Partition) loadWindows() {
	for _, n := range s.windows {
		for _, seg := range n.segments {
			for start := range seg.panes {
				if n.panes[start] == nil {
					n.panes[start] = &pane{}
				}
			}
		}
		for start, p := range n.panes {
			if p.closed {
				n.closed = append(n.closed, start)
			} else {
				n.open[start] = struct{}{}
			}
		}
		slices.SortFunc(n.closed, func(a, b int64) int {
			return cmp.Or(cmp.Compare(n.panes[a].closedAt, n.panes[b].closedAt), cmp.Compare(a, b))
		})
	}
}

// recallErrors finds the rows in the store whose output has an error, which no
// checkpoint says, so that counters go on as they were. suspects are the nodes that may
// have some.
func (s *Partition) recallErrors(suspects map[plan.ID]*node) error {
	for _, n := range suspects {
		var u sums
		for _, q := range slices.Backward(n.queries) {
			if q.Table == nil || q.Table.TopRows {
				continue
			}
			for r := range u.rowsOf(q) {
				if !s.shown(q, r.pane) {
					continue
				}
				if err := s.recallError(&u, q, r); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// recallError computes the row where one of its aggregates is an error.
func (s *Partition) recallError(u *sums, q *query, r rowRef) error {
	states, _ := u.states(q, r)
	if !slices.ContainsFunc(states, func(st agg.State) bool { _, err := st.Result(); return err != nil }) {
		return nil
	}
	if q.ranked() {
		if q.errors[rowRef{pane: r.pane}] > 0 {
			return nil // counted with another row of the list
		}
		_, err := s.ranking(u, q, r.pane)
		return err
	}
	out, _, err := s.compute(u, q, r)
	q.noteErrors(r, out.errors())
	return err
}
