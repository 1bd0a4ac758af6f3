package kafka_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/millrace/millrace/libs/kafka"
)

func TestEnsureStream(t *testing.T) {
	cfg := brokers(t)
	a := admin(t, cfg)
	layout := kafka.Layout{Partitions: 3, TweetsBytes: 1 << 30}
	name := unique(t, "stream")
	made, err := a.EnsureStream(within(t), layout, name)
	check(t, err)
	if len(made.ID) != 22 || fmt.Sprint(made.Ends) != "[0 0 0]" {
		t.Errorf("made %+v", made)
	}
	if got := describe(t, cfg, name); got["cleanup.policy"] != "delete" || got["retention.bytes"] != fmt.Sprint(1<<30) {
		t.Errorf("settings %v", got)
	}
	p, err := kafka.NewProducer(cfg)
	check(t, err)
	defer p.Close()
	check(t, p.Produce(within(t), kafka.Record{Topic: name, Partition: 2, Value: []byte("{}")}))
	// Again, and by a layout of other partitions.
	found, err := a.EnsureStream(within(t), kafka.Layout{Partitions: 5}, name)
	check(t, err)
	total := int64(0)
	for _, end := range found.Ends {
		total += end
	}
	if found.ID != made.ID || len(found.Ends) != 3 || total != 1 {
		t.Errorf("found %+v, made %+v", found, made)
	}
	check(t, a.DeleteTopics(within(t), name))
}

func TestEnsureStreamRefused(t *testing.T) {
	cfg := brokers(t)
	a := admin(t, cfg)
	cl, err := kgo.NewClient(kgo.SeedBrokers(cfg.Brokers...))
	check(t, err)
	defer cl.Close()
	compacted, policy := unique(t, "compacted"), "compact"
	_, err = kadm.NewClient(cl).CreateTopic(within(t), 1, 1, map[string]*string{"cleanup.policy": &policy}, compacted)
	check(t, err)
	var refused *kafka.RefusedError
	if _, err := a.EnsureStream(within(t), kafka.Layout{}, compacted); !errors.As(err, &refused) || refused.Error() != "it has cleanup.policy=compact, and a stream's must be delete" {
		t.Errorf("a compacted topic: %v", err)
	}
	check(t, a.DeleteTopics(within(t), compacted))
	if _, err := a.EnsureStream(within(t), kafka.Layout{ReplicationFactor: 100}, unique(t, "many")); !errors.As(err, &refused) {
		t.Errorf("more replicas than brokers: %v", err)
	}
	away, err := kafka.NewAdmin(kafka.Config{Brokers: []string{"127.0.0.1:1"}})
	check(t, err)
	defer away.Close()
	var unreachable *kafka.UnreachableError
	if _, err := away.EnsureStream(within(t), kafka.Layout{}, "x"); errors.As(err, &refused) || !errors.As(err, &unreachable) {
		t.Errorf("nobody there: %v", err)
	}
}
