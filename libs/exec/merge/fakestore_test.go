package merge

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"
)

// fakeStore obeys the rules of the Redis contract.
type fakeStore struct {
	mu      sync.Mutex
	fences  map[int32]Fence
	asOf    map[int32]AsOf
	queries map[string]*fakeResult
	back    []string // writes that took a result back

	failing error  // what every call answers, without effect
	refuses string // of the kinds of calls "rows", "drops", "finish" and "sweep" the one that ErrRefused answers
	mute    int    // so many writes have an effect and are not answered
	torn    int    // so many Applies have the first half of their operations done, and fail
	applied int    // Applies that were acknowledged
	onApply func(ops []Op)
}

type fakeResult struct {
	epoch   int64
	dropped bool
	rows    map[string]string // window + key → row
	tops    map[string][]string
	expires map[string]time.Duration // window → as last written
	log     []fakeEntry
	meta    map[string]string
	counts  map[string]int64 // name:partition
}

type fakeEntry struct {
	id  [2]int64
	row string // "gap" for a gap entry
}

func newResult(epoch int64) *fakeResult {
	return &fakeResult{
		epoch: epoch, rows: map[string]string{}, tops: map[string][]string{}, expires: map[string]time.Duration{},
		meta: map[string]string{}, counts: map[string]int64{},
	}
}

func newStore() *fakeStore {
	return &fakeStore{fences: map[int32]Fence{}, asOf: map[int32]AsOf{}, queries: map[string]*fakeResult{}}
}

func (s *fakeStore) flushAll() { s.become(newStore()) }

// become makes the store hold what a copy of it holds.
func (s *fakeStore) become(old *fakeStore) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := old.copy()
	s.fences, s.asOf, s.queries = now.fences, now.asOf, now.queries
}

// copy is what a backup, or a replica that lags, holds.
func (s *fakeStore) copy() *fakeStore {
	c := newStore()
	maps.Copy(c.fences, s.fences)
	maps.Copy(c.asOf, s.asOf)
	for id, q := range s.queries {
		c.queries[id] = &fakeResult{
			epoch: q.epoch, dropped: q.dropped, rows: maps.Clone(q.rows), tops: maps.Clone(q.tops), expires: maps.Clone(q.expires),
			log: slices.Clone(q.log), meta: maps.Clone(q.meta), counts: maps.Clone(q.counts),
		}
	}
	return c
}

// snapshot prints all rows, sorted.
func (s *fakeStore) snapshot() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var lines []string
	for id, q := range s.queries {
		for key, row := range q.rows {
			lines = append(lines, id+" "+key+" "+row)
		}
		for key, rows := range q.tops {
			if len(rows) > 0 {
				lines = append(lines, id+" top"+key+" "+strings.Join(rows, " "))
			}
		}
		for _, e := range q.log {
			lines = append(lines, fmt.Sprintf("%s log %d-%d %s", id, e.id[0], e.id[1], e.row))
		}
	}
	sort.Strings(lines)
	return strings.Join(lines, "\n")
}

// counter sums a query's counter over the partitions.
func (s *fakeStore) counter(id, name string) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	sum := int64(0)
	for k, n := range s.queries[id].counts {
		if strings.HasPrefix(k, name+":") {
			sum += n
		}
	}
	return sum
}

func (s *fakeStore) Listed(context.Context) (map[string]int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failing != nil {
		return nil, s.failing
	}
	out := map[string]int64{}
	for id, q := range s.queries {
		if !q.dropped {
			out[id] = q.epoch
		}
	}
	return out, nil
}

func (s *fakeStore) Reason(err error) string { return err.Error() }

func (s *fakeStore) Writer(p int32) Writer { return &fakeWriter{s: s, p: p} }

func (r *fakeResult) expire(w *WindowSpan, after time.Duration) {
	if w != nil && after > 0 {
		r.expires[spanKey(w)] = after
	}
}

// append appends to the log what comes after its last id.
func (r *fakeResult) append(op *LogOp, offset int64) {
	var last [2]int64
	if n := len(r.log); n > 0 {
		last = r.log[n-1].id
	}
	add := func(id [2]int64, row string) {
		r.log = append(r.log, fakeEntry{id, row})
		last = id
	}
	if op.Gap {
		first := offset
		if len(op.Entries) > 0 {
			first = op.Entries[0].Offset
		}
		switch {
		case first > last[0]:
			add([2]int64{first, 0}, "gap")
		case len(op.Entries) == 0 && last != [2]int64{}:
			add([2]int64{last[0], last[1] + 1}, "gap")
		}
	}
	for _, e := range op.Entries {
		if id := [2]int64{e.Offset, e.Index}; slices.Compare(last[:], id[:]) < 0 {
			add(id, string(e.JSON))
		}
	}
	if n := len(r.log); op.MaxLen > 0 && int64(n) > op.MaxLen {
		r.log = r.log[int64(n)-op.MaxLen:]
	}
}
