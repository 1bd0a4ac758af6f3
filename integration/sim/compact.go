package sim

import (
	"time"
)

// tombstones is how long a tombstone stays at least once it was met by compaction
// (KIP-534): a day on a real broker. A reader that was away or behind for longer may
// have missed some.
const tombstones = 10 * time.Second

// compact removes from a partition what a later committed record of the same key
// has replaced, and tombstones that are old. A restore on its way to the end is
// given the time for it that real ones have: it takes seconds, not as long as
// tombstones stay.
func (c *cluster) compact(p *part) {
	newest := map[string]bool{}
	for o := p.stable() - 1; o >= p.start; o-- {
		e := p.entries[o]
		if e.control || e.gone || e.txn != nil && !e.txn.commit {
			continue
		}
		tombstone := e.value == nil && !newest[e.key]
		if tombstone && e.cleaned.IsZero() {
			e.cleaned = time.Now()
		}
		switch {
		case newest[e.key]:
			e.gone = true
			c.w.count("record compacted away")
		case tombstone && p.reading == 0 && time.Since(e.cleaned) > tombstones:
			e.gone = true
			c.w.count("tombstone removed")
		}
		newest[e.key] = true
	}
}

// idleWeek ends everything for so long that the groups forget their offsets, and
// starts it again.
func (w *world) idleWeek() {
	w.note("A WEEK without anybody")
	w.count("group offsets expired")
	k := w.kafka
	for _, p := range w.procs {
		p.kill()
	}
	for _, g := range k.groups() {
		for _, id := range k.members(g) {
			g.leave(g.members[id])
		}
	}
	time.Sleep(transactionTimeout + time.Second)
	k.expire()
	for k.marker() {
	}
	for _, g := range k.groups() {
		clear(g.committed)
	}
	for slot := range w.procs {
		w.boot(slot)
	}
}

// retain deletes posts, read or not, as a topic's retention does.
func (c *cluster) retain() {
	all := c.w.load.now()
	s := all[c.w.rng.IntN(len(all))]
	i := c.w.rng.IntN(len(s.parts))
	p := s.parts[i]
	at := max(p.start, s.group.committed[int32(i)]-2)
	if p.end() > at {
		p.start = at + 1 + c.w.rng.Int64N(min(3, p.end()-at))
		c.w.note("RETENTION: %s begins at %d", p.name, p.start)
	}
}
