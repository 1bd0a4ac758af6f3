package faults

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/millrace/millrace/libs/kafka"
)

// settling is how long everything may take to arrive after the last fault.
const settling = 4 * time.Minute

// Run runs the services under faults and checks what comes out. Its error tells
// that the promise was broken, or that the run could not be made.
func Run(ctx context.Context, cfg Config) (*Report, error) {
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
	h.strikes(loaded, report)
	unload()
	if err := working.Wait(); err != nil {
		h.journal.violation("the workload gave up: %v", err)
	}
	h.journal.note("faults are over; settling")
	h.judge(ctx, report)
	stop()
	if err := following.Wait(); err != nil && !errors.Is(err, context.Canceled) {
		h.journal.violation("an observer gave up: %v", err)
	}
	report.finish()
	if n := len(h.journal.violations()); n > 0 {
		return report, fmt.Errorf("%d violations under seed %d", n, cfg.Seed)
	}
	return report, nil
}

// strikes draws faults until their time is over, singly and in pairs.
func (h *harness) strikes(ctx context.Context, report *Report) {
	rnd := h.random(6)
	table := h.drawable(report)
	if len(table) == 0 {
		return
	}
	end := time.Now().Add(h.cfg.Duration)
	for n := 1; time.Now().Before(end) && ctx.Err() == nil; n++ {
		chosen := []fault{draw(rnd, table)}
		if !h.cfg.Alone && rnd.IntN(5) < 2 {
			if other := draw(rnd, table); fits(other, chosen[0]) {
				chosen = append(chosen, other)
			}
		}
		// Each fault has its own numbers, so that what one of them takes of them
		// does not change the others.
		h.strike(ctx, report, n, chosen, func() *rand.Rand { return rand.New(rand.NewPCG(rnd.Uint64(), uint64(n))) })
		if rnd.IntN(4) > 0 {
			pause(ctx, between(rnd, 0, 1500*time.Millisecond))
		}
	}
}

// fits tells whether two faults may be had at once: not two of one kind, which
// would lift each other.
func fits(a, b fault) bool {
	kind := func(f fault) string { name, _, _ := strings.Cut(f.name, "-"); return name }
	whose := func(f fault) bool {
		return f.name == "storm" || f.name == "clock" || strings.Contains(f.name, "scheduler")
	}
	kafka := func(f fault) bool { return strings.Contains(f.name, "kafka") }
	redis := func(f fault) bool { return strings.Contains(f.name, "redis") }
	return a.name != b.name && (kind(a) != kind(b) || kind(a) == "kill") && (!whose(a) || !whose(b)) && (!kafka(a) || !kafka(b)) && (!redis(a) || !redis(b))
}

func (h *harness) drawable(report *Report) []fault {
	var out []fault
	for _, f := range faultTable() {
		if len(h.cfg.Only) > 0 && !slices.ContainsFunc(h.cfg.Only, func(o string) bool { return strings.HasPrefix(f.name, o) }) {
			continue
		}
		if f.needs != nil {
			if why := f.needs(h); why != "" {
				report.skip(f.name, why)
				continue
			}
		}
		out = append(out, f)
	}
	return out
}

func draw(r *rand.Rand, table []fault) fault {
	sum := 0
	for _, f := range table {
		sum += f.weight
	}
	n := r.IntN(sum)
	for _, f := range table {
		if n -= f.weight; n < 0 {
			return f
		}
	}
	return table[0]
}

// strike does one or two faults at once, ends them, and waits for results to move.
func (h *harness) strike(ctx context.Context, report *Report, n int, chosen []fault, random func() *rand.Rand) {
	began := time.Now()
	var wg sync.WaitGroup
	done := make([]struck, len(chosen))
	// What is begun is finished.
	whole := context.WithoutCancel(ctx)
	for i, f := range chosen {
		r := random()
		done[i] = struck{fault: f, number: n}
		lag := time.Duration(0)
		if i > 0 {
			lag = between(r, 0, 2*time.Second)
		}
		wg.Go(func() {
			pause(whole, lag)
			h.journal.note("fault %d: %s", n, f.name)
			b := f.strike(whole, h, r)
			if b.hold > 0 {
				h.journal.note("fault %d: %s, on %s, for %s%s", n, f.name, b.to, b.hold.Round(10*time.Millisecond), told(b))
			} else {
				h.journal.note("fault %d: %s, on %s%s", n, f.name, b.to, told(b))
			}
			pause(whole, b.hold)
			if b.lift != nil {
				b.err = errors.Join(b.err, b.lift(whole))
				h.journal.note("fault %d: %s is over", n, f.name)
			}
			if b.err != nil {
				h.journal.violation("fault %d: %s: %v", n, f.name, b.err)
			}
			done[i].blow = b
		})
	}
	wg.Wait()
	took, err := h.recovery(ctx, 90*time.Second)
	switch {
	case ctx.Err() != nil:
	case err != nil:
		h.journal.violation("after fault %d: %v", n, err)
		h.diagnose(whole)
	default:
		h.journal.note("results include again what was in the log, after %s", took.Round(10*time.Millisecond))
	}
	report.add(began, done, took, err == nil)
}

func told(b blow) string {
	var what []string
	if len(b.ids) > 0 {
		what = append(what, "transactions open: "+strings.Join(b.ids, " "))
	}
	for _, k := range b.lost {
		what = append(what, string(k)+" under way")
	}
	if len(what) == 0 {
		return ""
	}
	return " (" + strings.Join(what, ", ") + ")"
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
		if !pause(ctx, 50*time.Millisecond) {
			return time.Since(began), fmt.Errorf("the broker does not answer after %s: %w", patience, err)
		}
	}
	var last error
	for {
		asOf, all, err := h.reader.AsOf(ctx)
		if err == nil && all {
			vector := asOf.Vector[kafka.TopicTweets]
			reached := len(vector) == partitions
			for p, end := range ends {
				reached = reached && vector[p] >= end
			}
			if reached {
				return time.Since(began), nil
			}
			last = fmt.Errorf("results include %v of %v", sorted(vector), sorted(ends))
		} else if last == nil || err != nil {
			last = fmt.Errorf("as_of is not whole: %v, %w", all, err)
		}
		if !pause(ctx, 30*time.Millisecond) {
			return time.Since(began), fmt.Errorf("results do not move again within %s: %w", patience, last)
		}
	}
}

func sorted(m map[int32]int64) (out []int64) {
	for _, p := range slices.Sorted(maps.Keys(m)) {
		out = append(out, m[p])
	}
	return out
}
