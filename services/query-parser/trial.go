package queryparser

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/services/query-parser/internal/admission"
)

const (
	// topicPatience is for how long the topic of one CREATE STREAM is asked for, and
	// everybody behind it waits, while the brokers answer otherwise.
	topicPatience = 30 * time.Second
	// mostBetween is how much of the time between two failures counts at most: nobody
	// has seen whether Kafka was there all the while.
	mostBetween = 15 * time.Second
)

// brokers is what is asked of Kafka about topics of streams: a [kafka.Admin].
type brokers interface {
	EnsureStream(ctx context.Context, layout kafka.Layout, name string) (kafka.StreamTopic, error)
	Ends(ctx context.Context, topic string) (map[int32]int64, error)
}

// trial is for how long the topic of one submission has failed while the brokers
// answered otherwise. It outlives attempts, each of which such a failure ends.
type trial struct {
	offset  int64     // of the submission
	last    time.Time // when it failed last; zero: nothing fails
	failing time.Duration
}

// failed notes a failure, and returns for how long the submission has failed.
func (t *trial) failed(offset int64, now time.Time) time.Duration {
	if t.last.IsZero() || t.offset != offset {
		*t = trial{offset: offset, last: now}
		return 0
	}
	t.failing += min(now.Sub(t.last), mostBetween)
	t.last = now
	return t.failing
}

// after takes the end of an attempt into account: any other than by a topic that does not
// answer says nothing about it, and the trial begins anew.
func (t *trial) after(err error) {
	var sick *sickError
	if !errors.As(err, &sick) {
		*t = trial{}
	}
}

// sickError says that a topic does not answer while the brokers do.
type sickError struct {
	topic  string
	offset int64 // of the submission that names it
	err    error
}

func (e *sickError) Error() string {
	return fmt.Sprintf("topic %s, of the submission at offset %d, does not answer: %v", e.topic, e.offset, e.err)
}

func (e *sickError) Unwrap() error { return e.err }

// topic makes the topic of a stream, which the submission before s.next declares, where it
// is missing, and looks at it. One that has not answered for long, while the brokers
// do, is an [*admission.SilentError]; so it is at once where that was so a moment ago.
func (s *stage) topic(ctx context.Context, name string) (kafka.StreamTopic, error) {
	resting, was := s.silences.find(name, s.cfg.Clock.Now())
	if resting {
		return kafka.StreamTopic{}, &admission.SilentError{Err: was}
	}
	found, err := s.ask(ctx, name, was != nil)
	var refused *kafka.RefusedError
	switch {
	case ctx.Err() != nil:
		return found, err
	case err == nil || errors.As(err, &refused):
		s.silences.forget(name)
		return found, err
	case was == nil && !s.first:
		return found, err
	}
	if _, away := s.brokers.Ends(ctx, kafka.TopicQueries); away != nil {
		return found, err // Kafka as a whole is away, and the trial begins anew
	}
	offset := s.next - 1
	if was == nil {
		if lasts := s.trial.failed(offset, s.cfg.Clock.Now()); lasts < topicPatience {
			return found, &sickError{topic: name, offset: offset, err: err}
		}
	}
	var unreached *kafka.UnreachableError
	if errors.As(err, &unreached) {
		err = unreached.Err // Kafka as a whole has just answered
	}
	if was != nil && errors.Is(err, context.DeadlineExceeded) {
		err = was // it was not asked for long enough to say more
	}
	s.cfg.Log.Warn("a topic does not answer, and the stream over it is rejected", "topic", name, "offset", offset, "error", err)
	s.silences.note(name, s.cfg.Clock.Now(), err)
	return found, &admission.SilentError{Err: err}
}

// ask makes and looks at a topic. One that has been silent before has less time for it.
func (s *stage) ask(ctx context.Context, name string, silent bool) (kafka.StreamTopic, error) {
	if silent {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, silentPatience)
		defer cancel()
	}
	return s.brokers.EnsureStream(ctx, s.cfg.Layout, name)
}
