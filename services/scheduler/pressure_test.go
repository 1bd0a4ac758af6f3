package scheduler

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// jumping is a clock that can be set forward.
type jumping struct {
	hasty
	ahead atomic.Int64
}

func (c *jumping) Now() time.Time { return c.hasty.Now().Add(time.Duration(c.ahead.Load())) }

// While merge is too far behind, scanning is paused, and whoever looks is told:
// the scheduler is ready all the same.
func TestBackPressureIsTold(t *testing.T) {
	w := newWorld(t)
	clock := new(jumping)
	w.Clock, w.BacklogBytes, w.CheckpointInterval = clock, 2000, time.Hour
	_, stop := w.start()
	w.until("paused", func() bool { return w.value("millrace_scan_paused") == 1 })
	w.until("ready", w.ready)
	note := w.Ready.Notes()["scan"]
	for _, part := range []string{"scanning is paused", "bytes that merge has not checkpointed", "over the 2000 of --backlog-bytes"} {
		if !strings.Contains(note, part) {
			t.Errorf("%q is not in the note %q", part, note)
		}
	}
	if n := w.value("millrace_exchange_backlog_bytes"); n <= 2000 {
		t.Errorf("the backlog is %v", n)
	}
	if !w.logged("scanning is paused: merge is behind")() {
		t.Error("the log does not say that scanning is paused")
	}
	clock.ahead.Store(int64(2 * time.Hour)) // a checkpoint is due
	w.until("scanning goes on", w.logged("scanning goes on"))
	check(t, stop())
	if notes := w.Ready.Notes(); len(notes) != 0 {
		t.Errorf("notes of a scheduler that has ended: %v", notes)
	}
}
