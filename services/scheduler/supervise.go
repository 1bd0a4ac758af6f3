package scheduler

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/millrace/millrace/libs/exec/merge"
	"github.com/millrace/millrace/libs/exec/scan"
	"github.com/millrace/millrace/libs/kafka"
)

const (
	restartAfter = time.Second
	topicsEvery  = 10 * time.Second
)

// supervise runs a stage and starts it anew with a new group member after an
// error, but for those that would repeat themselves.
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
		ran := s.Clock.Now().Sub(began).Round(time.Millisecond)
		if errors.Is(err, kafka.ErrFenced) {
			s.Log.Warn("stage given up; starting it anew: if this goes on, another scheduler runs in the same slot", "stage", name, "slot", s.Slot, "ran", ran, "error", err)
		} else {
			s.Log.Warn("stage given up; starting it anew", "stage", name, "ran", ran, "error", err)
		}
		if err := s.Clock.Sleep(ctx, restartAfter); err != nil {
			return nil
		}
	}
	return nil
}

// lasting reports whether a stage that is started anew would meet the error
// again, or hide it.
func lasting(err error) bool {
	return errors.Is(err, merge.ErrContinuity) || errors.Is(err, merge.ErrIncarnation) || errors.Is(err, scan.ErrContinuity)
}

// watchTopics looks now and then whether the topics are still those of the
// start. Clients find a topic of the same name by themselves, and would go on.
func (s *service) watchTopics(ctx context.Context) error {
	for {
		if err := s.Clock.Sleep(ctx, topicsEvery); err != nil {
			return nil
		}
		if err := s.checkTopics(ctx); errors.Is(err, merge.ErrIncarnation) {
			return err
		}
	}
}

// checkTopics fails with [merge.ErrIncarnation] if a topic was deleted and made
// anew since the start.
func (s *service) checkTopics(ctx context.Context) error {
	now, err := s.admin.Topics(ctx, spokenOf()...)
	if err != nil {
		return err
	}
	for _, name := range spokenOf() {
		if id, was := now.ID(name), s.topology.Topics[name]; id != "" && id != was {
			return fmt.Errorf("%w: topic %s had id %s at the start and has %s now: run `millrace reset` to clear the results and adopt the new topics", merge.ErrIncarnation, name, was, id)
		}
	}
	return nil
}
