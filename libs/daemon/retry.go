package daemon

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/millrace/millrace/libs/kafka"
)

const (
	retryFirst = 100 * time.Millisecond
	retryMost  = 5 * time.Second
	// logEvery is how often a failure that lasts is logged again.
	logEvery = 10 * time.Second
)

// permanentError ends [Retry].
type permanentError struct{ err error }

func (e *permanentError) Error() string { return e.err.Error() }
func (e *permanentError) Unwrap() error { return e.err }

// Permanent marks an error that trying again cannot cure: [Retry] returns it.
// [UsageError]s need no mark.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return &permanentError{err}
}

// Retry calls fn until it returns nil, a [Permanent] error or a [UsageError], or
// until ctx ends (it then returns ctx's error). It waits 100 ms after the first
// failure, twice as long after each further one, at most 5 s; it logs the first
// failure at once, then at most every 10 s, and the recovery once. what names
// the attempt: "reach kafka at 127.0.0.1:9092".
func Retry(ctx context.Context, log *slog.Logger, what string, fn func(context.Context) error) error {
	return RetryClock(ctx, RealClock{}, log, what, fn)
}

// RetryClock is [Retry] by another clock.
func RetryClock(ctx context.Context, clock Clock, log *slog.Logger, what string, fn func(context.Context) error) error {
	outage := NewOutage(clock, log, what)
	for wait := retryFirst; ; wait = min(2*wait, retryMost) {
		err := fn(ctx)
		if err == nil {
			outage.Recovered()
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		var permanent *permanentError
		if errors.As(err, &permanent) {
			return permanent.err
		}
		var usage *UsageError
		if errors.As(err, &usage) {
			return err
		}
		outage.Failed(err)
		if err := clock.Sleep(ctx, wait); err != nil {
			return err
		}
	}
}

// Outage logs a failure that may last: when it begins, then at most every 10 s,
// and once when it is over. What the log has told already (see
// [kafka.UnreachableError]) it tells at level debug. It may be used by several
// goroutines.
type Outage struct {
	clock Clock
	log   *slog.Logger
	what  string

	mu     sync.Mutex
	since  time.Time // zero while all is well
	logged time.Time // zero while all was told by others
	tries  int
}

// NewOutage returns an Outage in which all is well; what names what may fail.
func NewOutage(clock Clock, log *slog.Logger, what string) *Outage {
	return &Outage{clock: clock, log: log, what: what}
}

// Failed notes one failure.
func (o *Outage) Failed(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	now := o.clock.Now()
	o.tries++
	first := o.since.IsZero()
	if first {
		o.since = now
	}
	var away *kafka.UnreachableError
	switch {
	case errors.As(err, &away) && away.Told:
		o.log.Debug("failed, will try again", "what", o.what, "error", err)
	case first || o.logged.IsZero():
		o.logged = now
		o.log.Warn("failed, will try again", "what", o.what, "error", err)
	case now.Sub(o.logged) >= logEvery:
		o.logged = now
		o.log.Warn("still failing", "what", o.what, "error", err,
			"for", now.Sub(o.since).Round(time.Second), "tries", o.tries)
	}
}

// Recovered notes that all is well.
func (o *Outage) Recovered() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.since.IsZero() {
		return
	}
	level := slog.LevelInfo
	if o.logged.IsZero() {
		level = slog.LevelDebug
	}
	o.log.Log(context.Background(), level, "recovered", "what", o.what,
		"after", o.clock.Now().Sub(o.since).Round(time.Millisecond), "tries", o.tries)
	o.since, o.logged, o.tries = time.Time{}, time.Time{}, 0
}

// Failing reports whether the last call was Failed.
func (o *Outage) Failing() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return !o.since.IsZero()
}
