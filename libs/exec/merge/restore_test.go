package merge

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestNothingIsWrittenBeforeTheStoredOffset(t *testing.T) {
	b := newBench(t, 1, 1)
	q := count(t, "q", "all", 1)
	b.define([]*Query{q}, nil)
	b.step()
	for range 5 {
		b.commit(0, 1, q, post{"a", 0})
	}
	b.flushOnly() // written, and not checkpointed
	b.want(`q ["a"] {"n":5}`)
	stored := b.store.fences[0].Offset
	b.restart()
	b.log().limit = 1
	seen := b.dropsSeen()
	b.define([]*Query{q}, map[string]int64{"other": 2})
	for range 14 {
		b.step()
		b.want(`q ["a"] {"n":5}`)
		if f := b.store.fences[0]; f.Offset < stored {
			t.Fatalf("the offset went back from %d to %d", stored, f.Offset)
		}
		if o := b.stage.owned[0]; o.silent() && b.log().commits > 1 {
			t.Fatal("a silent partition has checkpointed more than its claim")
		}
	}
	if len(*seen) != 1 {
		t.Fatalf("drops %v: they need not wait", *seen)
	}
	b.commit(0, 1, q, post{"a", 0})
	b.log().limit = 0
	b.step()
	b.want(`q ["a"] {"n":6}`)
}

// TestAFenceBeyondTheExchangeIsRefused: the exchange was made anew.
func TestAFenceBeyondTheExchangeIsRefused(t *testing.T) {
	b := newBench(t, 1, 1)
	b.store.fences[0] = Fence{Token: 0, N: 4, Offset: 7}
	if err := b.stage.step(t.Context(), true); !errors.Is(err, ErrIncarnation) {
		t.Fatalf("got %v, want ErrIncarnation", err)
	}
}

// TestACheckpointMustFitTheExchange: loudly, after it was read again.
func TestACheckpointMustFitTheExchange(t *testing.T) {
	for name, spoil := range map[string]func(b *bench){
		"the checkpoint is gone": func(b *bench) {
			b.broker.checkpoint[0] = nil
			delete(b.broker.group, 0)
		},
		"records are gone": func(b *bench) { b.broker.starts[0]++ },
		"the exchange ends before": func(b *bench) {
			b.broker.exchange[0] = b.broker.exchange[0][:1]
			b.broker.starts[0] = 1
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, 1, 1)
				q := count(t, "q", "all", 1)
				b.define([]*Query{q}, nil)
				b.commit(0, 1, q, post{"a", 0})
				b.step()
				spoil(b)
				b.restart()
				if err := b.stage.step(t.Context(), true); !errors.Is(err, ErrContinuity) {
					t.Fatalf("got %v, want ErrContinuity", err)
				}
			})
		})
	}
}

// TestTheCheckpointsOffsetCounts, not the group's: an idle group loses it.
func TestTheCheckpointsOffsetCounts(t *testing.T) {
	b := newBench(t, 1, 1)
	q := count(t, "q", "all", 1)
	b.define([]*Query{q}, nil)
	b.commit(0, 1, q, post{"a", 0})
	b.step()
	delete(b.broker.group, 0)
	b.broker.starts[0] = 0 // and nothing was deleted yet
	b.commit(0, 1, q, post{"a", 0})
	b.restart()
	b.step()
	b.want(`q ["a"] {"n":2}`)
}

func TestARestoreThatStraddlesARebalanceIsDiscarded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, 1, 1)
		q := count(t, "q", "all", 1)
		b.define([]*Query{q}, nil)
		b.commit(0, 1, q, post{"a", 0})
		b.step()
		b.restart()
		other := b.stage
		b.log().during = func() {
			// Another member takes the partition, folds on and checkpoints.
			here := b.stage
			b.restart()
			b.commit(0, 1, q, post{"a", 0})
			b.step()
			b.stage = here
			b.broker.give(b.member - 1) // and this one gets it back
		}
		if err := other.reconcile(t.Context()); err != nil {
			t.Fatal(err)
		}
		if len(other.owned) > 0 {
			t.Fatal("state of before the rebalance is kept")
		}
		b.stage = other
		b.step()
		b.want(`q ["a"] {"n":2}`)
	})
}

// TestStateGoesWithItsGeneration: another member has had the partition meanwhile.
func TestStateGoesWithItsGeneration(t *testing.T) {
	b := newBench(t, 1, 1)
	q := count(t, "q", "all", 1)
	b.define([]*Query{q}, nil)
	b.commit(0, 1, q, post{"a", 0})
	b.step()
	here, member := b.stage, b.member
	b.commit(0, 1, q, post{"a", 0})
	b.restart()
	b.step()
	b.broker.give(member)
	b.stage = here
	b.commit(0, 1, q, post{"a", 0})
	b.step()
	b.want(`q ["a"] {"n":3}`)
}

// TestARestoreEndsWhenThePartitionIsTakenAway, while it waits for the store.
func TestARestoreEndsWhenThePartitionIsTakenAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, 1, 1)
		b.store.failing = errNoAnswer
		done := make(chan error)
		go func() { done <- b.stage.reconcile(t.Context()) }()
		time.Sleep(time.Second)
		b.broker.give(99)
		if err := <-done; err != nil || len(b.stage.owned) > 0 {
			t.Fatalf("%v; owns %d", err, len(b.stage.owned))
		}
	})
}

