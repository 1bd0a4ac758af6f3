package scanlog_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/libs/exec/merge"
	"github.com/millrace/millrace/libs/exec/scan"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/services/scheduler/internal/scanlog"
)

const events = "events"

// anew deletes a topic and makes it again, with n records of the text in each of its two
// partitions.
func (c *cluster) anew(name, text string, n int) {
	c.t.Helper()
	check(c.t, c.admin.DeleteTopics(within(c.t), name))
	c.fill(name, text, n)
}

func (c *cluster) fill(name, text string, n int) *kafka.Topics {
	c.t.Helper()
	layout := kafka.Layout{Partitions: 2, ExchangePartitions: 2}.With(events)
	topics, err := kafka.Ensure(within(c.t), c.cfg, layout)
	check(c.t, err)
	for p := range int32(2) {
		for range n {
			c.produce(kafka.Record{Topic: name, Partition: p, Value: []byte(text)})
		}
	}
	return topics
}

// commit makes offsets those of a group.
func (c *cluster) commit(group, topic string, offsets map[int32]int64) {
	c.t.Helper()
	g, err := kafka.NewGroup(within(c.t), c.cfg, kafka.GroupConfig{
		Group: group, Topic: topic, TransactionalID: "a former member",
		Adjust: func(context.Context, map[int32]int64) (map[int32]int64, error) { return offsets, nil },
	})
	check(c.t, err)
	defer g.Close()
	for ctx := within(c.t); ; {
		p, err := g.Poll(ctx)
		check(c.t, err)
		if p.Assignment != nil {
			break
		}
	}
	check(c.t, g.Begin())
	if ok, err := g.End(within(c.t), true, offsets); !ok || err != nil {
		c.t.Fatalf("commit: %t, %v", ok, err)
	}
}

// refusal polls until there is an error, or a record that there must not be; it returns
// what was read, too.
func refusal(t *testing.T, l *scanlog.Log) (read string, err error) {
	t.Helper()
	ctx := within(t)
	for err == nil && !strings.Contains(read, "new") {
		var p scan.Polled
		p, err = l.Poll(ctx, 100*time.Millisecond)
		for i := range p.Records {
			read += string(p.Records[i].Value)
		}
	}
	if ctx.Err() != nil {
		t.Fatal("nothing goes wrong")
	}
	return read, err
}

// Of a topic that was made anew nothing is read at the offsets of the one before it: not by
// a member of before, and not by one that comes then, for whom a former member has left
// offsets that the new topic has.
func TestNothingOfANewTopicIsRead(t *testing.T) {
	c := start(t, 2)
	id := c.fill(events, "old", 3).ID(events)
	source := scanlog.Source{Stream: events, Topic: events, Declared: &scanlog.Declared{Epoch: 4, Position: 9, TopicID: id, From: []int64{1, 1}}}
	open := func(slot int) *scanlog.Log {
		t.Helper()
		l, err := scanlog.Open(within(t), c.cfg, c.topics, source, slot, new(scanlog.Sizes))
		check(t, err)
		t.Cleanup(l.Close)
		return l
	}
	before := open(0)
	equal(t, "over its own topic", offsets(t, before, 2), map[int32]int64{0: 1, 1: 1})
	c.anew(events, "new", 9)
	if read, err := refusal(t, before); strings.Contains(read, "new") {
		t.Errorf("a member of before reads %q, then %v", read, err)
	}
	before.Close()

	c.commit(source.Group(), events, map[int32]int64{0: 3, 1: 3})
	read, err := refusal(t, open(1))
	if !errors.Is(err, scanlog.ErrTopic) || errors.Is(err, scanlog.ErrMissing) || read != "" {
		t.Errorf("a member of after reads %q, then %v", read, err)
	}
	if err := source.Check(within(t), c.admin); !errors.Is(err, scanlog.ErrTopic) || !strings.Contains(err.Error(), id) {
		t.Errorf("looked at: %v", err)
	}
}

// The same of a stream that there always is, which ends the scheduler.
func TestNothingOfNewPostsIsRead(t *testing.T) {
	c := start(t, 2)
	c.posts(0, 3)
	c.anew(kafka.TopicTweets, "new", 9)
	c.commit(kafka.GroupScan, kafka.TopicTweets, map[int32]int64{0: 3, 1: 0})
	read, err := refusal(t, c.open(0))
	if !errors.Is(err, merge.ErrIncarnation) || read != "" || !strings.Contains(err.Error(), "millrace reset") {
		t.Errorf("reads %q, then %v", read, err)
	}
}

// What else may have become of the topic.
func TestCheckOfATopic(t *testing.T) {
	c := start(t, 2)
	id := c.fill(events, "", 0).ID(events)
	source := scanlog.Source{Stream: events, Topic: events, Declared: &scanlog.Declared{TopicID: id, From: []int64{0, 0}}}
	check(t, source.Check(within(t), c.admin))
	narrow := source
	narrow.Declared = &scanlog.Declared{TopicID: id, From: []int64{0}}
	if err := narrow.Check(within(t), c.admin); !errors.Is(err, scanlog.ErrTopic) || fmt.Sprint(err) != "the topic is not the one of the declaration: topic events had 1 partitions and has 2 now" {
		t.Errorf("of more partitions: %v", err)
	}
	check(t, c.admin.DeleteTopics(within(t), events))
	if err := source.Check(within(t), c.admin); !errors.Is(err, scanlog.ErrTopic) || !errors.Is(err, scanlog.ErrMissing) {
		t.Errorf("of none: %v", err)
	}
}

// A stream whose group has been told where to begin begins there without a look at the
// exchange, in which there may be much; here is what nobody can read.
func TestANewStreamBeginsAtOnce(t *testing.T) {
	c := start(t, 2)
	id := c.fill(events, "old", 3).ID(events)
	c.produce(kafka.Record{Topic: kafka.TopicExchange, Value: []byte("no seal"), Headers: []kafka.Header{{Key: "type", Value: []byte(merge.TypeSeal)}}})
	open := func(epoch int64, slot int) *scanlog.Log {
		t.Helper()
		source := scanlog.Source{Stream: events, Topic: events, Declared: &scanlog.Declared{Epoch: epoch, Position: 9, TopicID: id, From: []int64{1, 2}}}
		l, err := scanlog.Open(within(t), c.cfg, c.topics, source, slot, new(scanlog.Sizes))
		check(t, err)
		t.Cleanup(l.Close)
		return l
	}
	c.commit(kafka.ScanGroup(events, 4), events, map[int32]int64{0: 1, 1: 2})
	equal(t, "a group that has been told", offsets(t, open(4, 0), 2), map[int32]int64{0: 1, 1: 2})
	if _, err := refusal(t, open(5, 1)); err == nil || !strings.Contains(err.Error(), "find where scanning went on to") {
		t.Errorf("a group that has not: %v", err)
	}
}
