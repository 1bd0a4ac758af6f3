package merge

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
)

// fakeLog is a member of the group over a fakeBroker's exchange; another fakeLog
// over the same one is another member.
type fakeLog struct {
	b          *fakeBroker
	member     int
	at         map[int32]int64
	paused     map[int32]bool
	commits    int
	abort      bool                  // the next Commit aborts
	limit      int                   // records of a partition in one Poll, 0: all
	during     func()                // called once, in the middle of the next restore
	committing func(context.Context) // called once, in the next Commit
	belief     map[int32]int64       // what it takes itself to own: it has not heard of a rebalance
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

// latest returns the checkpoints partition as after compaction: the newest value
// per key, without tombstones.
func (b *fakeBroker) latest(p int32) map[string][]byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := map[string][]byte{}
	for _, r := range b.checkpoint[p] {
		out[string(r.Key)] = r.Value
	}
	maps.DeleteFunc(out, func(_ string, v []byte) bool { return v == nil })
	return out
}

func (l *fakeLog) Poll(context.Context) ([]Record, error) {
	l.b.mu.Lock()
	defer l.b.mu.Unlock()
	var out []Record
	for _, p := range slices.Sorted(maps.Keys(l.at)) {
		at := l.at[p]
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
	if l.belief != nil {
		return l.belief
	}
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
	if during := l.during; during != nil {
		l.during = nil
		during()
	}
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

func (l *fakeLog) Commit(ctx context.Context, p int32, records []Record, offset int64) (int64, bool, error) {
	if hook := l.committing; hook != nil {
		l.committing = nil
		hook(ctx)
	}
	l.b.mu.Lock()
	defer l.b.mu.Unlock()
	if l.b.owner[p] != l.member {
		return 0, false, errors.New("fenced")
	}
	if l.abort {
		l.abort = false
		for q := range l.at { // as a GroupTransactSession does
			l.at[q] = l.b.group[q]
		}
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

// fakeRegistry is definitions at a position.
type fakeRegistry struct {
	mu   sync.Mutex
	defs *Definitions
	end  int64 // of the topic, where it is beyond the reader's position
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

func (r *fakeRegistry) End(context.Context) (int64, error) {
	return max(r.end, r.Snapshot().Position), nil
}

// fakeNotifier remembers.
type fakeNotifier struct {
	mu      sync.Mutex
	live    []string
	fail    []string
	done    []string
	failing error
	deaf    error // what Fail answers
}

func (n *fakeNotifier) Live(_ context.Context, queries []Live) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.failing == nil {
		for _, q := range queries {
			n.live = append(n.live, fmt.Sprintf("%s@%d", q.ID, q.Epoch))
		}
	}
	return n.failing
}

func (n *fakeNotifier) Complete(_ context.Context, q *Query) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.deaf != nil {
		return n.deaf
	}
	if n.failing == nil {
		n.done = append(n.done, q.ID)
	}
	return n.failing
}

func (n *fakeNotifier) Fail(_ context.Context, q *Query, reason string) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.deaf != nil {
		return n.deaf
	}
	if n.failing == nil {
		n.fail = append(n.fail, q.ID+": "+reason)
	}
	return n.failing
}
