package merge

import "fmt"

// checkLimits holds an aggregating query to its groups and result bytes.
func (s *Partition) checkLimits(u *sums, q *query) {
	if q.Table == nil || q.node == nil {
		return
	}
	if limit := q.Limits.MaxGroups; limit > 0 && u.groupsOf(q, limit) > limit {
		s.fail(q, fmt.Sprintf("more than max_groups = %d groups on one of the merge partitions", limit))
	}
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
