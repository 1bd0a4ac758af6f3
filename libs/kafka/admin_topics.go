package kafka

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Topics are the ids and partition counts of topics that exist.
type Topics struct {
	byName map[string]topicInfo
}

type topicInfo struct {
	id         string
	uuid       [16]byte
	partitions int32
}

// ID returns the topic's UUID as Kafka prints it (22 letters), which tells it
// from another topic that once had the same name; "" if there is no such topic.
func (t *Topics) ID(name string) string { return t.byName[name].id }

// Partitions returns how many partitions the topic has, 0 if there is none.
func (t *Topics) Partitions(name string) int32 { return t.byName[name].partitions }

// Names returns the topics in order of name.
func (t *Topics) Names() []string {
	var names []string
	for n := range t.byName {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// Topics looks topics up; those that do not exist are missing from the answer.
func (a *Admin) Topics(ctx context.Context, names ...string) (*Topics, error) {
	out := &Topics{byName: map[string]topicInfo{}}
	if len(names) == 0 {
		return out, nil
	}
	req := kmsg.NewPtrMetadataRequest()
	for _, name := range names {
		rt := kmsg.NewMetadataRequestTopic()
		rt.Topic = kmsg.StringPtr(name)
		req.Topics = append(req.Topics, rt)
	}
	err := a.call(ctx, "look up topics", func(ctx context.Context) error {
		resp, err := req.RequestWith(ctx, a.cl) // a client's own metadata may be old
		if err != nil {
			return err
		}
		for _, d := range resp.Topics {
			err := kerr.ErrorForCode(d.ErrorCode)
			if d.Topic == nil || errors.Is(err, kerr.UnknownTopicOrPartition) {
				continue
			}
			if err != nil {
				return fmt.Errorf("topic %s: %w", *d.Topic, err)
			}
			out.byName[*d.Topic] = topicInfo{
				id:         base64.RawURLEncoding.EncodeToString(d.TopicID[:]),
				uuid:       d.TopicID,
				partitions: int32(len(d.Partitions)),
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// DeleteTopics deletes topics and returns when the broker asked no longer knows
// them: it answers before it forgets, and whoever made the topics anew would find
// the old ones. Those that do not exist are left out.
func (a *Admin) DeleteTopics(ctx context.Context, names ...string) error {
	before, err := a.Topics(ctx, names...)
	if err != nil {
		return err
	}
	err = a.call(ctx, "delete topics", func(ctx context.Context) error {
		done, err := a.adm.DeleteTopics(ctx, names...)
		if err != nil {
			return err
		}
		for _, d := range done {
			if d.Err != nil && !errors.Is(d.Err, kerr.UnknownTopicOrPartition) {
				return fmt.Errorf("topic %s: %w", d.Topic, d.Err)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return a.vanished(ctx, before)
}

// vanished waits until the broker asked knows none of the topics. Others of their
// names may have been made meanwhile.
func (a *Admin) vanished(ctx context.Context, topics *Topics) error {
	const pause, patience = 50 * time.Millisecond, 10 * time.Second
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		now, err := a.Topics(ctx, topics.Names()...)
		switch {
		case err != nil && !errors.Is(err, kerr.LeaderNotAvailable):
			return fmt.Errorf("look up the topics just deleted: %w", err)
		case err == nil && !slices.ContainsFunc(topics.Names(), func(name string) bool { return now.ID(name) == topics.ID(name) }):
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("look up the topics just deleted: %w", ctx.Err())
		case <-time.After(pause):
		}
	}
}
