package kafka_test

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/millrace/millrace/libs/kafka"
)

var allTopics = []string{
	kafka.TopicFiles, kafka.TopicTweets, kafka.TopicQueries, kafka.TopicRegistry, kafka.TopicStatus,
	kafka.TopicExchange, kafka.TopicCheckpoints, kafka.TopicCosts, kafka.TopicDeadLetters,
}

// without deletes the pipeline's topics.
func without(t *testing.T, cfg kafka.Config) {
	t.Helper()
	a, ctx := admin(t, cfg), within(t)
	check(t, a.DeleteTopics(ctx, allTopics...))
	left, err := a.Topics(ctx, allTopics...)
	check(t, err)
	if names := left.Names(); len(names) != 0 {
		t.Fatalf("topics just deleted are still there: %v", names)
	}
}

func describe(t *testing.T, cfg kafka.Config, topic string) map[string]string {
	t.Helper()
	cl, err := kgo.NewClient(kgo.SeedBrokers(cfg.Brokers...))
	check(t, err)
	defer cl.Close()
	rcs, err := kadm.NewClient(cl).DescribeTopicConfigs(within(t), topic)
	check(t, err)
	got := map[string]string{}
	for _, rc := range rcs {
		for _, c := range rc.Configs {
			got[c.Key] = c.MaybeValue()
		}
	}
	return got
}

func TestEnsure(t *testing.T) {
	cfg := brokers(t)
	without(t, cfg)
	layout := kafka.Layout{Partitions: 3, ExchangePartitions: 2, TweetsRetention: time.Hour, TweetsBytes: 1 << 30}
	made, err := kafka.Ensure(within(t), cfg, layout)
	check(t, err)
	want := map[string]int32{kafka.TopicTweets: 3, kafka.TopicExchange: 2, kafka.TopicCheckpoints: 2}
	ids := map[string]bool{}
	for _, name := range allTopics {
		partitions := max(want[name], 1)
		if got := made.Partitions(name); got != partitions {
			t.Errorf("%s has %d partitions, want %d", name, got, partitions)
		}
		id := made.ID(name)
		if len(id) != 22 || ids[id] {
			t.Errorf("%s has id %q", name, id)
		}
		ids[id] = true
	}
	for topic, settings := range map[string]map[string]string{
		kafka.TopicRegistry: {"cleanup.policy": "compact", "segment.bytes": "67108864", "delete.retention.ms": "86400000", "retention.ms": "-1", "max.message.bytes": "4194304"},
		kafka.TopicExchange: {"cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1", "segment.bytes": "67108864"},
		kafka.TopicTweets:   {"cleanup.policy": "delete", "retention.ms": "3600000", "retention.bytes": "1073741824"},
		kafka.TopicStatus:   {"cleanup.policy": "delete", "retention.ms": "604800000"},
	} {
		got := describe(t, cfg, topic)
		for k, v := range settings {
			if got[k] != v {
				t.Errorf("%s has %s=%s, want %s", topic, k, got[k], v)
			}
		}
	}
	if !cfg.Embedded {
		if got := describe(t, cfg, kafka.TopicCheckpoints)["min.cleanable.dirty.ratio"]; got != "0.1" {
			t.Errorf("checkpoints have min.cleanable.dirty.ratio=%s, want 0.1", got)
		}
	}

	again, err := kafka.Ensure(within(t), cfg, layout)
	check(t, err)
	for _, name := range allTopics {
		if again.ID(name) != made.ID(name) {
			t.Errorf("%s was made anew", name)
		}
	}

	_, err = kafka.Ensure(within(t), cfg, kafka.Layout{Partitions: 5, ExchangePartitions: 4})
	var mismatch *kafka.PartitionsError
	if !errors.As(err, &mismatch) || len(mismatch.Mismatches) != 3 {
		t.Fatalf("other partition counts: %v", err)
	}
	const msg = "millrace.tweets has 3 partitions, not 5, millrace.exchange has 2 partitions, not 4, millrace.checkpoints has 2 partitions, not 4: " +
		"partition counts are those of the topics as first made; start with --partitions 3 --exchange-partitions 2, " +
		"or delete every Millrace topic, with posts and queries, and all results by `"
	if want := msg + cfg.ResetCommand(true) + "`, or use another Kafka cluster"; err.Error() != want {
		t.Errorf("message:\n%s\nwant:\n%s", err, want)
	}
	without(t, cfg)
}

// A registry that somebody made without compaction would forget its queries.
func TestEnsureWrongPolicy(t *testing.T) {
	cfg := brokers(t)
	without(t, cfg)
	cl, err := kgo.NewClient(kgo.SeedBrokers(cfg.Brokers...))
	check(t, err)
	defer cl.Close()
	_, err = kadm.NewClient(cl).CreateTopic(within(t), 1, 1, nil, kafka.TopicRegistry)
	check(t, err)
	_, err = kafka.Ensure(within(t), cfg, kafka.Layout{})
	if err == nil || !strings.Contains(err.Error(), "millrace.registry has cleanup.policy=delete, not compact") {
		t.Errorf("a registry without compaction: %v", err)
	}
	without(t, cfg)
}

// The embedded log passes for 4.x by being marked, and by its features.
func TestEnsureVersion(t *testing.T) {
	cfg := brokers(t)
	cfg.Embedded = false
	if os.Getenv("MILLRACE_BROKERS") == "" {
		t.Skip("needs a real broker: set MILLRACE_BROKERS")
	}
	without(t, cfg)
	_, err := kafka.Ensure(within(t), cfg, kafka.Layout{Partitions: 1, ExchangePartitions: 1})
	check(t, err)
	without(t, cfg)
}

func TestUnreachable(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	addr := ln.Addr().String()
	check(t, ln.Close())
	_, err = kafka.Ensure(within(t), kafka.Config{Brokers: []string{addr}}, kafka.Layout{})
	var unreachable *kafka.UnreachableError
	if !errors.As(err, &unreachable) || !strings.HasPrefix(err.Error(), "cannot reach Kafka at "+addr+": ") {
		t.Errorf("brokers that are not there: %v", err)
	}
}

// TestLayoutWith: a stream's topic is in a layout once, and tweets are in every layout.
func TestLayoutWith(t *testing.T) {
	var none kafka.Layout
	if got := none.With(kafka.TopicTweets); len(got.Streams) != 0 {
		t.Errorf("tweets among %v", got.Streams)
	}
	one := none.With("logs")
	a, b := one.With("wiki"), one.With("github")
	if got := fmt.Sprint(one.With("logs").Streams, a.Streams, b.Streams); got != "[logs] [logs wiki] [logs github]" {
		t.Error(got)
	}
}
