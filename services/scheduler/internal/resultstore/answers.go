package resultstore

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/millrace/millrace/libs/exec/merge"
	"github.com/millrace/millrace/libs/results"
)

// StillTrying is for how long after a write that got no answer another one is waited
// for before the next counts as the first: merge tries again within a second, but it
// may be busy elsewhere, and then the silence is not Redis's.
const StillTrying = 5 * time.Second

// Answers tells since when Redis has answered nothing to the writes of merge
// partitions, those that are under way included. A refusal is an answer; that the
// server cannot serve writes now (loading, replica) is none. Its zero value is ready,
// and it may be used by several goroutines.
type Answers struct {
	Now func() time.Time // nil: time.Now

	mu     sync.Mutex
	since  time.Time // when the first call began that, since the last answer, has had none
	open   int       // calls under way
	failed time.Time // when the last one ended without an answer
}

// Missing returns since when writes have had no answer; zero if they have, or nobody
// writes. A write that has only just begun counts, too.
func (a *Answers) Missing() time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.trying(a.now()) {
		return time.Time{}
	}
	return a.since
}

// trying tells whether anybody writes, or will soon write again.
func (a *Answers) trying(now time.Time) bool { return a.open > 0 || now.Sub(a.failed) < StillTrying }

func (a *Answers) now() time.Time {
	if a.Now == nil {
		return time.Now()
	}
	return a.Now()
}

// hear notes that a call begins, and the function that it returns how it ended.
func (a *Answers) hear(err *error) (ended func()) {
	a.begin()
	return func() { a.end(*err) }
}

// begin notes that a call begins.
func (a *Answers) begin() {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.now()
	if !a.trying(now) || a.since.IsZero() {
		a.since = now
	}
	a.open++
}

// end notes how a call ended. With an answer, the silence of others that are under
// way begins anew.
func (a *Answers) end(err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.now()
	a.open--
	switch {
	case !answered(err):
		a.failed = now
	case a.open > 0:
		a.since, a.failed = now, time.Time{}
	default:
		a.since, a.failed = time.Time{}, time.Time{}
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
	answers *Answers
}

// Take implements [merge.Writer].
func (w *heard) Take(ctx context.Context, token int64, least merge.Fence, lost bool) (stored merge.Fence, repair bool, err error) {
	defer w.answers.hear(&err)()
	return w.Writer.Take(ctx, token, least, lost)
}

// Apply implements [merge.Writer].
func (w *heard) Apply(ctx context.Context, offset int64, ops []merge.Op) (refused []string, err error) {
	defer w.answers.hear(&err)()
	return w.Writer.Apply(ctx, offset, ops)
}

// Finish implements [merge.Writer].
func (w *heard) Finish(ctx context.Context, offset int64, asOf merge.AsOf, repaired bool) (err error) {
	defer w.answers.hear(&err)()
	return w.Writer.Finish(ctx, offset, asOf, repaired)
}

// Look implements [merge.Writer].
func (w *heard) Look(ctx context.Context) (err error) {
	defer w.answers.hear(&err)()
	return w.Writer.Look(ctx)
}

// Sweep implements [merge.Writer]. It asks for many things one after another, and is
// noted when it ends: while it lasts there may be answers all the time.
func (w *heard) Sweep(ctx context.Context, offset int64, s merge.Sweep) (refused []string, err error) {
	refused, err = w.Writer.Sweep(ctx, offset, s)
	w.answers.hear(&err)()
	return refused, err
}