// TestLiveIsToldAtLeastOnce: what is told after the store has it, and before a
// checkpoint covers it.
// A claim's transaction is not cut short when the partition is taken away: one
// that is left open would hide the next assignment from the log.
func TestAClaimIsNotCutShort(t *testing.T) {
	b := newBench(t, 1, 1)
	b.restart()
	log := b.log()
	cut := make(chan error, 1)
	log.committing = func(ctx context.Context) {
		b.broker.mu.Lock()
		log.belief = map[int32]int64{} // taken away, by what the group has told
		b.broker.mu.Unlock()
		select {
		case <-ctx.Done():
		case <-time.After(300 * time.Millisecond): // several looks of whoever watches
		}
		cut <- ctx.Err()
	}
	if err := b.stage.step(context.Background(), false); err != nil {
		t.Fatal(err)
	}
	if err := <-cut; err != nil {
		t.Errorf("the transaction was cut short: %v", err)
	}
	if len(b.stage.owned) > 0 {
		t.Error("the partition is owned though it was taken away")
	}
}

func TestLiveIsToldAtLeastOnce(t *testing.T) {
	b := newBench(t, 1, 1)
	q := count(t, "q", "all", 1, global)
	b.define([]*Query{q}, nil)
	b.commit(0, 1, q)
	b.store.failing = errNoAnswer
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	_ = b.stage.step(ctx, true)
	b.store.failing = nil
	b.notifier.failing = errNoAnswer
	b.step()
	b.want(`q [] {"n":0}`)
	b.restart() // nothing was told
	b.notifier.failing = nil
	b.step()
	if got := fmt.Sprint(b.notifier.live); got != "[q@1]" {
		t.Fatalf("told %s", got)
	}
	b.restart()
	b.step()
	if got := fmt.Sprint(b.notifier.live); got != "[q@1]" {
		t.Fatalf("told %s", got)
	}
}

// TestFailuresAreToldWhileTheStoreIsAway: neighbours cannot wait.
func TestFailuresAreToldWhileTheStoreIsAway(t *testing.T) {
	b := newBench(t, 1, 1)
	q := count(t, "q", "all", 1, func(q *Query) { q.Limits.MaxGroups = 1 })
	b.define([]*Query{q}, nil)
	b.step()
	b.store.failing = errNoAnswer
	b.commit(0, 1, q, post{"a", 0}, post{"b", 0})
	b.step()
	b.step()
	if len(b.notifier.fail) != 1 || len(b.notifier.live) != 0 {
		t.Fatalf("told %v and %v", b.notifier.fail, b.notifier.live)
	}
}

// TestStrangersRecordsAreSkipped: what no scheduler wrote costs itself alone, in
// the exchange and among the checkpoints.
func TestStrangersRecordsAreSkipped(t *testing.T) {
	b := newBench(t, 1, 1)
	q := count(t, "q", "all", 1)
	b.define([]*Query{q}, nil)
	b.commit(0, 1, q, post{"a", 0})
	b.broker.append(0, "", []byte("garbage"))
	b.broker.append(0, "gossip", nil)
	b.commit(0, 1, q, post{"b", 0})
	b.step()
	b.want(`q ["a"] {"n":1}
q ["b"] {"n":1}`)
	b.broker.checkpoint[0] = append(b.broker.checkpoint[0],
		Record{Key: []byte("garbage"), Value: []byte("garbage")}, Record{Value: []byte("garbage")}, Record{Key: []byte("g"), Value: []byte("x")})
	b.restart()
	b.commit(0, 1, q, post{"c", 0})
	b.step()
	b.want(`q ["a"] {"n":1}
q ["b"] {"n":1}
q ["c"] {"n":1}`)
}

// TestUnreadableRecordsStopTheStage: what says that it is a scheduler's, and cannot
// be read, may hold counts.
func TestUnreadableRecordsStopTheStage(t *testing.T) {
	for name, c := range map[string]struct {
		kind  string
		value []byte
		want  string
	}{
		"block": {TypeBlock, []byte{9}, "malformed delta"},
		"seal":  {TypeSeal, []byte("{"), "malformed delta"},
	} {
		b := newBench(t, 1, 1)
		b.broker.append(0, c.kind, c.value)
		if err := b.stage.step(t.Context(), true); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

// TestLeavingCheckpoints: the next owner has nothing to replay.
func TestLeavingCheckpoints(t *testing.T) {
	b := newBench(t, 1, 1)
	q := count(t, "q", "all", 1)
	b.define([]*Query{q}, nil)
	b.commit(0, 1, q, post{"a", 0})
	ctx, cancel := context.WithCancel(t.Context())
	if err := b.stage.step(ctx, false); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := b.stage.Run(ctx); err != nil {
		t.Fatal(err)
	}
	if end := int64(len(b.broker.exchange[0])); b.broker.group[0] != end {
		t.Fatalf("the group is at %d of %d", b.broker.group[0], end)
	}
	if !slices.Equal(b.notifier.live, []string{"q@1"}) {
		t.Fatalf("told %v", b.notifier.live)
	}
}
