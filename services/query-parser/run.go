package queryparser

import (
	"context"
	"errors"
	"time"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/libs/kafka"
)

// readyName is the service's condition of readiness.
const readyName = "query-parser"

// Run serves until ctx ends, and then returns nil. Where Kafka cannot be reached
// it waits and says so. It returns an error when trying again cannot help: a
// topic is not what it must be, or another query parser runs.
func Run(ctx context.Context, cfg Config) error {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return err
	}
	cfg.Ready.Require(readyName)
	return newRunner(cfg).run(ctx)
}

// run attempts until ctx ends or trying again cannot help.
func (r *runner) run(ctx context.Context) error {
	cfg := r.cfg
	for wait := firstWait; ; wait = min(2*wait, lastWait) {
		begun := cfg.Clock.Now()
		err := r.attempt(ctx)
		if ctx.Err() != nil {
			return nil
		}
		r.trial.after(err)
		cfg.Ready.Report(readyName, err)
		if r.final(err) {
			return err
		}
		if cfg.Clock.Now().Sub(begun) > time.Minute {
			wait = firstWait
		}
		r.outage.Failed(err)
		if cfg.Clock.Sleep(ctx, wait) != nil {
			return nil
		}
	}
}

// Waits between attempts.
const (
	firstWait = 100 * time.Millisecond
	lastWait  = 5 * time.Second
)

// runner tries, and remembers how that went.
type runner struct {
	cfg    Config
	outage *daemon.Outage
	fenced time.Time // when an attempt was last fenced
	trial  trial     // of the submission that attempts fail at

	silences silences

	brokers func(*kafka.Admin) brokers // of an attempt; nil: the admin
}

func newRunner(cfg Config) *runner {
	return &runner{cfg: cfg, silences: silences{}, outage: daemon.NewOutage(cfg.Clock, cfg.Log, "parse queries")}
}

// attempt serves until something goes wrong.
func (r *runner) attempt(ctx context.Context) error {
	admin, err := kafka.NewAdmin(r.cfg.Kafka)
	if err != nil {
		return &finalError{err}
	}
	defer admin.Close()
	if _, err := admin.Ensure(ctx, r.cfg.Layout); err != nil {
		var away *kafka.UnreachableError
		if errors.As(err, &away) {
			return err
		}
		return &finalError{err}
	}
	s := &stage{cfg: r.cfg, admin: admin, brokers: admin, trial: &r.trial, silences: r.silences, working: func() {
		r.outage.Recovered()
		r.cfg.Ready.Report(readyName, nil)
	}}
	if r.brokers != nil {
		s.brokers = r.brokers(admin)
	}
	return s.run(ctx)
}

// finalError is one that another attempt would meet again.
type finalError struct{ err error }

func (e *finalError) Error() string { return e.err.Error() }
func (e *finalError) Unwrap() error { return e.err }

// final reports whether to give up. To be fenced once is what happens after a
// long sleep of the machine; twice within a minute is another query parser.
func (r *runner) final(err error) bool {
	var f *finalError
	if errors.As(err, &f) {
		return true
	}
	if !errors.Is(err, kafka.ErrFenced) {
		return false
	}
	now := r.cfg.Clock.Now()
	again := !r.fenced.IsZero() && now.Sub(r.fenced) < time.Minute
	r.fenced = now
	return again
}
