package faults

import (
	"context"
	"maps"
	"regexp"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/millrace/millrace/integration/ledger"
	"github.com/millrace/millrace/libs/kafka"
)

const (
	// standstill is for how long results may not move at all though there is
	// something to move and the servers are there, whatever else strikes.
	standstill = 60 * time.Second
	// timeOut is that of a transaction: what holds for less needs not wait for it.
	timeOut = kafka.TransactionTimeout
)

// watchProgress sees to it, beside the lanes, that results move while the log holds
// more than they include: time in which a server is down does not count.
func (h *harness) watchProgress(ctx context.Context) error {
	clock := stopwatch{}
	for ledger.Pause(ctx, time.Second) {
		now := time.Now()
		if h.serversAway(now.Add(-time.Second)) {
			clock.rest(now)
			continue
		}
		stood := clock.look(now, h.observer.progress())
		if stood < standstill {
			continue
		}
		if behind, err := h.behind(ctx); err != nil || !behind {
			continue
		}
		h.journal.violation("results do not move: not since %s in which the servers were there", stood.Round(time.Second))
		h.stalled.Store(true)
		h.journal.dump()
		h.diagnose(ctx)
		return nil
	}
	return nil
}

// serversAway tells whether a server was away since, or has only just come back.
func (h *harness) serversAway(since time.Time) bool {
	return h.broker.wasAway(since, afterOutage) || h.store.wasAway(since, afterOutage) || h.kafkaDisk.wasFull(afterOutage)
}

// stopwatch measures for how long something does not grow.
type stopwatch struct {
	at    int64
	stood time.Duration
	last  time.Time
}

// look takes what it is now, and tells for how long it has been so.
func (w *stopwatch) look(now time.Time, at int64) time.Duration {
	switch {
	case at != w.at:
		w.at, w.stood = at, 0
	case !w.last.IsZero():
		w.stood += now.Sub(w.last)
	}
	w.last = now
	return w.stood
}

// rest leaves out the time up to now.
func (w *stopwatch) rest(now time.Time) { w.last = now }

// behind tells whether results include less than the log holds.
func (h *harness) behind(ctx context.Context) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	ends, err := h.admin.Ends(ctx, kafka.TopicTweets)
	if err != nil {
		return false, err
	}
	asOf, _, err := h.reader.AsOf(ctx)
	return !maps.Equal(asOf.Vector[kafka.TopicTweets], ends), err
}

// ours are the transactional ids that the services may use: the same in every run,
// so that who is started again ends what was left open.
var ours = regexp.MustCompile(`^millrace-(scan-\d+|merge-\d+|query-parser|directory-monitor-faults)$`)

// watchIDs sees to it that the broker knows no other transactional ids.
func (h *harness) watchIDs(ctx context.Context) error {
	told := map[string]bool{}
	for ledger.Pause(ctx, 2*time.Second) {
		short, cancel := context.WithTimeout(ctx, 2*time.Second)
		listed, err := h.spy.admin.ListTransactions(short, nil, nil)
		cancel()
		if err != nil {
			continue
		}
		for _, id := range slices.Sorted(maps.Keys(listed)) {
			if !ours.MatchString(id) && !told[id] {
				told[id] = true
				h.journal.violation("a transactional id is none that stays: %s", id)
			}
		}
	}
	return nil
}

// watchStable sees to it that after a kill -9 of a scheduler the last stable offsets
// of the exchange move again before the transactions that it left open time out.
// Where something else strikes meanwhile nothing can be said.
func (h *harness) watchStable(ctx context.Context) error {
	known := map[*run]bool{}
	var open []*wait
	for ledger.Pause(ctx, 500*time.Millisecond) {
		for _, s := range h.fleet.schedulers {
			if r, at := s.killedRun(); r != nil && !known[r] {
				known[r] = true
				open = append(open, &wait{name: s.name, at: at})
			}
		}
		if len(open) == 0 {
			continue
		}
		stable, ends, err := h.spy.exchange(ctx)
		if err != nil {
			open = nil
			continue
		}
		open = slices.DeleteFunc(open, func(w *wait) bool {
			if h.disturbed(w) || w.moved(stable, ends) {
				return true
			}
			if time.Since(w.at) < timeOut {
				return false
			}
			h.journal.violation("the last stable offset of %s partition %d has not moved for %s after the kill of %s: only the time-out ends what it has left open",
				kafka.TopicExchange, w.held[0], timeOut, w.name)
			return true
		})
	}
	return nil
}

// wait is for the last stable offsets to move after a kill.
type wait struct {
	name string
	at   time.Time
	from map[int32]int64
	held []int32
}

// moved tells whether all partitions have moved beyond where they were at first, or
// have nothing open.
func (w *wait) moved(stable, ends map[int32]int64) bool {
	if w.from == nil {
		w.from = stable
	}
	w.held = nil
	for p, end := range ends {
		if stable[p] < end && stable[p] <= w.from[p] {
			w.held = append(w.held, p)
		}
	}
	slices.Sort(w.held)
	return len(w.held) == 0
}

// disturbed tells whether something else than the kill has struck since: then others
// hold transactions open, or cannot end them.
func (h *harness) disturbed(w *wait) bool {
	if h.serversAway(w.at) {
		return true
	}
	for _, s := range h.fleet.schedulers {
		if s.kafka.wasHarmed(w.at) || s.redis.wasHarmed(w.at) || s.struckSince(w.at, s.name == w.name) {
			return true
		}
	}
	return false
}

// killedRun returns the last run if it was killed, and when.
func (p *process) killedRun() (*run, time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := p.slain
	if r == nil {
		return nil, time.Time{}
	}
	return r, r.killAt
}

// exchange returns the last stable offsets and the high watermarks of the exchange.
func (s *spy) exchange(ctx context.Context) (stable, ends map[int32]int64, err error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	low, high, err := s.watermarks(ctx, kafka.TopicExchange)
	if err != nil {
		return nil, nil, err
	}
	all := func(l kadm.ListedOffsets) map[int32]int64 {
		m := map[int32]int64{}
		l.Each(func(o kadm.ListedOffset) {
			if o.Err == nil {
				m[o.Partition] = o.Offset
			}
		})
		return m
	}
	return all(low), all(high), nil
}
