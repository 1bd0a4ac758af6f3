package scheduler

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/millrace/millrace/libs/exec/merge"
	"github.com/millrace/millrace/libs/exec/scan"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/results"
	"github.com/millrace/millrace/services/scheduler/internal/scanlog"
)

const (
	restartAfter = time.Second
	lookEvery    = 5 * time.Second
)

// ErrFenced says that another scheduler took over the slot, or that the brokers
// took this one's silence for its end. Whoever supervises the process starts it
// again, and looks why if that happens again and again.
var ErrFenced = kafka.ErrFenced

// fencedError is an [ErrFenced] for the operator.
type fencedError struct {
	slot  int
	stage string
	err   error
}

func (e *fencedError) Error() string {
	return fmt.Sprintf("slot %d is fenced: another scheduler runs with --slot %d or took this one for dead, or this one stood still for longer than a transaction may last (%s). "+
		"Give every scheduler a --slot of its own; if this one is alone, start it again: nothing is lost. (%s: %v)",
		e.slot, e.slot, kafka.TransactionTimeout, e.stage, e.err)
}

func (e *fencedError) Unwrap() error { return e.err }

// supervise runs a stage and starts it anew with a new group member after an
// error, but for those that would repeat themselves, or that say that the slot is
// another's: two that start anew for ever would fence each other for ever.
func (s *service) supervise(ctx context.Context, name string, stage func(context.Context) error) error {
	for ctx.Err() == nil {
		began := s.Clock.Now()
		err := stage(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err == nil {
			err = errors.New("it ended by itself")
		}
		if other := s.checkTopics(ctx); errors.Is(other, merge.ErrIncarnation) {
			err = other // and the stage's error follows from that
		}
		if lasting(err) {
			return fmt.Errorf("%s: %w", name, err)
		}
		if errors.Is(err, ErrFenced) {
			return &fencedError{slot: s.Slot, stage: name, err: err}
		}
		level := slog.LevelWarn
		var away *kafka.UnreachableError
		if errors.As(err, &away) && away.Told {
			level = slog.LevelDebug // once for all stages and clients is enough
		}
		s.Log.Log(ctx, level, "stage given up; starting it anew", "stage", name, "ran", s.Clock.Now().Sub(began), "error", err)
		if err := s.Clock.Sleep(ctx, restartAfter); err != nil {
			return nil
		}
	}
	return nil
}

// lasting reports whether a stage that is started anew would meet the error
// again, or hide it.
func lasting(err error) bool {
	return errors.Is(err, scan.ErrGone) || errors.Is(err, scanlog.ErrTopic) || errors.Is(err, errDenied) || errors.Is(err, merge.ErrContinuity) || errors.Is(err, merge.ErrIncarnation) || errors.Is(err, scan.ErrContinuity)
}

// watchServers looks now and then whether Kafka and Redis answer, for whoever asks
// how this scheduler is, and whether the topics are still those of the start:
// clients find a topic of the same name by themselves, and would go on.
func (s *service) watchServers(ctx context.Context) error {
	for {
		if err := s.Clock.Sleep(ctx, lookEvery); err != nil {
			return nil
		}
		err := s.checkTopics(ctx)
		if errors.Is(err, merge.ErrIncarnation) {
			return err
		}
		away := results.CheckServer(ctx, s.rdb)
		if ctx.Err() == nil {
			s.Ready.Report("kafka", err)
			s.Ready.Report("redis", away)
		}
	}
}

// checkTopics fails with [merge.ErrIncarnation] if a topic was deleted and made
// anew since the start.
func (s *service) checkTopics(ctx context.Context) error {
	now, err := s.admin.Topics(ctx, s.spokenOf()...)
	if err != nil {
		return err
	}
	for _, name := range s.spokenOf() {
		if id, was := now.ID(name), s.topology.Topics[name]; id != "" && id != was {
			return fmt.Errorf("%w: topic %s had id %s at the start and has %s now: run `millrace reset` to clear the results and adopt the new topics", merge.ErrIncarnation, name, was, id)
		}
	}
	return nil
}
