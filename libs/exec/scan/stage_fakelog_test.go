package scan_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/libs/exec/delta"
	"github.com/millrace/millrace/libs/exec/scan"
)

// fakeClock stands still until moved.
type fakeClock struct{ now time.Time }

func (c *fakeClock) Now() time.Time { return c.now }

// fakeLog is a topic, its group and one member at a time. What a transaction
// must always be is checked at every commit.
type fakeLog struct {
	t        *testing.T
	clock    *fakeClock
	in       []*input
	exchange int

	group  map[int32]int64 // committed offsets
	vector map[int32]int64 // as a merge that folds all seals has it
	gaps   map[int32][][2]int64

	owned   map[int32]scan.Assigned
	fetch   map[int32]int64
	gen     uint64
	lent    int          // records that are not released yet
	change  *scan.Polled // of the assignment, not yet polled
	stale   bool         // the assignment ended: the next transaction aborts
	paused  bool
	limit   int // records of one poll
	rewind  int64
	backlog int64
	polls   int

	open    *transaction
	commits []*transaction
	trace   []string

	// Faults.
	aborts                              int
	beginErr, endErr, endsErr, startErr error
	onEnd                               func()
}

func newFakeLog(t *testing.T, partitions, exchange int) *fakeLog {
	l := &fakeLog{
		t: t, clock: &fakeClock{time.UnixMilli(1_700_000_000_000)}, exchange: exchange, limit: 100,
		group: map[int32]int64{}, vector: map[int32]int64{}, gaps: map[int32][][2]int64{},
	}
	for range partitions {
		l.in = append(l.in, &input{})
	}
	return l
}

// add appends a record, or a hole.
func (l *fakeLog) add(p int32, r *scan.Record) {
	in := l.in[p]
	if r != nil {
		r.Partition, r.Offset, r.Time = p, in.end(), time.UnixMilli(appendTime(in.end()))
	}
	in.recs = append(in.recs, r)
}

// assign lets the next poll tell of an assignment.
func (l *fakeLog) assign(partitions ...int32) {
	l.end(nil)
	a := map[int32]scan.Assigned{}
	for _, p := range partitions {
		l.gen++
		a[p] = scan.Assigned{Offset: l.group[p], Generation: l.gen}
	}
	l.change = &scan.Polled{Assignment: a, Revoked: true}
}

// end lets the next poll tell that the assignment has ended.
func (l *fakeLog) end(assignment map[int32]scan.Assigned) {
	l.change = &scan.Polled{Revoked: true, Assignment: assignment}
	l.stale = true
}

// lend returns the record with a value that is spoilt when it is released: what
// still refers to it is wrong from then on.
func (l *fakeLog) lend(r scan.Record) scan.Record {
	value := slices.Clone(r.Value)
	l.lent++
	r.Value, r.Release = value, func() {
		l.lent--
		for i := range value {
			value[i] = '#'
		}
	}
	return r
}

func (l *fakeLog) Poll(ctx context.Context, wait time.Duration) (scan.Polled, error) {
	if l.polls++; l.polls > 50_000 {
		l.t.Fatal("the stage goes on for ever")
	}
	if ctx.Err() != nil {
		return scan.Polled{}, ctx.Err()
	}
	if l.change != nil {
		polled := *l.change
		l.change, l.stale = nil, false
		l.owned, l.fetch = polled.Assignment, map[int32]int64{}
		for p, a := range l.owned {
			l.fetch[p] = a.Offset
		}
		l.trace = append(l.trace, "assignment")
		return polled, nil
	}
	var out scan.Polled
	for _, p := range slices.Sorted(maps.Keys(l.owned)) {
		if l.paused {
			break
		}
		in := l.in[p]
		if l.fetch[p] < in.start || l.fetch[p] > in.end() {
			out.Lost = append(out.Lost, p)
			continue
		}
		for len(out.Records) < l.limit && l.fetch[p] < in.end() {
			if r := in.recs[l.fetch[p]]; r != nil {
				out.Records = append(out.Records, l.lend(*r))
			}
			l.fetch[p]++
		}
	}
	if len(out.Records) == 0 {
		l.clock.now = l.clock.now.Add(wait)
	}
	return out, nil
}

func (l *fakeLog) Begin() error {
	l.trace = append(l.trace, "begin")
	if l.open != nil {
		l.t.Error("a transaction is open")
	}
	l.open = &transaction{exchange: make([][]any, l.exchange)}
	return l.beginErr
}

func (l *fakeLog) Block(_ context.Context, p int32, value []byte) {
	b, err := delta.DecodeBlock(value)
	if err != nil {
		l.t.Error(err)
	}
	l.open.exchange[p] = append(l.open.exchange[p], b)
}

