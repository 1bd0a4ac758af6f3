package registry

import "time"

// age tells which drops are older than tombstones live. Epochs in the registry only
// increase, so that the greatest at a moment tells all drops of before from those since.
type age struct {
	marks     []mark // oldest first
	greatest  int64  // epoch seen
	forgotten int64  // the greatest epoch up to which drops are forgotten
}

// mark is the greatest epoch that had been seen at a time.
type mark struct {
	at    time.Time
	epoch int64
}

// markEvery is how far marks are apart: a drop is forgotten that much late at most.
const markEvery = time.Hour

func newAge() age { return age{greatest: -1, forgotten: -1} }

// see takes note of an epoch.
func (a *age) see(epoch int64) { a.greatest = max(a.greatest, epoch) }

// pass takes note of the time, and reports whether more drops are to be forgotten.
func (a *age) pass(now time.Time) bool {
	if n := len(a.marks); n == 0 || now.Sub(a.marks[n-1].at) >= markEvery {
		a.marks = append(a.marks, mark{now, a.greatest})
	}
	was := a.forgotten
	for len(a.marks) > 0 && now.Sub(a.marks[0].at) > tombstonesLive {
		a.forgotten = max(a.forgotten, a.marks[0].epoch)
		a.marks = a.marks[1:]
	}
	return a.forgotten > was
}

// forget lets go of drops that were read longer ago than the topic keeps tombstones, so
// that a process which lives for long does not hold all that there ever were.
//
// A reader that begins now may not find them either, and everything that follows from
// definitions is made for that: what the store lists and the registry lacks is dropped
// (merge does so after every restore and repair), and a partition that has the query
// still, having slept through all of that time, drops it when it misses it. What a
// reader that begins now cannot tell, this one does: that an epoch comes again, of
// whichever query.
func (t *table) forget(now time.Time) {
	if !t.age.pass(now) {
		return
	}
	for id, epoch := range t.drops.Directory().All() {
		if epoch <= t.age.forgotten {
			t.drops.Delete(id)
			t.changed = true
		}
	}
}
