package merge

import (
	"context"
	"errors"
	"maps"
	"testing"
	"time"

	"github.com/millrace/millrace/libs/exec/delta"
)

// observed returns how many durations were observed from append to result, and
// their sum.
func (b *bench) observed() (int, time.Duration) {
	count, sum, _ := b.stage.cfg.Metrics.AppendToResult.Read()
	return int(count), time.Duration(sum * float64(time.Second)).Round(time.Millisecond)
}

// TestAppendToResult: what is observed, and when.
func TestAppendToResult(t *testing.T) {
	b := newBench(t, 2, 1)
	now := time.UnixMilli(1_000_000)
	metrics := &Metrics{}
	b.edit = func(c *Config) { c.Now, c.Metrics = func() time.Time { return now }, metrics }
	b.restart()
	q := count(t, "q", "all", 1)
	b.define([]*Query{q}, nil)
	want := func(n int, sum time.Duration) {
		t.Helper()
		if count, got := b.observed(); count != n || got != sum {
			t.Fatalf("%d observations of %v, want %d of %v", count, got, n, sum)
		}
	}
	b.step()
	b.commit(0, 1, q, post{"a", 0})
	now = time.UnixMilli(b.wall) // when the post was appended
	b.sealAll(1, 1, nil)         // nothing was read
	b.store.failing = ErrRefused
	b.step()
	want(0, 0)
	now = now.Add(3 * time.Second)
	b.store.failing = nil
	b.step()
	want(1, 3*time.Second)
	b.step()
	want(1, 3*time.Second)

	// A clock that is behind, and documents of which none matched.
	b.sealAll(0, 1, func(p *delta.SealPart) { p.To, p.Documents, p.Appended = p.To+1, 9, now.UnixMilli()+5000 })
	b.flushOnly()
	want(2, 3*time.Second)

	// What an earlier owner has had acknowledged is replayed, and not observed.
	b.restart()
	now = now.Add(time.Second)
	b.step()
	want(2, 3*time.Second)
	b.commit(1, 1, q, post{"a", 0})
	now = time.UnixMilli(b.wall).Add(time.Second)
	b.step()
	want(3, 4*time.Second)
}

// TestFreshnessIsBounded: what is near by is counted as one.
func TestFreshnessIsBounded(t *testing.T) {
	var f freshness
	const n = 10*mostPending + 1
	for i := range int64(n) {
		f.note(&delta.Seal{Parts: []delta.SealPart{{Documents: 1, Appended: 1 + i}, {}}})
		if len(f.pending) > mostPending {
			t.Fatalf("%d are pending", len(f.pending))
		}
	}
	var m Metrics
	f.acknowledged(time.UnixMilli(n), &m.AppendToResult)
	count, sum, _ := m.AppendToResult.Read()
	exact := float64(n) * (n - 1) / 2 / 1000
	if count != n || sum < exact || sum > 1.01*exact {
		t.Errorf("%d observations of %v s, want %d of little more than %v", count, sum, n, exact)
	}
}

