package scanlog_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/millrace/millrace/libs/embedded"
	"github.com/millrace/millrace/libs/exec/delta"
	"github.com/millrace/millrace/libs/exec/merge"
	"github.com/millrace/millrace/libs/exec/scan"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/services/scheduler/internal/scanlog"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// within is the time that a test may take until it is called stuck.
func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// cluster is an embedded log with the pipeline's topics.
type cluster struct {
	t      *testing.T
	cfg    kafka.Config
	topics *kafka.Topics
	admin  *kafka.Admin
}

func start(t *testing.T, partitions int32) *cluster {
	t.Helper()
	s, err := embedded.Start(embedded.Options{Log: true, Dir: t.TempDir()})
	check(t, err)
	t.Cleanup(func() { check(t, s.Close()) })
	cfg := kafka.Config{Brokers: s.Brokers, Embedded: true}
	topics, err := kafka.Ensure(within(t), cfg, kafka.Layout{Partitions: partitions, ExchangePartitions: 2})
	check(t, err)
	admin, err := kafka.NewAdmin(cfg)
	check(t, err)
	t.Cleanup(admin.Close)
	return &cluster{t: t, cfg: cfg, topics: topics, admin: admin}
}

// produce writes records outside of transactions.
func (c *cluster) produce(records ...kafka.Record) {
	c.t.Helper()
	p, err := kafka.NewProducer(c.cfg)
	check(c.t, err)
	defer p.Close()
	check(c.t, p.Produce(within(c.t), records...))
}

// posts writes n posts to a partition.
func (c *cluster) posts(partition int32, n int) {
	c.t.Helper()
	for i := range n {
		c.produce(kafka.Record{Topic: kafka.TopicTweets, Partition: partition, Value: fmt.Appendf(nil, `{"id":%d}`, i)})
	}
}

// seal writes a seal of one partition.
func (c *cluster) seal(topicID string, part delta.SealPart) kafka.Record {
	c.t.Helper()
	part.Topic = kafka.TopicTweets
	value, err := delta.EncodeSeal(&delta.Seal{Topics: map[string]string{kafka.TopicTweets: topicID}, Parts: []delta.SealPart{part}})
	check(c.t, err)
	return kafka.Record{Topic: kafka.TopicExchange, Value: value, Headers: []kafka.Header{{Key: "type", Value: []byte(merge.TypeSeal)}}}
}

func (c *cluster) open(slot int) *scanlog.Log {
	c.t.Helper()
	l, err := scanlog.Open(within(c.t), c.cfg, c.topics, scanlog.Source{}, slot, new(scanlog.Sizes))
	check(c.t, err)
	c.t.Cleanup(l.Close)
	return l
}

// assignment polls until there is one of n partitions.
func assignment(t *testing.T, l *scanlog.Log, n int) map[int32]scan.Assigned {
	t.Helper()
	ctx := within(t)
	for {
		p, err := l.Poll(ctx, time.Second)
		check(t, err)
		if len(p.Assignment) == n {
			return p.Assignment
		}
	}
}

// offsets polls until there is an assignment of n partitions, and says where
// reading begins.
func offsets(t *testing.T, l *scanlog.Log, n int) map[int32]int64 {
	t.Helper()
	out := map[int32]int64{}
	for p, a := range assignment(t, l, n) {
		out[p] = a.Offset
	}
	return out
}

// committed reads what transactions have written to a topic.
func (c *cluster) committed(topic string) []kafka.Record {
	c.t.Helper()
	starts, err := c.admin.Starts(within(c.t), topic)
	check(c.t, err)
	ends, err := c.admin.Ends(within(c.t), topic)
	check(c.t, err)
	r, err := kafka.NewReader(c.cfg, topic, starts)
	check(c.t, err)
	defer r.Close()
	var out []kafka.Record
	check(c.t, r.ReadTo(within(c.t), ends, func(rec *kafka.Record) error {
		if !rec.Control {
			keep := *rec
			keep.Value = slices.Clone(rec.Value)
			out = append(out, keep)
		}
		return nil
	}))
	return out
}

func equal(t *testing.T, what string, got, want map[int32]int64) {
	t.Helper()
	if !maps.Equal(got, want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}
