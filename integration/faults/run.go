package faults

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/millrace/millrace/integration/ledger"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/planted"
)

// settling is how long everything may take to arrive after the last fault.
const settling = 4 * time.Minute

// Run runs the services under faults and checks what comes out. Its error tells
// that the promise was broken, or that the run could not be made.
func Run(ctx context.Context, cfg Config) (*Report, error) {
	if cfg.Planted != "" && !slices.Contains(planted.All(), planted.Bug(cfg.Planted)) {
		return newReport(&harness{cfg: cfg, journal: newJournal(cfg.Out)}), fmt.Errorf("there is no bug %q to plant: one of %v", cfg.Planted, planted.All())
	}
	for cfg.Seed == 0 {
		cfg.Seed = rand.Uint64() >> 40
	}
	h := &harness{cfg: cfg, journal: newJournal(cfg.Out)}
	h.journal.note("seed %d, %s of faults, logs in %s", cfg.Seed, cfg.Duration, cfg.Dir)
	report := newReport(h)
	defer h.close()
	if err := h.open(ctx); err != nil {
		return report, err
	}
	if err := h.startServices(); err != nil {
		return report, err
	}
	follow, stop := context.WithCancel(ctx)
	defer stop()
	following, followed := errgroup.WithContext(follow)
	following.Go(func() error { return h.follower.Run(followed) })
	following.Go(func() error { return h.observer.watchFences(followed) })
	following.Go(func() error { return h.observer.watchChanges(followed) })
	following.Go(func() error { return h.observer.watchUsage(followed) })
	following.Go(func() error { return h.operate(followed, report) })
	following.Go(func() error { return h.watchIDs(followed) })
	following.Go(func() error { return h.watchStable(followed) })
	if err := h.churn.Begin(ctx); err != nil {
		return report, err
	}
	load, unload := context.WithCancel(ctx)
	defer unload()
	working, loaded := errgroup.WithContext(load)
	working.Go(func() error { return h.writer.Run(loaded) })
	working.Go(func() error { return h.churn.Run(loaded) })
	working.Go(func() error { return h.tricks.run(loaded) })
	if _, err := h.recovery(ctx, 2*time.Minute); err != nil {
		h.diagnose(ctx)
		return report, fmt.Errorf("before any fault: %w", err)
	}
	h.atFirst = h.observer.look(ctx)
	working.Go(func() error { return h.watchProgress(loaded) })
	began := time.Now()
	hangs := h.strikes(loaded, report)
	struckFor := time.Since(began)
	unload()
	h.within(2*time.Minute, "workload", func() {
		if err := working.Wait(); err != nil {
			h.journal.violation("the workload gave up: %v", err)
		}
	})
	if hangs == nil && !h.over() {
		h.journal.note("faults are over; settling")
		h.judge(ctx, report)
	}
	stop()
	h.within(time.Minute, "watch", func() {
		if err := following.Wait(); err != nil && !errors.Is(err, context.Canceled) {
			h.journal.violation("an observer gave up: %v", err)
		}
	})
	report.say("%s", h.stableTold())
	report.finish(struckFor)
	if cfg.Planted != "" {
		return report, report.verdict()
	}
	if n := len(h.journal.violations()); n > 0 {
		return report, fmt.Errorf("%d violations under seed %d", n, cfg.Seed)
	}
	return report, nil
}

// recovery waits until the results include what the log holds once new records have
// come into it, or after some seconds without any, and tells how long that took.
func (h *harness) recovery(ctx context.Context, patience time.Duration) (time.Duration, error) {
	began := time.Now()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var first, ends map[int32]int64
	for {
		now, err := h.admin.Ends(ctx, kafka.TopicTweets)
		if err == nil && first == nil {
			first = now
		}
		if err == nil && (!maps.Equal(first, now) || time.Since(began) > 3*time.Second) {
			ends = now
			break
		}
		if !ledger.Pause(ctx, 50*time.Millisecond) {
			return time.Since(began), fmt.Errorf("the broker does not answer after %s: %w", patience, err)
		}
	}
	if err := h.reached(ctx, ends); err != nil {
		return time.Since(began), fmt.Errorf("within %s: %w", patience, err)
	}
	return time.Since(began), nil
}

// reached waits until every merge partition's results include the tweets below the
// ends. It fails when they do not before ctx ends.
func (h *harness) reached(ctx context.Context, ends map[int32]int64) error {
	for {
		asOf, all, err := h.reader.AsOf(ctx)
		vector := asOf.Vector[kafka.TopicTweets]
		done := err == nil && all
		for p, end := range ends {
			at, heard := vector[p]
			done = done && heard && at >= end
		}
		if done {
			return nil
		}
		if !ledger.Pause(ctx, 10*time.Millisecond) {
			return fmt.Errorf("results do not move again: they include %v of %v, every merge partition has written its as_of: %t, %w",
				sorted(vector), sorted(ends), all, cmp.Or(err, context.Cause(ctx)))
		}
	}
}

func sorted(m map[int32]int64) (out []int64) {
	for _, p := range slices.Sorted(maps.Keys(m)) {
		out = append(out, m[p])
	}
	return out
}
