package merge

import "fmt"

// checkLimits holds an aggregating query to its groups, states and result bytes.
func (s *Partition) checkLimits(u *sums, q *query) {
	if q.Table == nil || q.node == nil {
		return
	}
	if limit := q.Limits.MaxGroups; limit > 0 && u.groupsOf(q, limit) > limit {
		s.fail(q, fmt.Sprintf("more than max_groups = %d groups on one of the merge partitions", limit))
	}
	s.checkStates(u, q)
	limit := q.Limits.MaxResultBytes
	if limit == 0 || q.rowBytes == 0 {
		return
	}
	most := int64(float64(limit) / q.rowBytes)
	rows := q.listedRows()
	if !q.ranked() {
		rows = u.groupsOf(q, most)
	}
	if rows > most {
		s.fail(q, fmt.Sprintf("its rows are larger than max_result_bytes = %d", limit))
	}
}

// checkStates holds a query to the bytes of its states, as a checkpoint holds them. What
// its node has in all says about as much: it counts other queries' aggregates, also of some
// that have gone, and by how much states have grown in memory since the checkpoint. The
// query's own are therefore weighed only when that is too much, and again only when it has
// grown by what is missing.
func (s *Partition) checkStates(u *sums, q *query) {
	limit := q.Limits.MaxStateBytes
	if limit == 0 {
		return
	}
	own, w := u.heldBy(q).bytes, &q.weighed
	w.at = min(w.at, own) // a checkpoint counts anew
	if own <= limit || own <= w.at+w.room {
		return
	}
	w.at, own = own, q.ownBytes()
	w.room = max(limit-own, limit/8)
	if own > limit {
		s.fail(q, fmt.Sprintf("its aggregates keep more than max_state_bytes = %d on one of the merge partitions", limit))
	}
}

// weighed is how many bytes a node had when the states of one of its queries were weighed,
// and by how many more it may grow before they are again.
type weighed struct{ at, room int64 }

// ownBytes returns about how many bytes the keys and the query's own states take, as a
// checkpoint holds them.
func (q *query) ownBytes() (bytes int64) {
	n := q.node
	var enc []byte
	for _, seg := range n.segments[n.first(q.Position):] {
		for r, g := range seg.all() {
			bytes += keyBytes + int64(len(r.key))
			for _, a := range q.Table.Aggs {
				if at := n.aggIndex(a.ID); at >= 0 && at < len(g.states) && g.states[at] != nil {
					enc = g.states[at].Append(enc[:0])
					bytes += stateBytes + int64(len(enc))
				}
			}
		}
	}
	return bytes
}

// listedRows returns how many rows the query's ordered lists have.
func (q *query) listedRows() int64 {
	n := 0
	for _, rows := range q.listed {
		n += rows
	}
	return int64(n)
}

// logCap returns how many rows the query's log keeps: as many as it may, of those
// that fit its result bytes. 0 is without limit.
func (q *query) logCap() int64 {
	if q.Rows.Limit > 0 {
		return 0 // see checkFirst
	}
	most, bytes := q.Limits.LogRows, q.Limits.MaxResultBytes
	if bytes == 0 || q.rowBytes == 0 {
		return most
	}
	fit := max(1, int64(float64(bytes)/q.rowBytes))
	if most == 0 || fit < most {
		return fit
	}
	return most
}

// weigh keeps the mean of the rows' sizes.
func (q *query) weigh(size int) {
	if q.rowBytes == 0 {
		q.rowBytes = float64(size)
	}
	q.rowBytes += (float64(size) - q.rowBytes) / 64
}
