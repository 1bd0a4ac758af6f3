package merge

import (
	"strconv"
	"time"

	"github.com/segmentio/encoding/json"
)

// factsOps returns the operation that writes what is owed of the query's facts,
// where this partition writes them, and its share of the counters; none where
// there is nothing to say.
func (s *Partition) factsOps(u *sums, q *query) []Op {
	if !q.touch && !q.count {
		return nil
	}
	op := MetaOp{Query: q.ID, Epoch: q.Epoch, Known: q.known, Counters: s.queryCounters(u, q)}
	if q.Failed != "" && q.Failing >= 0 {
		op.Keep, op.Kept = true, q.Failing
	}
	if !q.touch {
		if op.Counters == nil {
			return nil
		}
		return []Op{op}
	}
	status := "accepted"
	switch {
	case q.Complete:
		status = "completed"
	case q.Failed != "":
		status = "failed"
	case q.live:
		status = "live"
	}
	columns, _ := json.Marshal(q.Info.Columns)
	labels, _ := json.Marshal(q.Info.Labels)
	op.Fields = map[string]string{
		"sql":     q.Info.SQL,
		"status":  status,
		"reason":  q.Failed,
		"columns": string(columns),
		"owner":   q.Info.Owner,
		"labels":  string(labels),
		"epoch":   strconv.FormatInt(q.Epoch, 10),
		"started": q.Info.Submitted.UTC().Format(time.RFC3339Nano),
	}
	if q.live && q.passed >= 0 {
		op.Fields["passed"] = strconv.FormatInt(q.passed, 10)
	}
	op.Listing, _ = json.Marshal(listing{
		ID: q.ID, Epoch: q.Epoch, Status: status, Owner: q.Info.Owner, Labels: q.Info.Labels,
		SQL: q.Info.SQL, Reason: q.Failed, Started: op.Fields["started"],
	})
	return []Op{op}
}

// listing is a query's line in the store's listing.
type listing struct {
	ID      string            `json:"id"`
	Epoch   int64             `json:"epoch"`
	Status  string            `json:"status"`
	Owner   string            `json:"owner,omitempty"`
	Labels  map[string]string `json:"labels,omitempty"`
	SQL     string            `json:"sql"`
	Reason  string            `json:"reason,omitempty"`
	Started string            `json:"started"`
}

// queryCounters returns this partition's share of the query's counters, nil
// before there is anything to count.
func (s *Partition) queryCounters(u *sums, q *query) map[string]int64 {
	if q.node == nil {
		return nil
	}
	c := u.countersOf(q)
	errs := int64(c.Errors) + q.outputErrors()
	if c == (counters{}) && errs == 0 {
		return nil
	}
	out := map[string]int64{"matched": int64(c.Matched)}
	if q.node.window > 0 {
		out["late"], out["no_time"] = int64(c.Late), int64(c.NoTime)
	}
	out["errors"], out["mismatches"] = errs, int64(c.Mismatches)
	return out
}

// asOf says up to where the partition's results go.
func (s *Partition) asOf() AsOf {
	a := AsOf{Vector: map[string]map[int32]int64{}}
	ended := 0
	for src, at := range s.vector {
		if a.Vector[src.topic] == nil {
			a.Vector[src.topic] = map[int32]int64{}
		}
		a.Vector[src.topic][src.partition] = at.to
		if at.end {
			ended++
		}
	}
	want := 0
	for _, st := range s.streams {
		want += int(st.Partitions)
	}
	a.Ended = ended == want
	a.Time, a.Times = s.leastTime(), s.times()
	return a
}

// leastTime returns the least watermark over the streams that there always are and that
// have not ended, in milliseconds; nil before the first, or where all have.
func (s *Partition) leastTime() *int64 {
	least := int64(endOfTime)
	for _, st := range s.streams {
		if mark, ok := s.watermarks[st.key]; ok && st.position == always {
			least = min(least, mark)
		}
	}
	if least == startOfTime || least == endOfTime {
		return nil
	}
	ms := least / 1000
	return &ms
}

// times returns the watermarks of the streams that have one and have not ended, in
// milliseconds.
func (s *Partition) times() map[string]int64 {
	times := map[string]int64{}
	for name, mark := range s.marks() {
		if mark != startOfTime && mark != endOfTime {
			times[name] = mark / 1000
		}
	}
	return times
}

// marks returns the watermarks by the names of the streams.
func (s *Partition) marks() map[string]int64 {
	marks := make(map[string]int64, len(s.streams))
	for name, st := range s.streams {
		if mark, ok := s.watermarks[st.key]; ok {
			marks[name] = mark
		}
	}
	return marks
}
