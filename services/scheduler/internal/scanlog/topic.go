package scanlog

import (
	"context"
	"errors"
	"fmt"

	"github.com/millrace/millrace/libs/exec/merge"
	"github.com/millrace/millrace/libs/kafka"
)

// ErrTopic is wrapped where a stream's topic is not the one that it was declared over.
var ErrTopic = errors.New("the topic is not the one of the declaration")

// ErrMissing is wrapped, too, where there is no such topic.
var ErrMissing = errors.New("it is not there")

// Check fails with [ErrTopic] where the topic is not the one that the stream was declared
// over: clients find another one of its name by themselves.
func (s *Source) Check(ctx context.Context, admin *kafka.Admin) error {
	topic, was := s.topic(), s.Declared
	now, err := admin.Topics(ctx, topic)
	if err != nil {
		return err
	}
	switch id, n := now.ID(topic), now.Partitions(topic); {
	case id == "":
		return fmt.Errorf("%w: topic %s had id %s, and %w", ErrTopic, topic, was.TopicID, ErrMissing)
	case id != was.TopicID:
		return fmt.Errorf("%w: topic %s had id %s and has %s now", ErrTopic, topic, was.TopicID, id)
	case int(n) != len(was.From):
		return fmt.Errorf("%w: topic %s had %d partitions and has %d now", ErrTopic, topic, len(was.From), n)
	}
	return nil
}

// same fails where the group's offsets are those of another topic than the one that would be
// read by them: they may outlive a topic that is deleted and made anew under its name, and
// a member that comes after that reads the new one. A member of before knows the topic by
// its id, and reads none of the new one.
func (s *Source) same(ctx context.Context, admin *kafka.Admin, topics *kafka.Topics) error {
	if s.Declared != nil {
		return s.Check(ctx, admin)
	}
	now, err := admin.Topics(ctx, s.topic())
	if err != nil {
		return err
	}
	switch id, was := now.ID(s.topic()), topics.ID(s.topic()); {
	case id == "": // as the broker asked may say for a moment that has just come up
		return fmt.Errorf("topic %s: %w", s.topic(), ErrMissing)
	case id != was:
		return fmt.Errorf("%w: topic %s had id %s at the start and has %s now: run `millrace reset` to clear the results and adopt the new topics", merge.ErrIncarnation, s.topic(), was, id)
	}
	return nil
}
