package sim

import (
	"time"
)

// count counts a fault by what it interrupted.
func (w *world) count(what string) { w.effective[what]++ }

// fault does one thing that should not happen.
func (w *world) fault() bool {
	slot := w.rng.IntN(len(w.procs))
	p := w.procs[slot]
	switch w.rng.IntN(12) {
	case 0, 1:
		w.note("KILL %s", p.name)
		w.interrupted(p, "kill")
		p.kill()
		w.boot(slot)
	case 2, 3:
		w.interrupted(p, "pause")
		p.paused = !p.paused
		w.note("PAUSE %s: %t", p.name, p.paused)
	case 4, 5:
		for _, g := range []*group{w.kafka.scanning, w.kafka.merging} {
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
		p.slow = []string{"", "registry", "registry", "scan", "merge", "store"}[w.rng.IntN(6)]
		w.note("SLOW %s: %q", p.name, p.slow)
	case 9:
		w.store.away = !w.store.away
		w.note("STORE away: %t", w.store.away)
	}
	return true
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
	w.store.away = false
	for w.store.resend() {
	}
	for _, p := range w.procs {
		p.paused, p.slow = false, ""
	}
	calmUntil := time.Now().Add(w.opt.Patience)
	quietSince := time.Time{}
	for w.violation == "" {
		w.next()
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
		if time.Since(quietSince) > 20*time.Second {
			return
		}
	}
}
