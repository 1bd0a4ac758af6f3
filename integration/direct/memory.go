package direct

import (
	"context"
	"maps"
	"sync"

	"github.com/segmentio/encoding/json"

	"github.com/millrace/millrace/integration/reference"
	"github.com/millrace/millrace/libs/exec/merge"
)

// memLog is an exchange with one member that owns everything.
type memLog struct {
	records [][]merge.Record
	at      []int
	store   *memStore
	more    func() error // appends what is to come when the store has everything
}

func newLog(partitions int, store *memStore, more func() error) *memLog {
	return &memLog{records: make([][]merge.Record, partitions), at: make([]int, partitions), store: store, more: more}
}

func (l *memLog) append(p int32, kind string, value []byte) {
	l.records[p] = append(l.records[p], merge.Record{Partition: p, Offset: int64(len(l.records[p])), Type: kind, Value: value})
}

func (l *memLog) Poll(ctx context.Context) ([]merge.Record, error) {
	if l.settled() && !l.store.done() {
		if err := l.more(); err != nil {
			return nil, err
		}
	}
	var out []merge.Record
	for p := range l.records {
		out = append(out, l.records[p][l.at[p]:]...)
		l.at[p] = len(l.records[p])
	}
	if len(out) == 0 {
		<-ctx.Done()
	}
	return out, nil
}

// settled reports whether the store has all that there is.
func (l *memLog) settled() bool {
	for p := range l.records {
		if l.store.written(int32(p)) < int64(len(l.records[p])) {
			return false
		}
	}
	return true
}

func (l *memLog) Owned() map[int32]int64 {
	out := map[int32]int64{}
	for p := range l.records {
		out[int32(p)] = 1
	}
	return out
}

func (l *memLog) Committed(context.Context, int32) (int64, bool, error) { return 0, false, nil }

func (l *memLog) Bounds(_ context.Context, p int32) (int64, int64, error) {
	return 0, int64(len(l.records[p])), nil
}

func (l *memLog) Seek(context.Context, int32, int64) error { return nil }
func (l *memLog) Pause(int32)                              {}
func (l *memLog) Resume(int32)                             {}

func (l *memLog) Checkpoints(context.Context, int32, func(merge.Record) error) error { return nil }

func (l *memLog) Commit(context.Context, int32, []merge.Record, int64) (int64, bool, error) {
	return 0, true, nil
}

func (l *memLog) Truncate(context.Context, int32, int64) error { return nil }

// memStore keeps the latest rows.
type memStore struct {
	mu     sync.Mutex
	tables map[place]map[string]json.RawMessage
	tops   map[place][]merge.Row
	logs   map[string][]json.RawMessage
	ends   map[int32]bool
	next   map[int32]int64 // by merge partition: the first offset that is not written
	want   int
	ended  context.CancelFunc

	counters map[string]map[int32]map[string]int64 // of queries, by merge partition
}

type place struct {
	query  string
	window merge.WindowSpan
}

func newStore() *memStore {
	return &memStore{tables: map[place]map[string]json.RawMessage{}, tops: map[place][]merge.Row{}, logs: map[string][]json.RawMessage{}, ends: map[int32]bool{}, next: map[int32]int64{}, counters: map[string]map[int32]map[string]int64{}}
}

func (s *memStore) Listed(context.Context) (map[string]int64, error) { return nil, nil }

func (s *memStore) Writer(p int32) merge.Writer { return &memWriter{s, p} }

func (s *memStore) Reason(err error) string { return err.Error() }

func (s *memStore) done() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.ends) == s.want
}

// written returns the first offset of a merge partition that is not in the store.
func (s *memStore) written(p int32) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.next[p]
}

// holds reports whether there is anything of a query.
func (s *memStore) holds(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	held := len(s.logs[id]) > 0
	for at := range s.tables {
		held = held || at.query == id
	}
	for at := range s.tops {
		held = held || at.query == id
	}
	return held
}

// counted returns a query's counters: the sums of those that each partition has.
func (s *memStore) counted(id string) map[string]int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	sums := map[string]int64{}
	for _, partition := range s.counters[id] {
		for name, n := range partition {
			sums[name] += n
		}
	}
	return sums
}

// drop forgets a query.
func (s *memStore) drop(id string) {
	delete(s.logs, id)
	maps.DeleteFunc(s.tables, func(at place, _ map[string]json.RawMessage) bool { return at.query == id })
	maps.DeleteFunc(s.tops, func(at place, _ []merge.Row) bool { return at.query == id })
}

// rows returns a query's rows.
func (s *memStore) rows(q *merge.Query) []reference.Row {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []reference.Row
	for _, row := range s.logs[q.ID] {
		out = append(out, reference.Row{Query: q.ID, Key: json.RawMessage("[]"), Row: row})
	}
	for at, table := range s.tables {
		if at.query != q.ID {
			continue
		}
		for key, row := range table {
			out = append(out, reference.Row{Query: q.ID, Key: json.RawMessage(key), Row: row, Window: window(q, at)})
		}
	}
	for at, rows := range s.tops {
		if at.query != q.ID {
			continue
		}
		for _, row := range rows {
			out = append(out, reference.Row{Query: q.ID, Key: json.RawMessage(row.Key), Row: row.JSON, Window: window(q, at)})
		}
	}
	return out
}

func window(q *merge.Query, at place) *reference.Window {
	if q.Table.Window == 0 {
		return nil
	}
	return &reference.Window{Start: at.window.Start, End: at.window.End}
}

type memWriter struct {
	s *memStore
	p int32
}

func (w *memWriter) Take(_ context.Context, token int64, _ merge.Fence, _ bool) (merge.Fence, bool, error) {
	return merge.Fence{Token: token, Offset: -1}, false, nil
}

func (w *memWriter) Look(context.Context) error { return nil }
func (w *memWriter) Fence() merge.Fence         { return merge.Fence{} }

func (w *memWriter) Sweep(context.Context, int64, merge.Sweep) ([]string, error) { return nil, nil }

func (w *memWriter) Finish(_ context.Context, offset int64, asOf merge.AsOf, _ bool) error {
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	w.s.next[w.p] = offset + 1
	if asOf.Ended {
		w.s.ends[w.p] = true
	}
	if len(w.s.ends) == w.s.want {
		w.s.ended()
	}
	return nil
}

func (w *memWriter) Apply(_ context.Context, _ int64, ops []merge.Op) ([]string, error) {
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	for _, op := range ops {
		switch op := op.(type) {
		case merge.RowsOp:
			at := placeOf(op.Query, op.Window)
			table := w.s.tables[at]
			if table == nil {
				table = map[string]json.RawMessage{}
				w.s.tables[at] = table
			}
			for _, row := range op.Set {
				table[row.Key] = row.JSON
			}
			for _, key := range op.Del {
				delete(table, key)
			}
		case merge.TopOp:
			w.s.tops[placeOf(op.Query, op.Window)] = op.Rows
		case merge.MetaOp:
			if op.Counters != nil {
				if w.s.counters[op.Query] == nil {
					w.s.counters[op.Query] = map[int32]map[string]int64{}
				}
				w.s.counters[op.Query][w.p] = maps.Clone(op.Counters)
			}
		case merge.DropOp:
			w.s.drop(op.Query)
		case merge.LogOp:
			for _, e := range op.Entries {
				w.s.logs[op.Query] = append(w.s.logs[op.Query], e.JSON)
			}
		}
	}
	return nil, nil
}

func placeOf(query string, w *merge.WindowSpan) place {
	if w == nil {
		return place{query: query}
	}
	return place{query, *w}
}
