package faults

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
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

// watchProgress sees to it, beside the lanes, that the results of every merge
// partition move, and that they include more of every partition of tweets, while the
// log holds more than they include: time in which a server is down does not count.
func (h *harness) watchProgress(ctx context.Context) error {
	clocks := stopwatches{}
	for ledger.Pause(ctx, time.Second) {
		now := time.Now()
		if h.serversAway(now.Add(-time.Second)) {
			clocks.rest(now)
			continue
		}
		included, ends, err := h.included(ctx)
		if err != nil {
			clocks.rest(now)
			continue
		}
		behind := !maps.Equal(included, ends)
		for p, at := range h.observer.progress() {
			clocks.look(now, fmt.Sprintf("merge partition %d", p), at, behind)
		}
		for p, end := range ends {
			clocks.look(now, fmt.Sprintf("what results include of %s partition %d", kafka.TopicTweets, p), included[p], included[p] != end)
		}
		still := clocks.still(standstill)
		if len(still) == 0 {
			continue
		}
		h.journal.violation("results do not move, for %s in which the servers were there: %s", standstill, strings.Join(still, ", "))
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

// stopwatch measures for how long something does not change.
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

// stopwatches are those of several things, by their names.
type stopwatches map[string]*stopwatch

// look takes what one of them is now; it need not change unless it is behind.
func (s stopwatches) look(now time.Time, name string, at int64, behind bool) {
	if s[name] == nil {
		s[name] = &stopwatch{}
	}
	if s[name].look(now, at); !behind {
		s[name].stood = 0
	}
}

// rest leaves out the time up to now.
func (s stopwatches) rest(now time.Time) {
	for _, w := range s {
		w.rest(now)
	}
}

// still names those that have not changed for so long.
func (s stopwatches) still(long time.Duration) (names []string) {
	for name, w := range s {
		if w.stood >= long {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// included returns how far results include the partitions of tweets, and where
// those end.
func (h *harness) included(ctx context.Context) (included, ends map[int32]int64, err error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if ends, err = h.admin.Ends(ctx, kafka.TopicTweets); err != nil {
		return nil, nil, err
	}
	asOf, _, err := h.reader.AsOf(ctx)
	return asOf.Vector[kafka.TopicTweets], ends, err
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
				h.waited.Add(1)
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
			if h.disturbed(w) {
				return true
			}
			if w.moved(stable, ends) {
				h.released.Add(1)
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

// stableTold tells for how many kills it could be seen to.
func (h *harness) stableTold() string {
	return fmt.Sprintf("last stable offsets were looked at after %d kills of schedulers; after %d of those nothing else struck before they had moved", h.waited.Load(), h.released.Load())
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
