package resultstore

import (
	"context"
	"errors"
	"maps"
	"sync"
	"time"

	"github.com/millrace/millrace/libs/exec/merge"
	"github.com/millrace/millrace/libs/results"
)

// StillTrying is for how long after a write that got no answer another one is waited
// for before the next counts as the first: merge tries again within a second, but it
// may be busy elsewhere, and then the silence is not Redis's.
const StillTrying = 5 * time.Second

// Answers tells which merge partitions' writes Redis leaves without an answer, those
// that are under way included. A refusal is an answer; that the server cannot serve
// writes now (loading, replica) is none. Its zero value is ready, and it may be used
// by several goroutines.
type Answers struct {
	Now func() time.Time // nil: time.Now

	mu sync.Mutex
	of map[int32]*silence
}

// silence is a series of calls of one partition without an answer.
type silence struct {
	since  time.Time // when its first began
	open   bool      // a call is under way: a writer makes one after another
	failed time.Time // when the last one failed
}

// lasts tells whether the partition writes, or will soon write again.
func (s *silence) lasts(now time.Time) bool { return s.open || now.Sub(s.failed) < StillTrying }

// Missing returns since when writes have had no answer, by merge partition. A write
// that has only just begun counts, too.
func (a *Answers) Missing() map[int32]time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	out := map[int32]time.Time{}
	if a.trying(a.now()) {
		for p, s := range a.of {
			out[p] = s.since
		}
	}
	return out
}

// trying tells whether anybody tries to write. Partitions wait for each other: while
// one is without an answer the others may not even try.
func (a *Answers) trying(now time.Time) bool {
	for _, s := range a.of {
		if s.lasts(now) {
			return true
		}
	}
	return false
}

func (a *Answers) now() time.Time {
	if a.Now == nil {
		return time.Now()
	}
	return a.Now()
}

// begin notes that a call begins.
func (a *Answers) begin(p int32) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.now()
	if !a.trying(now) {
		a.of = map[int32]*silence{} // what there was is over
	}
	s := a.of[p]
	if s == nil {
		s = &silence{since: now}
		a.of[p] = s
	}
	s.open = true
}

// end notes how a call ended. With an answer, partitions that have not tried for long
// are none for which Redis is away.
func (a *Answers) end(p int32, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.now()
	if answered(err) {
		delete(a.of, p)
		maps.DeleteFunc(a.of, func(_ int32, s *silence) bool { return !s.lasts(now) })
	} else if s := a.of[p]; s != nil {
		s.open, s.failed = false, now
	}
}

// answered tells whether a call that ended so has had an answer, or needed none. One
// that was given up has had none.
func answered(err error) bool {
	return !errors.Is(err, results.ErrUnavailable) && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded)
}

// heard is a writer whose calls are noted.
type heard struct {
	merge.Writer
	p       int32
	answers *Answers
}

// Take implements [merge.Writer].
func (w *heard) Take(ctx context.Context, token int64, least merge.Fence, lost bool) (stored merge.Fence, repair bool, err error) {
	w.answers.begin(w.p)
	defer func() { w.answers.end(w.p, err) }()
	return w.Writer.Take(ctx, token, least, lost)
}

// Apply implements [merge.Writer].
func (w *heard) Apply(ctx context.Context, offset int64, ops []merge.Op) (refused []string, err error) {
	w.answers.begin(w.p)
	defer func() { w.answers.end(w.p, err) }()
	return w.Writer.Apply(ctx, offset, ops)
}

// Finish implements [merge.Writer].
func (w *heard) Finish(ctx context.Context, offset int64, asOf merge.AsOf, repaired bool) (err error) {
	w.answers.begin(w.p)
	defer func() { w.answers.end(w.p, err) }()
	return w.Writer.Finish(ctx, offset, asOf, repaired)
}

// Look implements [merge.Writer].
func (w *heard) Look(ctx context.Context) (err error) {
	w.answers.begin(w.p)
	defer func() { w.answers.end(w.p, err) }()
	return w.Writer.Look(ctx)
}

// Sweep implements [merge.Writer]. It asks for many things one after another, and is
// noted when it ends: while it lasts there may be answers all the time.
func (w *heard) Sweep(ctx context.Context, offset int64, s merge.Sweep) (refused []string, err error) {
	if refused, err = w.Writer.Sweep(ctx, offset, s); !answered(err) {
		w.answers.begin(w.p)
	}
	w.answers.end(w.p, err)
	return refused, err
}
