package merge

import (
	"context"
	"slices"
	"testing"
	"time"
)

// TestFlushesKeepToTheStoresRate: as long as the store took for what has changed,
// so long the next flush waits, and no shorter than the interval.
func TestFlushesKeepToTheStoresRate(t *testing.T) {
	b := newBench(t, 1, 1)
	now := time.UnixMilli(0)
	b.edit = func(c *Config) {
		c.Now = func() time.Time { return now }
		c.FlushInterval = 100 * time.Millisecond
	}
	b.restart()
	q := count(t, "q", "all", 1)
	b.define([]*Query{q}, nil)
	b.step()
	for _, c := range []struct{ takes, wait time.Duration }{
		{10 * time.Millisecond, 100 * time.Millisecond},
		{100 * time.Millisecond, 100 * time.Millisecond},
		{3 * time.Second, 3 * time.Second},
		{10 * time.Millisecond, 100 * time.Millisecond}, // fast again
	} {
		now = now.Add(time.Hour)
		b.store.onApply = func([]Op) { now = now.Add(c.takes) }
		written := func() int {
			b.commit(0, 1, q, post{"a", 0})
			before := b.store.applied
			if err := b.stage.step(context.Background(), false); err != nil {
				t.Fatal(err)
			}
			return b.store.applied - before
		}
		got := []int{written()}
		end := now
		now = end.Add(c.wait - time.Millisecond)
		got = append(got, written())
		now = end.Add(c.wait)
		got = append(got, written())
		if want := []int{1, 0, 1}; !slices.Equal(got, want) {
			t.Errorf("a flush took %v: writes at once, %v later and a moment later were %v, want %v", c.takes, c.wait-time.Millisecond, got, want)
		}
	}
}

// TestASilentPartitionIsNotPausedForAMoment, however much waits in it: only what
// is still to be fetched ends its silence.
func TestASilentPartitionIsNotPausedForAMoment(t *testing.T) {
	b := newBench(t, 1, 1)
	q := rowsOf("q", "rows", 1)
	b.define([]*Query{q}, nil)
	b.step()
	for range 20 {
		b.commit(0, 1, q, post{"a", 0})
	}
	b.flushOnly() // written, and not checkpointed
	b.edit = func(c *Config) { c.PendingBytes = 100 }
	b.restart()
	b.log().limit = 3
	silent := 0
	for {
		b.step()
		o := b.stage.owned[0]
		if o == nil {
			continue // it has yet to hear of the assignment
		}
		if !o.silent() {
			break
		}
		if silent++; b.log().paused[0] {
			t.Fatalf("paused at %d, silent until %d, %d bytes pending", o.pos, o.silentUntil, o.queued+o.logBytes)
		}
	}
	if o := b.stage.owned[0]; silent < 15 || o.queued+o.logBytes > 0 {
		t.Fatalf("silent for %d rounds; %d bytes are pending after it", silent, o.queued+o.logBytes)
	}
}
