package merge

import (
	"time"

	"github.com/millrace/millrace/libs/exec/delta"
	"github.com/millrace/millrace/libs/exec/meter"
)

// freshness remembers when the posts were appended that have been folded and not
// yet acknowledged by the store.
type freshness struct {
	pending map[int64]uint64 // append time in steps → parts of seals
	step    int64            // milliseconds
}

// mostPending bounds the memory for a store that is away: beyond it, times are
// told apart half as finely.
const mostPending = 4096

// note takes the parts of a folded seal that cover posts.
func (f *freshness) note(seal *delta.Seal) {
	for i := range seal.Parts {
		if part := &seal.Parts[i]; part.Documents > 0 && part.Appended > 0 {
			f.add(part.Appended)
		}
	}
}

func (f *freshness) add(at int64) {
	if len(f.pending) == 0 {
		f.pending, f.step = map[int64]uint64{}, 1
	}
	f.pending[at/f.step]++
	for len(f.pending) > mostPending {
		coarser := make(map[int64]uint64, mostPending)
		for at, n := range f.pending {
			coarser[at/2] += n
		}
		f.pending, f.step = coarser, 2*f.step
	}
}

// acknowledged observes everything noted so far.
func (f *freshness) acknowledged(now time.Time, into *meter.Histogram) {
	for at, n := range f.pending {
		into.Observe(now.Sub(time.UnixMilli(at*f.step)), n)
	}
	clear(f.pending)
}
