package merge

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"
	"sync"
)

// fakeLog is one exchange with its checkpoints, and a group with one member. A
// second fakeLog over the same fakeBroker is another member.
type fakeLog struct {
	b       *fakeBroker
	member  int
	at      map[int32]int64
	paused  map[int32]bool
	commits int
	abort   bool // the next Commit aborts
	limit   int  // records of a partition in one Poll, 0: all
}

type fakeBroker struct {
	mu         sync.Mutex
	exchange   map[int32][]Record
	starts     map[int32]int64
	checkpoint map[int32][]Record
	group      map[int32]int64
	owner      map[int32]int   // partition → member
	generation map[int32]int64 // bumped at every change of owner
}

func newBroker(partitions int32) *fakeBroker {
	b := &fakeBroker{
		exchange: map[int32][]Record{}, starts: map[int32]int64{}, checkpoint: map[int32][]Record{},
		group: map[int32]int64{}, owner: map[int32]int{}, generation: map[int32]int64{},
	}
	for p := range partitions {
		b.generation[p] = 1
	}
	return b
}

// give makes member own every partition.
func (b *fakeBroker) give(member int) *fakeLog {
	b.mu.Lock()
	defer b.mu.Unlock()
	for p := range b.generation {
		b.owner[p] = member
		b.generation[p]++
	}
	return &fakeLog{b: b, member: member, at: map[int32]int64{}, paused: map[int32]bool{}}
}

func (b *fakeBroker) append(p int32, kind string, value []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.exchange[p] = append(b.exchange[p], Record{Partition: p, Offset: int64(len(b.exchange[p])), Value: value, Type: kind})
}

func (b *fakeBroker) marker(p int32) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.exchange[p] = append(b.exchange[p], Record{Partition: p, Offset: int64(len(b.exchange[p])), Control: true})
}

func (l *fakeLog) Poll(context.Context) ([]Record, error) {
	l.b.mu.Lock()
	defer l.b.mu.Unlock()
	var out []Record
	for p, at := range l.at {
		if l.paused[p] || l.b.owner[p] != l.member {
			continue
		}
		if at < l.b.starts[p] {
			return nil, fmt.Errorf("partition %d: offset %d out of range", p, at)
		}
		recs := l.b.exchange[p][at:]
		if l.limit > 0 {
			recs = recs[:min(len(recs), l.limit)]
		}
		out = append(out, recs...)
		l.at[p] = at + int64(len(recs))
	}
	return out, nil
}

func (l *fakeLog) Owned() map[int32]int64 {
	l.b.mu.Lock()
	defer l.b.mu.Unlock()
	out := map[int32]int64{}
	for p, m := range l.b.owner {
		if m == l.member {
			out[p] = l.b.generation[p]
		}
	}
	return out
}

func (l *fakeLog) Committed(_ context.Context, p int32) (int64, bool, error) {
	l.b.mu.Lock()
	defer l.b.mu.Unlock()
	o, ok := l.b.group[p]
	return o, ok, nil
}

func (l *fakeLog) Bounds(_ context.Context, p int32) (int64, int64, error) {
	l.b.mu.Lock()
	defer l.b.mu.Unlock()
	return l.b.starts[p], int64(len(l.b.exchange[p])), nil
}

func (l *fakeLog) Seek(_ context.Context, p int32, offset int64) error {
	l.at[p] = offset
	return nil
}

func (l *fakeLog) Pause(p int32)  { l.paused[p] = true }
func (l *fakeLog) Resume(p int32) { delete(l.paused, p) }

// Checkpoints hands out only the last value per key, as after compaction.
func (l *fakeLog) Checkpoints(_ context.Context, p int32, fn func(Record) error) error {
	l.b.mu.Lock()
	recs := slices.Clone(l.b.checkpoint[p])
	l.b.mu.Unlock()
	last := map[string]int{}
	for i, r := range recs {
		last[string(r.Key)] = i
	}
	for i, r := range recs {
		if last[string(r.Key)] == i {
			if err := fn(r); err != nil {
				return err
			}
		}
	}
	return nil
}

