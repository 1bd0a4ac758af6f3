package merge

import (
	"fmt"
	"slices"
)

// A query that wants the first rows to come is complete when it has them. How many it has
// had is what its node has counted since it began, so that nothing more has to be kept,
// and which rows are the first follows from the exchange alone.

// wants reports whether a row of the number, from 0, is one that the query shows.
func (r *Rows) wants(number uint64) bool {
	return r.Limit == 0 || number >= uint64(r.Skip) && number < r.enough()
}

// enough is how many rows there are when the query has all that it wants.
func (r *Rows) enough() uint64 { return uint64(r.Skip) + uint64(r.Limit) }

// had returns how many rows the node of row-returning queries, which are by position, has
// had since each of them began.
func (n *node) had(queries []*query) []uint64 {
	had, rows, at := make([]uint64, len(queries)), uint64(0), len(n.segments)
	for i, q := range slices.Backward(queries) {
		for first := n.first(q.Position); at > first; at-- {
			rows += n.segments[at-1].counters.Matched
		}
		had[i] = rows
	}
	return had
}

// checkFirst notes, once, that the query, which has had so many, has all the rows that it wants, or more bytes of
// them than it may have: of the first rows none makes room for later ones.
func (s *Partition) checkFirst(q *query, had uint64) {
	if q.Rows.Limit == 0 {
		return
	}
	shown := min(max(had, uint64(q.Rows.Skip))-uint64(q.Rows.Skip), uint64(q.Rows.Limit))
	if limit := q.Limits.MaxResultBytes; limit > 0 && float64(shown)*q.rowBytes > float64(limit) {
		s.fail(q, fmt.Sprintf("its rows are larger than max_result_bytes = %d", limit))
		return
	}
	if had >= q.Rows.enough() {
		s.complete(q)
	}
}
