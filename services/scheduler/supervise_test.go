package scheduler

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/libs/exec/merge"
	"github.com/millrace/millrace/libs/exec/scan"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/metrics"
	"github.com/millrace/millrace/libs/results"
)

// A stage is started anew after an ordinary error, and not where going on could
// lose or repeat posts.
func TestSupervise(t *testing.T) {
	s := newWorld(t).opened()
	for _, last := range []error{merge.ErrContinuity, merge.ErrIncarnation, scan.ErrContinuity, ErrFenced} {
		runs := 0
		err := s.supervise(within(t), "some stage", func(context.Context) error {
			runs++
			switch runs {
			case 1:
				return errors.New("the broker went away")
			case 2:
				return merge.ErrFenced // of a merge partition: its new owner's writes
			case 3:
				return nil
			default:
				return errors.Join(errors.New("partition 3"), last)
			}
		})
		if runs != 4 || !errors.Is(err, last) || !strings.Contains(err.Error(), "some stage: ") || !strings.Contains(err.Error(), "partition 3") {
			t.Errorf("%d runs, %v", runs, err)
		}
	}
	ctx, cancel := context.WithCancel(within(t))
	if err := s.supervise(ctx, "some stage", func(context.Context) error { cancel(); return merge.ErrContinuity }); err != nil {
		t.Errorf("at the end: %v", err)
	}
}

// another is a second scheduler's part of the world: the same settings, and a
// log, a readiness and metrics of its own.
func (w *world) another() *world {
	o := *w
	o.log, o.reg = new(lines), metrics.NewRegistry()
	o.Log, o.Metrics, o.Ready = o.log.logger(), o.reg, daemon.NewReadiness()
	return &o
}

// Of two schedulers in one slot the younger one goes on and the older one ends,
// with what the operator has to know. Nothing is lost, and nothing is counted
// twice.
func TestOneSlotTwoSchedulers(t *testing.T) {
	w := newWorld(t)
	w.Slot = 3
	w.CheckpointInterval = 100 * time.Millisecond
	ended, _ := w.start()
	w.until("running", func() bool { return w.value("millrace_merge_lag", "0") >= 0 && w.value("millrace_merge_lag", "1") >= 0 })
	w.count()
	w.until("the query is live", w.live())
	posts := 0
	feed := func() {
		for range 20 {
			w.produce(kafka.Record{
				Topic: kafka.TopicTweets, Partition: int32(posts % 2),
				Value: fmt.Appendf(nil, `{"id":%d,"lang":"en","created_at":1700000000000}`, posts),
			})
			posts++
		}
	}
	feed()
	younger := w.another()
	_, stop := younger.start()
	var err error
	for older := true; older; {
		feed()
		select {
		case err = <-ended:
			older = false
		case <-time.After(20 * time.Millisecond):
		case <-within(t).Done():
			t.Fatal("the older one goes on")
		}
	}
	if !errors.Is(err, ErrFenced) {
		t.Fatalf("the older one ended with %v", err)
	}
	for _, part := range []string{"slot 3 is fenced", "another scheduler runs with --slot 3", "(10s)", "a --slot of its own"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q is not in: %v", part, err)
		}
	}
	feed()
	rdb := results.Connect(w.Redis)
	defer rdb.Close()
	want := fmt.Sprintf(`"n":%d}`, posts)
	younger.until("all posts are in the result", func() bool {
		row, _ := rdb.HGet(within(t), results.RowsKey("q", results.Window{}), `["en"]`).Result()
		return strings.HasSuffix(row, want)
	})
	check(t, stop())
}

// live reports whether the query of count is.
func (w *world) live() func() bool {
	rdb := results.Connect(w.Redis)
	w.t.Cleanup(func() { _ = rdb.Close() })
	return func() bool {
		status, _ := rdb.HGet(within(w.t), results.MetaKey("q"), results.FieldStatus).Result()
		return status == "live"
	}
}
