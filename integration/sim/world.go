package sim

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing/synctest"
	"time"
)

// verdict is what becomes of a call.
type verdict int

const (
	pass   verdict = iota
	lost           // the request never arrives
	mute           // it has its effect, and the answer is lost
	killed         // the caller is dead
)

// errLink is what a lost request or answer looks like to the caller.
var errLink = errors.New("no answer")

// gate is a call that waits to be let through.
type gate struct {
	proc  *process
	what  string
	fails bool // the call may be lost
	ch    chan verdict
}

// world is everything that outlives a process, and the schedule.
type world struct {
	seed  uint64
	rng   *rand.Rand
	opt   Options
	began time.Time

	mu      sync.Mutex
	waiting []*gate

	kafka *cluster
	store *store
	load  *workload
	procs []*process // by slot
	made  int        // processes

	// direct, if set, decides about calls at once, without a schedule, and
	// again about those that the store gets a second time.
	direct func() verdict
	again  func() bool

	step      int
	storm     int  // steps that a storm of rebalances still lasts
	calm      bool // no more faults
	trace     []string
	violation string
	counts    map[string]int // what the schedule exercised
}

// note adds a line to the trace.
func (w *world) note(format string, args ...any) {
	if w.opt.Trace {
		w.trace = append(w.trace, fmt.Sprintf("%6d %8s ", w.step, time.Since(w.began).Round(time.Millisecond))+fmt.Sprintf(format, args...))
	}
}

// violated records the first violation; the schedule ends with it.
func (w *world) violated(format string, args ...any) {
	if w.violation == "" {
		w.violation = fmt.Sprintf(format, args...)
		w.note("VIOLATION %s", w.violation)
	}
}

// await holds a call until the schedule decides about it. After it has returned
// pass or mute nothing else of the world moves until the caller waits again.
func (w *world) await(ctx context.Context, p *process, what string, fails bool) (verdict, error) {
	if w.direct != nil {
		return decided(w.direct())
	}
	g := &gate{proc: p, what: what, fails: fails, ch: make(chan verdict)}
	w.mu.Lock()
	if p.dead {
		w.mu.Unlock()
		return lost, errDead
	}
	w.waiting = append(w.waiting, g)
	w.mu.Unlock()
	select {
	case v := <-g.ch:
		return decided(v)
	case <-ctx.Done():
		w.mu.Lock()
		w.waiting = slices.DeleteFunc(w.waiting, func(o *gate) bool { return o == g })
		w.mu.Unlock()
		return lost, ctx.Err()
	}
}

// twice tells whether a request to the store will arrive a second time, later.
func (w *world) twice() bool {
	if w.again != nil {
		return w.again()
	}
	return !w.calm && w.chance(8)
}

func decided(v verdict) (verdict, error) {
	switch v {
	case killed:
		return v, errDead
	case lost:
		return v, errLink
	default:
		return v, nil
	}
}

// errDead ends whatever a crashed process was doing.
var errDead = errors.New("the process was killed")

// release lets one waiting call go.
func (w *world) release(g *gate, v verdict) {
	w.mu.Lock()
	w.waiting = slices.DeleteFunc(w.waiting, func(o *gate) bool { return o == g })
	w.mu.Unlock()
	if v != pass || w.opt.Trace {
		w.note("%s %s%s", g.proc.name, g.what, []string{"", " LOST", " ANSWER LOST", " KILLED"}[v])
	}
	g.ch <- v
	synctest.Wait()
}

// ready returns the calls that may be let through, in an order that does not
// depend on which goroutine came first.
func (w *world) ready() []*gate {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []*gate
	for _, g := range w.waiting {
		if g.proc.paused || g.proc.holds(g.what) || g.proc.slow != "" && strings.HasPrefix(g.what, g.proc.slow) && w.step%300 != 0 {
			continue
		}
		out = append(out, g)
	}
	slices.SortStableFunc(out, func(a, b *gate) int {
		return cmp.Or(cmp.Compare(a.proc.id, b.proc.id), strings.Compare(a.what, b.what))
	})
	return out
}

// chance is true in one of n cases.
func (w *world) chance(n int) bool { return w.rng.IntN(n) == 0 }

// batch is how many records a poll may return: more, once there are no faults
// that could come between.
func (w *world) batch(n int) int {
	if w.calm {
		return 5 * n
	}
	return n
}

// next does one thing.
func (w *world) next() {
	w.step++
	w.kafka.expire()
	w.unhold()
	w.restart()
	if w.storm > 0 && !w.calm {
		if w.storm--; w.chance(12) {
			w.kafka.merging.rebalance()
		}
		if w.chance(40) {
			w.kafka.scans[w.rng.IntN(len(w.kafka.scans))].rebalance()
		}
	}
	w.kafka.arrive()
	ready := w.ready()
	switch x := w.rng.IntN(100); {
	case x < 14 && w.kafka.marker():
	case x < 20 && w.kafka.deliver():
	case x < 26 && !w.calm && w.load.step():
	case x < 26+w.opt.Faults && !w.calm && w.fault():
	case x < 34 || len(ready) == 0:
		w.sleep()
	default:
		g := ready[w.rng.IntN(len(ready))]
		v := pass
		if g.fails && !w.calm && w.chance(w.opt.Lossy) {
			v = lost
			if w.chance(2) {
				v = mute
				w.count("answer lost")
			} else {
				w.count("request lost")
			}
		}
		w.release(g, v)
	}
}

// sleep lets time pass: mostly a little, sometimes longer than time-outs.
func (w *world) sleep() {
	d := time.Duration(1+w.rng.IntN(60)) * time.Millisecond
	switch {
	case w.chance(400):
		d = time.Duration(2+w.rng.IntN(12)) * time.Second
	case w.chance(12):
		d = time.Duration(100+w.rng.IntN(900)) * time.Millisecond
	}
	time.Sleep(d)
	synctest.Wait()
}
