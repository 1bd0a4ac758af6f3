package merge

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/millrace/millrace/libs/exec/delta"
	"github.com/millrace/millrace/libs/record"
)

// minute is one for which the rows of a row-returning query are counted: of event
// time or, for rows that have none, of carried time. Counting by event time makes
// the verdict one on the data, whatever the speed at which a backlog is scanned.
type minute struct {
	carried bool
	at      int64 // minutes since 1970
}

func compareMinutes(a, b minute) int {
	if a.carried != b.carried {
		if b.carried {
			return -1
		}
		return 1
	}
	return cmp.Compare(a.at, b.at)
}

// String names the minute for people.
func (m minute) String() string {
	at := time.Unix(60*m.at, 0).UTC().Format("2006-01-02T15:04Z")
	if m.carried {
		return at + ", when rows without a timestamp were scanned,"
	}
	return at
}

// rate is how many rows a minute has had.
type rate struct {
	rows    uint64
	touched int64 // exchange offset of the last of them
}

// mostMinutes bounds the minutes that a segment counts. Those that were not
// touched for longest go: several scan partitions that are hours apart in a
// backlog, or a post of the far future, take no place that another needs. A minute
// that goes and comes back begins anew, so that no query fails for it.
const mostMinutes = 64

// minuteOf returns the minute that a row counts for.
func (s *Partition) minuteOf(r *delta.Row) minute {
	if r.EventTime == record.NoEventTime {
		return minute{carried: true, at: floorDiv(s.carried, 60_000)}
	}
	return minute{at: floorDiv(r.EventTime, 60_000_000)}
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// countRows counts a block's rows and holds the queries that get them to their
// limits.
func (s *Partition) countRows(n *node, seg *segment, position, offset int64, rows []delta.Row) {
	counts := map[minute]uint64{}
	for i := range rows {
		counts[s.minuteOf(&rows[i])]++
	}
	touched := slices.SortedFunc(maps.Keys(counts), compareMinutes)
	for _, m := range touched {
		seg.count(m, rate{counts[m], offset})
		s.markMinute(n, seg, m)
	}
	s.checkRates(n, n.until(position), touched)
	s.forgetMinutes(n, seg)
}

// count adds to a minute.
func (s *segment) count(m minute, r rate) {
	if s.rates == nil {
		s.rates = map[minute]rate{}
	}
	old := s.rates[m]
	s.rates[m] = rate{old.rows + r.rows, max(old.touched, r.touched)}
}

// checkRates fails the queries, which are by position, that have more rows in one of
// the minutes than a minute may have.
func (s *Partition) checkRates(n *node, queries []*query, minutes []minute) {
	rows := make([]uint64, len(minutes)) // of the segments from at on
	at := len(n.segments)
	for _, q := range slices.Backward(queries) {
		limit := q.Limits.MaxRowsPerSecond
		if limit == 0 || limit > math.MaxInt64/60 || q.Rows.Limit > 0 {
			continue // the first rows are as many as was said
		}
		for first := n.first(q.Position); at > first; at-- {
			for i, m := range minutes {
				rows[i] += n.segments[at-1].rates[m].rows
			}
		}
		if i := slices.IndexFunc(rows, func(n uint64) bool { return n > uint64(60*limit) }); i >= 0 {
			s.fail(q, fmt.Sprintf("%d rows in the minute %s are more than 60 × max_rows_per_second (%d) = %d", rows[i], minutes[i], limit, 60*limit))
		}
	}
}

// forgetMinutes lets the minutes go that are too many.
func (s *Partition) forgetMinutes(n *node, seg *segment) {
	if len(seg.rates) <= mostMinutes {
		return
	}
	order := slices.SortedFunc(maps.Keys(seg.rates), func(a, b minute) int {
		return cmp.Or(cmp.Compare(seg.rates[a].touched, seg.rates[b].touched), compareMinutes(a, b))
	})
	for _, m := range order[:len(order)-mostMinutes] {
		delete(seg.rates, m)
		s.markMinute(n, seg, m)
	}
}

func (s *Partition) markMinute(n *node, seg *segment, m minute) {
	s.markState(minuteKey(n, seg, m))
}

func minuteKey(n *node, seg *segment, m minute) stateKey {
	k := stateKey{kind: keyMinute, node: n.id, segment: seg.start, pane: m.at}
	if m.carried {
		k.key = carriedMinute
	}
	return k
}

// carriedMinute is the end of a key that names a minute of carried time.
const carriedMinute = "c"

// minute returns the minute that the key names.
func (k *stateKey) minute() minute { return minute{carried: k.key == carriedMinute, at: k.pane} }

// appendRate writes a minute's count.
func appendRate(dst []byte, r rate) []byte {
	return binary.AppendUvarint(binary.AppendUvarint(dst, r.rows), uint64(r.touched))
}

// decodeRate reads what appendRate wrote.
func decodeRate(b []byte) (rate, error) {
	rows, n := binary.Uvarint(b)
	if n <= 0 {
		return rate{}, fmt.Errorf("%w: minute", errStates)
	}
	touched, m := binary.Uvarint(b[n:])
	if m <= 0 || n+m != len(b) || touched > math.MaxInt64 {
		return rate{}, fmt.Errorf("%w: minute", errStates)
	}
	return rate{rows, int64(touched)}, nil
}
