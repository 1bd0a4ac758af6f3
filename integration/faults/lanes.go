package faults

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/millrace/millrace/integration/ledger"
)

// lane is a part of the system under which faults strike one after the other, while
// others strike in other lanes: a fault and what lifts it never meet another one on
// the same part.
type lane int

const (
	schedulerLane lane = iota
	frontLane          // directory-monitor, query-parser, presentation
	serverLane         // Kafka, Redis, disks
	linkLane
	lanes
)

// A round is a time of strikes, in some lanes at once or in one alone; after it
// everything has to be right again in bounded time.
const (
	roundTime    = 40 * time.Second
	loneTime     = 15 * time.Second // of a round in one lane
	roundRestore = 45 * time.Second
	// strikeTime is how long a strike may take at most, from its beginning to the
	// end of what lifts it: a storm with schedulers that do not heed SIGTERM.
	strikeTime = 150 * time.Second
)

// errHangs says that a strike of the harness has not come to its end.
var errHangs = errors.New("the harness hangs")

// strikes has faults strike in rounds until their time is over. It fails if one does
// not come to its end: then nothing more can be found out.
func (h *harness) strikes(ctx context.Context, report *Report) error {
	table := h.drawable(report)
	var mine [lanes][]fault
	for _, f := range table {
		mine[f.lane] = append(mine[f.lane], f)
	}
	var rnd [lanes]*rand.Rand
	for l := range rnd {
		rnd[l] = h.random(uint64(60 + l))
	}
	choice := h.random(6)
	end := time.Now().Add(h.cfg.Duration)
	for n := 1; time.Now().Before(end) && ctx.Err() == nil && len(table) > 0; n++ {
		lone, most := lane(-1), roundTime
		if h.cfg.Alone || choice.IntN(5) == 0 {
			most = loneTime
			for lone = lane(choice.IntN(int(lanes))); len(mine[lone]) == 0; {
				lone = (lone + 1) % lanes
			}
		}
		round, cancel := context.WithDeadline(ctx, earlier(end, time.Now().Add(most)))
		var wg sync.WaitGroup
		for l := range lanes {
			if len(mine[l]) > 0 && (lone < 0 || l == lone) {
				wg.Go(func() { h.drive(ctx, round, report, mine[l], rnd[l]) })
			}
		}
		ended := h.within(most+strikeTime+15*time.Second, "round of faults", wg.Wait)
		cancel()
		if !ended || h.hangs.Load() {
			return errHangs
		}
		if h.over() {
			return nil
		}
		took, err := h.recovery(ctx, roundRestore)
		switch {
		case ctx.Err() != nil:
		case err != nil:
			h.journal.violation("after round %d: %v", n, err)
			h.diagnose(context.WithoutCancel(ctx))
		default:
			h.journal.note("round %d is over: results include again what was in the log, after %s", n, took.Round(10*time.Millisecond))
		}
		report.recovered(took, err == nil)
	}
	return nil
}

// within waits until fn has ended; if it does not in time that is a violation, and
// false is returned while fn goes on.
func (h *harness) within(patience time.Duration, what string, fn func()) bool {
	done := make(chan struct{})
	go func() { defer close(done); fn() }()
	select {
	case <-done:
		return true
	case <-time.After(patience):
		h.journal.violation("a %s has not ended after %s", what, patience)
		h.journal.dump()
		return false
	}
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// over tells that there is nothing more to find: a planted bug was found, or results
// have stopped to move.
func (h *harness) over() bool {
	return h.stalled.Load() || h.hangs.Load() || h.cfg.Planted != "" && catch(h.cfg.Planted, h.journal.violations()) != nil
}

// drive has faults of one lane strike, each as soon as results move after the one
// before, until the round is over. What is begun is finished.
func (h *harness) drive(ctx, round context.Context, report *Report, table []fault, rnd *rand.Rand) {
	var then []fault // what the next is drawn of; nil: all
	ledger.Pause(round, ledger.Between(rnd, 0, 1500*time.Millisecond))
	for round.Err() == nil && !h.over() {
		from := table
		if len(then) > 0 {
			from = then
		}
		f := draw(rnd, from)
		// Each fault has its own numbers, so that what one of them takes of them
		// does not change the others.
		own := rand.New(rand.NewPCG(rnd.Uint64(), 1))
		if !h.within(strikeTime, "strike of "+f.name, func() { h.strike(context.WithoutCancel(ctx), report, f, own) }) {
			h.hangs.Store(true)
			return
		}
		if f.poison {
			continue
		}
		if then = nil; f.lane == schedulerLane && strings.HasPrefix(f.name, "kill") && rnd.IntN(2) == 0 {
			// Its partitions are restored soon: the next fault waits for that.
			if then = restoring(table); len(then) > 0 {
				continue
			}
		}
		h.moving(round, 5*time.Second)
		ledger.Pause(round, ledger.Between(rnd, 0, f.rest))
	}
}

// restoring are the faults that strike at a restore.
func restoring(table []fault) (out []fault) {
	for _, f := range table {
		if f.inRestore {
			out = append(out, f)
		}
	}
	return out
}

// strike does a fault and ends it.
func (h *harness) strike(ctx context.Context, report *Report, f fault, r *rand.Rand) {
	n := report.begin()
	began := time.Now()
	b := f.strike(ctx, h, r)
	if b.hold > 0 {
		h.journal.note("fault %d: %s, on %s, for %s%s", n, f.name, b.to, b.hold.Round(10*time.Millisecond), told(b))
	} else {
		h.journal.note("fault %d: %s, on %s%s", n, f.name, b.to, told(b))
	}
	ledger.Pause(ctx, b.hold)
	if b.look != nil {
		b.look(&b)
	}
	if b.lift != nil {
		// What is broken is mended even if time is up.
		if b.err = errors.Join(b.err, b.lift(context.WithoutCancel(ctx))); b.hold > 0 {
			h.journal.note("fault %d: %s is over", n, f.name)
		}
	}
	if b.err != nil {
		h.journal.violation("fault %d: %s: %v", n, f.name, b.err)
	}
	done := []struck{{fault: f, number: n, blow: b, began: cmp.Or(b.at, began), ended: time.Now()}}
	for _, more := range b.then {
		h.journal.note("fault %d: again, on %s%s", n, more.to, told(more))
		done = append(done, struck{fault: f, number: n, blow: more, began: cmp.Or(more.at, began), ended: time.Now()})
	}
	report.add(done...)
}

// moving waits until results of some partition move.
func (h *harness) moving(ctx context.Context, patience time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	was := h.observer.progress()
	for h.observer.progress() == was && ledger.Pause(ctx, 20*time.Millisecond) {
		continue
	}
}

func told(b blow) string {
	var what []string
	if len(b.ids) > 0 {
		what = append(what, "transactions open: "+strings.Join(b.ids, " "))
	}
	if b.when != "" {
		what = append(what, "at the "+string(b.when))
	}
	for _, k := range b.lost {
		what = append(what, string(k)+" interrupted")
	}
	for _, k := range b.late {
		what = append(what, string(k)+" held up")
	}
	if len(what) == 0 {
		return ""
	}
	return " (" + strings.Join(what, ", ") + ")"
}
