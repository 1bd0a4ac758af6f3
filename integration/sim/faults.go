package sim

import (
	"slices"
	"strings"
	"time"

	"github.com/millrace/millrace/libs/exec/merge"
)

// count counts a fault by what it interrupted.
func (w *world) count(what string) { w.counts[what]++ }

// fault does one thing that should not happen.
func (w *world) fault() bool {
	slot := w.rng.IntN(len(w.procs))
	p := w.procs[slot]
	switch w.rng.IntN(21) {
	case 0, 1:
		w.note("KILL %s", p.name)
		w.interrupted(p, "kill")
		p.kill()
		w.boot(slot)
	case 20:
		if p.leaves {
			return false
		}
		w.note("STOP %s", p.name)
		w.count("process told to stop")
		w.interrupted(p, "stop")
		p.stop()
	case 2, 3:
		w.interrupted(p, "pause")
		p.paused = !p.paused
		w.note("PAUSE %s: %t", p.name, p.paused)
	case 4, 5:
		for _, g := range w.kafka.groups() {
			for _, id := range w.kafka.members(g) {
				if m := g.members[id]; m.proc == p && w.chance(2) {
					w.note("EXPEL %s of %s", id, p.name)
					w.interrupted(p, "rebalance")
					g.leave(m)
				}
			}
		}
	case 6:
		w.store.crash()
	case 7:
		if !w.chance(3) {
			return false
		}
		w.store.flush()
	case 8:
		return w.store.resend()
	case 11:
		w.note("STORM of rebalances")
		w.storm = 300
	case 10:
		p.slow = []string{"", "registry", "registry", "scan", "merge", "store", "streams"}[w.rng.IntN(7)]
		w.note("SLOW %s: %q", p.name, p.slow)
	case 12, 13, 19:
		if x := w.maroon(); x {
			return true
		}
		return w.hold()
	case 14:
		if !w.chance(6) {
			return false
		}
		w.idleWeek()
	case 17:
		return w.maroon()
	case 18:
		k := w.kafka
		k.stuck = slices.Concat(k.saves, k.exchange)[w.rng.IntN(2*len(k.saves))]
		k.stuckUntil = time.Now().Add(time.Duration(w.rng.IntN([]int{4000, 20000}[w.rng.IntN(2)])) * time.Millisecond)
		w.count("markers held up")
		w.note("MARKERS of %s wait", k.stuck.name)
	case 15:
		w.kafka.compact(w.kafka.registry)
		for _, part := range w.kafka.saves {
			w.kafka.compact(part)
		}
	case 16:
		if !w.chance(3) || w.opt.Bounded { // the end of an input is not deleted before it is read
			return false
		}
		w.kafka.retain()
	case 9:
		w.store.away = !w.store.away
		w.note("STORE away: %t", w.store.away)
	}
	return true
}

// hold stops the merge stage of a process that is in the middle of a restore, and
// gives its partitions to others meanwhile, as a slow broker may.
func (w *world) hold() bool {
	for _, p := range w.procs {
		if len(p.inside) > 0 && w.kafka.merging.partitions > 0 && time.Now().After(p.held) {
			p.held, p.polls = time.Now().Add(time.Duration(2+w.rng.IntN(4))*time.Second), false
			w.note("HOLD %s in its restore", p.name)
			w.count("restore held")
			w.kafka.merging.rebalance()
			return true
		}
	}
	p := w.procs[w.rng.IntN(len(w.procs))]
	if len(w.procs) == 1 || time.Now().Before(p.held) {
		return false
	}
	// It hears of its new assignment, and does what it was about to do late.
	p.held, p.polls = time.Now().Add(time.Duration(500+w.rng.IntN(3000))*time.Millisecond), true
	w.storm = 0
	w.note("HOLD %s after its polls", p.name)
	w.count("commit held")
	w.kafka.merging.rebalance()
	return true
}

// checkpoints reports whether the transaction has a checkpoint in the partition.
func checkpoints(part *part, t *transaction) bool {
	return slices.ContainsFunc(part.entries[part.open[t]:], func(e *entry) bool { return e.txn == t && merge.IsCheckpoint([]byte(e.key)) })
}

// maroon holds up the marker of a checkpoint that has just been committed, and
// takes its partitions from the one who wrote it: others restore beside it.
func (w *world) maroon() bool {
	for _, t := range w.kafka.deciding {
		for _, part := range t.parts {
			if !t.commit || !checkpoints(part, t) || !slices.Contains(w.kafka.saves, part) || time.Now().Before(w.kafka.stuckUntil) {
				continue
			}
			for _, id := range w.kafka.members(w.kafka.merging) {
				if m := w.kafka.merging.members[id]; t.owner == "merge-"+string(rune('0'+m.proc.slot)) && len(w.kafka.merging.members) > 1 {
					w.kafka.stuck, w.kafka.stuckUntil = part, time.Now().Add(time.Duration(5+w.rng.IntN(15))*time.Second)
					w.note("MAROON %s: its marker in %s waits", id, part.name)
					w.count("restore beside a checkpoint without its marker")
					w.storm = 0
					w.kafka.merging.leave(m)
					return true
				}
			}
		}
	}
	return false
}

// unhold lets go of those that were held, and begins a generation.
func (w *world) unhold() {
	for _, p := range w.procs {
		if !p.held.IsZero() && time.Now().After(p.held) {
			p.held = time.Time{}
			w.note("%s is let go of", p.name)
			if p.polls {
				continue
			}
			w.kafka.merging.rebalance()
		}
	}
}

// interrupted counts a fault if it interrupts something.
func (w *world) interrupted(p *process, what string) {
	for _, id := range []string{"scan", "merge"} {
		if t := w.kafka.producer(id + "-" + string(rune('0'+p.slot))).current; t != nil && !t.decided {
			w.count(what + " in a transaction")
			return
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, g := range w.waiting {
		if g.proc == p && (len(g.what) > 5 && g.what[:5] == "store") {
			w.count(what + " in a flush")
			return
		}
	}
}

// settle ends all faults and lets everything come to rest.
func (w *world) settle() {
	w.calm = true
	w.note("--- no more faults")
	w.load.finish()
	w.store.away = false
	for w.store.resend() {
	}
	for _, p := range w.procs {
		p.paused, p.slow, p.held = false, "", time.Time{}
	}
	calmUntil := time.Now().Add(w.opt.Patience)
	quietSince := time.Time{}
	for last := w.chance(2); w.violation == ""; {
		w.next()
		if last && w.maroon() { // the last fault: what it leads to nothing else interrupts
			last = false
		}
		if why := w.unquiet(); why != "" {
			quietSince = time.Time{}
			if time.Now().After(calmUntil) {
				w.violated("not at rest after %s: %s", w.opt.Patience, why)
			}
			continue
		}
		if quietSince.IsZero() {
			quietSince = time.Now()
		}
		if time.Since(quietSince) > 20*time.Second && !w.flushing() {
			return
		}
	}
}

// flushing reports whether a flush is under way.
func (w *world) flushing() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.ContainsFunc(w.waiting, func(g *gate) bool {
		return strings.HasPrefix(g.what, "store ") && !strings.HasPrefix(g.what, "store looks")
	})
}