// TestReasons counts what the store and the log do not take.
func TestReasons(t *testing.T) {
	b := newBench(t, 1, 1)
	metrics := &Metrics{}
	b.edit = func(c *Config) { c.Metrics = metrics }
	b.restart()
	q := count(t, "q", "all", 1)
	b.define([]*Query{q}, nil)
	b.commit(0, 1, q, post{"a", 0})
	b.step()
	for _, failure := range []error{ErrRefused, errNoAnswer, errNoAnswer} {
		b.store.failing = failure
		b.commit(0, 1, q, post{"a", 0})
		b.step()
	}
	b.store.failing = nil
	b.step()
	b.store.flushAll()
	b.step()
	b.step()
	b.store.queries["q"].epoch = 9
	b.commit(0, 1, q, post{"a", 0})
	b.step()
	if got, want := metrics.Refused.Read(), map[string]int64{
		ErrRefused.Error(): 1, errNoAnswer.Error(): 2, ErrLost.Error(): 1, ReasonEpoch: 1,
	}; !maps.Equal(got, want) {
		t.Errorf("refused %v, want %v", got, want)
	}
	b.log().abort = true
	b.commit(0, 1, q, post{"a", 0})
	b.step()
	b.restart()
	b.log().abort = true // the claim
	b.step()
	b.broker.give(99)
	b.stage.owned[0] = &owned{Partition: newPartition(0, &b.topo, 0), writer: b.store.Writer(0)}
	if err := b.stage.saveCheckpoint(context.Background(), b.stage.owned[0]); err == nil {
		t.Error("a zombie checkpoints")
	}
	if got, want := metrics.Aborts.Read(), map[string]int64{AbortRebalance: 2, AbortFailed: 1}; !maps.Equal(got, want) {
		t.Errorf("aborted %v, want %v", got, want)
	}
	if n, _, _ := metrics.Commits.Read(); n == 0 {
		t.Error("no checkpoint is timed")
	}

	zombie := b.stage
	b.log().belief = map[int32]int64{0: 0}
	b.restart()
	b.step()
	o := &owned{Partition: newPartition(0, &b.topo, 0), writer: zombie.cfg.Store.Writer(0), lost: true}
	if err := zombie.flush(context.Background(), o); !errors.Is(err, ErrFenced) || metrics.Refused.Read()[ErrFenced.Error()] != 1 {
		t.Errorf("%v; refused %v", err, metrics.Refused.Read())
	}
}

// TestStateBytes: behind a checkpoint, and behind a restore, what is measured is
// what a reader of the checkpoints finds.
func TestStateBytes(t *testing.T) {
	b := newBench(t, 1, 2)
	b.topo.Streams["tweets"] = Stream{Topic: topic, Partitions: 1}
	b.restart()
	a, again := sum(t, "a", "all", 1), sum(t, "again", "all", 3)
	windows := count(t, "windows", "windows", 1, windowed, retention(time.Second))
	tops := topPosts(t, "tops", "tops", 1, 50)
	qs := []*Query{a, windows, tops}
	b.define(qs, nil)
	b.step()
	measured := func() (total, dirty int64) {
		for p, o := range b.stage.owned {
			b.stage.cfg.Metrics.measure(o)
			m := b.stage.cfg.Metrics.Partitions()[p]
			total, dirty = total+m.StateBytes, dirty+m.DirtyBytes
		}
		return total, dirty
	}
	held := func() (n int64) {
		for p := range b.topo.Partitions {
			for key, value := range b.broker.latest(p) {
				if key[0] == keyGroup {
					n += int64(len(key) + len(value))
				}
			}
		}
		return n
	}
	exact := func(step string) {
		t.Helper()
		b.step()
		total, dirty := measured()
		if want := held(); total != want || want == 0 && step != "all dropped" || dirty != 0 {
			t.Fatalf("%s: %d bytes are measured, %d of them changed; %d are checkpointed", step, total, dirty, want)
		}
		if m := b.stage.cfg.Metrics.Partitions()[0]; m.DirtyRows != 0 {
			t.Fatalf("%s: %d rows are owed", step, m.DirtyRows)
		}
	}
	for i := range int64(20) {
		b.commitAll(0, 1, qs, post{"a", i * second}, post{string(rune('b' + i)), i * second})
	}
	b.flushOnly()
	if total, dirty := measured(); total < 1000 || dirty < 1000 {
		t.Errorf("before the first checkpoint: %d bytes, %d of them changed", total, dirty)
	}
	exact("checkpointed")
	b.restart()
	exact("restored")
	b.commitAll(0, 1, qs, post{"a", 25 * second})
	b.wall += 5000
	b.sealAll(0, 1, nil) // windows expire
	exact("windows expired")
	b.define(append(qs, again), nil)
	b.commitAll(0, 3, qs, post{"a", 26 * second})
	exact("two segments")
	b.define(append(qs, count(t, "more", "all", 5)), map[string]int64{"again": 4})
	b.commitAll(0, 5, qs, post{"a", 27 * second})
	exact("segments folded")
	b.restart()
	b.define([]*Query{a}, map[string]int64{"again": 4, "windows": 6, "tops": 7, "more": 8})
	exact("queries dropped")
	b.define(nil, map[string]int64{"again": 4, "windows": 6, "tops": 7, "more": 8, "a": 9})
	exact("all dropped")
}