func (l *fakeLog) Seal(_ context.Context, p int32, value []byte) {
	s, err := delta.DecodeSeal(value)
	if err != nil {
		l.t.Error(err)
	}
	l.open.exchange[p] = append(l.open.exchange[p], s)
}

func (l *fakeLog) DeadLetter(_ context.Context, d scan.DeadLetter) {
	l.open.letters = append(l.open.letters, d)
}

func (l *fakeLog) End(ctx context.Context, offsets map[int32]int64) (bool, error) {
	if l.onEnd != nil {
		l.onEnd()
	}
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	if l.endErr != nil {
		return false, l.endErr
	}
	x := l.open
	l.open = nil
	if l.aborts > 0 || l.stale {
		l.aborts = max(l.aborts-1, 0)
		l.trace = append(l.trace, "abort")
		for p := range l.fetch {
			l.fetch[p] = max(l.group[p]-l.rewind, 0)
		}
		return false, nil
	}
	x.offsets = maps.Clone(offsets)
	l.check(x)
	maps.Copy(l.group, offsets)
	l.commits = append(l.commits, x)
	l.trace = append(l.trace, "commit")
	return true, nil
}

// check holds a transaction against the rules.
func (l *fakeLog) check(x *transaction) {
	l.t.Helper()
	for e, written := range x.exchange {
		if len(written) == 0 {
			l.t.Fatalf("nothing is written to exchange partition %d", e)
		}
		for i, w := range written {
			switch w := w.(type) {
			case *delta.Seal:
				if i != len(written)-1 {
					l.t.Errorf("exchange partition %d: a seal is record %d of %d", e, i, len(written))
				}
				if fmt.Sprint(*w) != fmt.Sprint(*x.seal()) {
					l.t.Errorf("exchange partition %d: seal %v, and %v in the first", e, *w, *x.seal())
				}
			case *delta.Block:
				if i == len(written)-1 {
					l.t.Fatalf("exchange partition %d ends in a block", e)
				}
				if w.Plan != x.seal().Plan {
					l.t.Errorf("a block has plan position %d, its seal %d", w.Plan, x.seal().Plan)
				}
			}
		}
	}
	to := map[int32]int64{}
	for _, p := range x.seal().Parts {
		if n, at := l.in[p.Partition].documents(p.From, p.To); p.Documents != n || p.Appended != at {
			l.t.Errorf("partition %d: the seal says %+v, for %d documents, the newest appended at %d", p.Partition, p, n, at)
		}
		to[p.Partition] = p.To
		at := l.vector[p.Partition]
		switch {
		case p.Gap && p.GapFrom == at:
			l.gaps[p.Partition] = append(l.gaps[p.Partition], [2]int64{p.GapFrom, p.From})
		case p.Gap || p.From != at:
			l.t.Errorf("partition %d: the seal says %+v, the vector %d", p.Partition, p, at)
		}
		l.vector[p.Partition] = p.To
	}
	if !maps.Equal(to, x.offsets) {
		l.t.Errorf("offsets %v are committed, the seal says %v", x.offsets, to)
	}
	if got, want := slices.Sorted(maps.Keys(x.offsets)), slices.Sorted(maps.Keys(l.owned)); !slices.Equal(got, want) {
		l.t.Errorf("offsets of partitions %v are committed, %v are assigned", got, want)
	}
}

func (l *fakeLog) Starts(context.Context) (map[int32]int64, error) {
	out := map[int32]int64{}
	for p, in := range l.in {
		out[int32(p)] = in.start
	}
	return out, l.startErr
}

func (l *fakeLog) Ends(context.Context) (map[int32]int64, error) {
	if l.endsErr != nil {
		return nil, l.endsErr
	}
	out := map[int32]int64{}
	for p, in := range l.in {
		out[int32(p)] = in.end()
	}
	return out, nil
}

func (l *fakeLog) Seek(_ context.Context, p int32, generation uint64, offset int64) error {
	if l.open != nil {
		l.t.Error("seek in a transaction")
	}
	if l.owned[p].Generation == generation {
		l.fetch[p] = offset
	}
	return nil
}

// Reason says what the error does.
func (l *fakeLog) Reason(err error) string {
	return "because " + err.Error()[strings.LastIndexByte(err.Error(), ' ')+1:]
}

func (l *fakeLog) Pause()  { l.paused = true }
func (l *fakeLog) Resume() { l.paused = false }

func (l *fakeLog) Backlog(context.Context) (int64, error) {
	if l.backlog < 0 {
		return 0, errors.New("away")
	}
	return l.backlog, nil
}