func (l *fakeLog) Commit(_ context.Context, p int32, records []Record, offset int64) (int64, bool, error) {
	l.b.mu.Lock()
	defer l.b.mu.Unlock()
	if l.b.owner[p] != l.member {
		return 0, false, errors.New("fenced")
	}
	if l.abort {
		l.abort = false
		l.at[p] = l.b.group[p]
		return 0, false, nil
	}
	for _, r := range records {
		r.Offset = int64(len(l.b.checkpoint[p]))
		l.b.checkpoint[p] = append(l.b.checkpoint[p], r)
	}
	l.b.group[p] = offset
	l.commits++
	return int64(len(l.b.checkpoint[p]) - 1), true, nil
}

func (l *fakeLog) Truncate(_ context.Context, p int32, before int64) error {
	l.b.mu.Lock()
	defer l.b.mu.Unlock()
	l.b.starts[p] = max(l.b.starts[p], before)
	return nil
}

// fakeStore obeys the rules of the Redis contract.
type fakeStore struct {
	mu      sync.Mutex
	fences  map[int32]Fence
	asOf    map[int32]AsOf
	queries map[string]*fakeResult
	failing error // what every write answers
	back    []string
}

type fakeResult struct {
	epoch   int64
	dropped bool
	rows    map[string]string // window + key → row
	tops    map[string][]string
	log     []string
	lastLog [2]int64
	meta    map[string]string
	counts  map[string]int64 // name:partition
	offset  map[int32]int64
}

func newStore() *fakeStore {
	return &fakeStore{fences: map[int32]Fence{}, asOf: map[int32]AsOf{}, queries: map[string]*fakeResult{}}
}

func (s *fakeStore) flushAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fences, s.asOf, s.queries = map[int32]Fence{}, map[int32]AsOf{}, map[string]*fakeResult{}
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
			lines = append(lines, id+" top"+key+" "+strings.Join(rows, " "))
		}
		for i, row := range q.log {
			lines = append(lines, fmt.Sprintf("%s log%04d %s", id, i, row))
		}
	}
	sort.Strings(lines)
	return strings.Join(lines, "\n")
}

func (s *fakeStore) Listed(context.Context) (map[string]int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[string]int64{}
	for id, q := range s.queries {
		if !q.dropped {
			out[id] = q.epoch
		}
	}
	return out, nil
}

func (s *fakeStore) Writer(p int32) Writer { return &fakeWriter{s: s, p: p} }

type fakeWriter struct {
	s    *fakeStore
	p    int32
	last Fence
}

func (w *fakeWriter) Fence() Fence { return w.last }

func (w *fakeWriter) Take(_ context.Context, token int64, least Fence, lost bool) (Fence, bool, error) {
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	if w.s.failing != nil {
		return Fence{}, false, w.s.failing
	}
	stored, ok := w.s.fences[w.p]
	if ok && stored.Token > token {
		return Fence{}, false, ErrFenced
	}
	if !ok {
		stored.Offset = -1
	}
	repair := lost || stored.Repair || !ok && least != (Fence{}) || stored.Less(least)
	w.last = Fence{Token: token, N: stored.N + 1, Offset: stored.Offset, Repair: repair}
	w.s.fences[w.p] = w.last
	return stored, repair, nil
}

// begin is the guard of every script.
func (w *fakeWriter) begin(offset int64) error {
	if w.s.failing != nil {
		return w.s.failing
	}
	f, ok := w.s.fences[w.p]
	switch {
	case ok && f.Token > w.last.Token:
		return ErrFenced
	case !ok || f.Token != w.last.Token || f.N != w.last.N:
		return ErrLost
	case offset < f.Offset:
		w.s.back = append(w.s.back, fmt.Sprintf("partition %d: %d after %d", w.p, offset, f.Offset))
	}
	w.last.N++
	w.last.Offset = max(offset, f.Offset)
	f.N, f.Offset = w.last.N, w.last.Offset
	w.s.fences[w.p] = f
	return nil
}

