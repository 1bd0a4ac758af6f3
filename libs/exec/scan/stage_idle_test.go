package scan_test

import (
	"errors"
	"testing"
	"time"

	"github.com/millrace/millrace/libs/exec/delta"
	"github.com/millrace/millrace/libs/exec/scan"
	"github.com/millrace/millrace/libs/record"
)

// idleAfter returns after how long of b's time partition 0 is said to be idle.
func idleAfter(b *bench, patience time.Duration) (time.Duration, bool) {
	begin := b.clock.now
	for b.clock.now.Sub(begin) < patience {
		if b.next().part(0).Idle {
			return b.clock.now.Sub(begin), true
		}
	}
	return 0, false
}

// A partition is idle when the brokers have said for 5 s that it is read to its
// end.
func TestIdle(t *testing.T) {
	b := newBench(t, 1, 1)
	b.add(0, b.post(1))
	if d, ok := idleAfter(b, time.Minute); !ok || d < 5*time.Second || d > 7*time.Second {
		t.Fatalf("idle after %s, %t", d, ok)
	}
	b.add(0, b.post(2))
	if x := b.next(); x.part(0).Idle {
		t.Error("idle with a post")
	}
	if d, ok := idleAfter(b, time.Minute); !ok || d < 5*time.Second || d > 7*time.Second {
		t.Errorf("idle again after %s, %t", d, ok)
	}

	b.endsErr = errors.New("away")
	for range 3 {
		b.next()
	}
	if b.next().part(0).Idle {
		t.Error("idle though the brokers do not say where the end is")
	}
	b.endsErr = nil
	if d, ok := idleAfter(b, time.Minute); !ok || d < 4*time.Second {
		t.Errorf("the 5 s do not begin anew: %s, %t", d, ok)
	}

	b.limit = 0 // an open transaction: the end is further than what can be read
	b.add(0, b.post(3))
	for range 3 {
		b.next()
	}
	if b.next().part(0).Idle {
		t.Error("idle before the end")
	}
}

// That a partition is idle now is told at once.
func TestIdlenessIsTold(t *testing.T) {
	b := newBench(t, 1, 1, func(c *scan.Config) { c.Heartbeat = time.Hour })
	b.add(0, b.post(1))
	if d, ok := idleAfter(b, time.Minute); !ok || d > 7*time.Second {
		t.Errorf("idle after %s, %t", d, ok)
	}
}

// Above the limit of the backlog reading pauses, until a quarter of it is gone;
// a paused partition is never idle.
func TestBackPressure(t *testing.T) {
	b := newBench(t, 1, 1, func(c *scan.Config) { c.BacklogLimit = 1000 })
	if _, ok := idleAfter(b, time.Minute); !ok {
		t.Fatal("not idle")
	}
	await := func(paused bool) {
		t.Helper()
		for range 100 {
			if b.paused == paused {
				break
			}
			b.step()
		}
		if b.paused != paused || b.metrics.Paused.Load() != paused || b.metrics.Backlog.Load() != b.backlog {
			t.Fatalf("backlog %d: paused %t, told %t, %d", b.backlog, b.paused, b.metrics.Paused.Load(), b.metrics.Backlog.Load())
		}
	}
	b.backlog = 1000
	for range 100 {
		b.step()
	}
	await(false)
	b.backlog = 1001
	await(true)
	if b.next().part(0).Idle {
		t.Error("idle when paused")
	}
	b.add(0, b.post(1))
	if _, ok := idleAfter(b, 20*time.Second); ok {
		t.Error("idle while paused")
	}
	if b.group[0] != 0 {
		t.Error("read while paused")
	}
	b.backlog = -1 // cannot be asked for: as it was
	for range 100 {
		b.step()
	}
	if !b.paused {
		t.Error("an unknown backlog ends the pause")
	}
	b.backlog = 751
	for range 100 {
		b.step()
	}
	await(true)
	b.backlog = 750
	await(false)
	for b.group[0] < 1 {
		b.next()
	}
}

// An abort does not make an idle partition busy.
func TestAbortKeepsIdleness(t *testing.T) {
	b := newBench(t, 1, 1)
	if _, ok := idleAfter(b, time.Minute); !ok {
		t.Fatal("not idle")
	}
	b.aborts = 1
	for range 4 {
		if x := b.next(); !x.part(0).Idle || x.part(0) != (delta.SealPart{Topic: "in", Newest: record.NoEventTime, Idle: true}) {
			t.Errorf("%+v", x.part(0))
		}
	}
}

// A process that was stopped, or a clock that was set, makes no partition idle:
// the time is counted anew. One that is idle already stays so.
func TestIdleAndJumps(t *testing.T) {
	for _, jump := range []time.Duration{6 * time.Second, time.Hour, -5 * time.Second, -time.Hour} {
		b := newBench(t, 1, 1)
		b.next()
		for begin := b.clock.now; b.clock.now.Sub(begin) < 4*time.Second; {
			b.step()
		}
		b.clock.now = b.clock.now.Add(jump)
		if x := b.next(); x.part(0).Idle {
			t.Errorf("idle at once after %s", jump)
		}
		if d, ok := idleAfter(b, time.Minute); !ok || d < 4*time.Second || d > 8*time.Second {
			t.Errorf("idle %s after a jump of %s, %t", d, jump, ok)
		}
		b.clock.now = b.clock.now.Add(jump)
		if x := b.next(); !x.part(0).Idle {
			t.Errorf("not idle any more after a jump of %s", jump)
		}
	}
}

// What came while the process was stopped is seen before the next seal.
func TestIdleAndStop(t *testing.T) {
	b := newBench(t, 1, 1)
	if _, ok := idleAfter(b, time.Minute); !ok {
		t.Fatal("not idle")
	}
	b.limit = 0 // not delivered yet
	b.add(0, b.post(1))
	b.clock.now = b.clock.now.Add(time.Minute)
	if x := b.next(); x.part(0).Idle {
		t.Error("idle before the end")
	}
}

// One long gap between looks counts no more than two of their intervals.
func TestIdleNeedsLooks(t *testing.T) {
	b := newBench(t, 1, 1)
	b.next()
	for b.metrics.Lag() == nil {
		b.step()
	}
	for range 2 { // 8 s, of which 4 s count
		b.clock.now = b.clock.now.Add(4 * time.Second)
		if x := b.next(); x.part(0).Idle {
			t.Fatal("idle after two looks")
		}
	}
	if d, ok := idleAfter(b, time.Minute); !ok || d > 3*time.Second {
		t.Errorf("idle after %s more, %t", d, ok)
	}
}

// Neither the end of a pause nor an assignment makes a partition idle sooner.
func TestIdleBeginsAnew(t *testing.T) {
	b := newBench(t, 1, 1, func(c *scan.Config) { c.BacklogLimit = 1000 })
	if _, ok := idleAfter(b, time.Minute); !ok {
		t.Fatal("not idle")
	}
	b.backlog = 2000
	for !b.paused {
		b.step()
	}
	if d, ok := idleAfter(b, 20*time.Second); ok {
		t.Errorf("idle %s after a pause began", d)
	}
	b.backlog = 0
	for b.paused {
		b.step()
	}
	if d, ok := idleAfter(b, time.Minute); !ok || d < 4*time.Second {
		t.Errorf("idle %s after a pause, %t", d, ok)
	}
	b.assign(0)
	if d, ok := idleAfter(b, time.Minute); !ok || d < 5*time.Second {
		t.Errorf("idle %s after an assignment, %t", d, ok)
	}
}