func (w *fakeWriter) Apply(_ context.Context, offset int64, ops []Op) (refused []string, err error) {
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	if err := w.begin(offset); err != nil {
		return nil, err
	}
	for _, op := range ops {
		switch op := op.(type) {
		case RowsOp:
			if r := w.open(op.Query, op.Epoch, false, &refused); r != nil {
				for _, row := range op.Set {
					r.rows[spanKey(op.Window)+row.Key] = string(row.JSON)
				}
				for _, key := range op.Del {
					delete(r.rows, spanKey(op.Window)+key)
				}
			}
		case TopOp:
			if r := w.open(op.Query, op.Epoch, false, &refused); r != nil {
				var rows []string
				for _, row := range op.Rows {
					rows = append(rows, string(row.JSON))
				}
				r.tops[spanKey(op.Window)] = rows
			}
		case LogOp:
			if r := w.open(op.Query, op.Epoch, false, &refused); r != nil {
				if op.Gap {
					r.log = append(r.log, "gap")
				}
				for _, e := range op.Entries {
					if id := [2]int64{e.Offset, e.Index}; slices.Compare(r.lastLog[:], id[:]) < 0 {
						r.lastLog = id
						r.log = append(r.log, string(e.JSON))
					}
				}
			}
		case MetaOp:
			if r := w.open(op.Query, op.Epoch, op.Failed, &refused); r != nil {
				for k, v := range op.Fields {
					r.meta[k] = v
				}
				for k, n := range op.Counters {
					r.counts[fmt.Sprintf("%s:%d", k, w.p)] = n
				}
			}
		case ForgetWindowOp:
			if r := w.open(op.Query, op.Epoch, false, &refused); r != nil {
				for key := range r.rows {
					if strings.HasPrefix(key, spanKey(&op.Window)) {
						delete(r.rows, key)
					}
				}
				delete(r.tops, spanKey(&op.Window))
			}
		case DropOp:
			if r := w.s.queries[op.Query]; r == nil || r.epoch < op.Epoch {
				w.s.queries[op.Query] = &fakeResult{epoch: op.Epoch, dropped: true}
			}
		}
	}
	return refused, nil
}

func spanKey(w *WindowSpan) string {
	if w == nil {
		return ""
	}
	return fmt.Sprintf("%d-%d", w.Start, w.End)
}

// open returns the query's results for a write of the epoch.
func (w *fakeWriter) open(id string, epoch int64, keep bool, refused *[]string) *fakeResult {
	r := w.s.queries[id]
	if r != nil && epoch < r.epoch {
		*refused = append(*refused, id)
		return nil
	}
	if r == nil || epoch > r.epoch && !keep || r.dropped {
		r = &fakeResult{rows: map[string]string{}, tops: map[string][]string{}, meta: map[string]string{}, counts: map[string]int64{}, lastLog: [2]int64{-1, 0}}
		w.s.queries[id] = r
	}
	r.epoch = epoch
	return r
}

func (w *fakeWriter) Finish(_ context.Context, offset int64, asOf AsOf, repaired bool) error {
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	if err := w.begin(offset); err != nil {
		return err
	}
	w.s.asOf[w.p] = asOf
	if repaired {
		f := w.s.fences[w.p]
		f.Repair, w.last.Repair = false, false
		w.s.fences[w.p] = f
	}
	return nil
}

func (w *fakeWriter) Look(context.Context) error {
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	f, ok := w.s.fences[w.p]
	switch {
	case ok && f.Token > w.last.Token:
		return ErrFenced
	case !ok || f.Token != w.last.Token || f.N != w.last.N:
		return ErrLost
	}
	return nil
}

func (w *fakeWriter) Sweep(_ context.Context, offset int64, s Sweep) ([]string, error) {
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	if err := w.begin(offset); err != nil {
		return nil, err
	}
	r := w.s.queries[s.Query]
	if r == nil || r.epoch != s.Epoch {
		return []string{s.Query}, nil
	}
	for full := range r.rows {
		var win *WindowSpan
		key := full
		if at := strings.IndexByte(full, '['); at > 0 {
			win = &WindowSpan{}
			_, _ = fmt.Sscanf(full[:at], "%d-%d", &win.Start, &win.End)
			key = full[at:]
		}
		if !s.Stays(win, key) {
			delete(r.rows, full)
		}
	}
	return nil, nil
}

// fakeRegistry is definitions at a position.
type fakeRegistry struct {
	mu   sync.Mutex
	defs *Definitions
}

func (r *fakeRegistry) Snapshot() *Definitions {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.defs
}

func (r *fakeRegistry) Wait(_ context.Context, position int64) error {
	if r.Snapshot().Position < position {
		return errors.New("not reached")
	}
	return nil
}

// fakeNotifier remembers.
type fakeNotifier struct {
	mu   sync.Mutex
	live []string
	fail []string
}

func (n *fakeNotifier) Live(_ context.Context, q *Query) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.live = append(n.live, fmt.Sprintf("%s@%d", q.ID, q.Epoch))
	return nil
}

func (n *fakeNotifier) Fail(_ context.Context, q *Query, reason string) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.fail = append(n.fail, q.ID+": "+reason)
	return nil
}
