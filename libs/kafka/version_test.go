package kafka_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kversion"

	"github.com/millrace/millrace/libs/kafka"
)

// TestOldBrokersAreRefused, before anything is made there: without version 2 of
// transactions a zombie's write can become part of its successor's.
func TestOldBrokersAreRefused(t *testing.T) {
	for _, c := range []struct {
		name     string
		versions *kversion.Versions
		level    int16 // that transaction.version is set to; -1: as the release has it
		refused  bool
	}{
		{"3.7", kversion.V3_7_0(), -1, true},
		{"3.9", kversion.V3_9_0(), -1, true},
		{"4.0", kversion.V4_0_0(), -1, false},
		{"4.0 upgraded from 3.9", kversion.V4_0_0(), 0, true},
		{"4.0 with the first version", kversion.V4_0_0(), 1, true},
		{"4.1", kversion.V4_1_0(), -1, false},
		{"4.1 with the first version", kversion.V4_1_0(), 1, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := kafka.Config{Brokers: fakeBrokers(t, kfake.MaxVersions(c.versions))}
			cl, err := kgo.NewClient(kgo.SeedBrokers(cfg.Brokers...))
			check(t, err)
			defer cl.Close()
			adm := kadm.NewClient(cl)
			if c.level >= 0 {
				updated, err := adm.UpdateFeatures(within(t), false, kadm.FeatureUpdate{Feature: "transaction.version", MaxVersionLevel: c.level, UpgradeType: 3})
				check(t, errors.Join(err, updated.Error()))
			}
			made, err := kafka.Ensure(within(t), cfg, kafka.Layout{Partitions: 1, ExchangePartitions: 1, ReplicationFactor: 1})
			if !c.refused {
				check(t, err)
				if made.Partitions(kafka.TopicTweets) != 1 {
					t.Error("no topics are made")
				}
				return
			}
			const want = ") do not run transaction.version=2: Millrace needs Apache Kafka 4.0 or newer with kafka-features upgrade --feature transaction.version=2"
			if err == nil || !strings.Contains(err.Error(), "the brokers at "+cfg.Brokers[0]+" (about ") || !strings.HasSuffix(err.Error(), want) {
				t.Errorf("got %v", err)
			}
			if away := new(kafka.UnreachableError); errors.As(err, &away) {
				t.Error("it would be tried again")
			}
			topics, err := adm.ListTopics(within(t))
			check(t, err)
			if len(topics) > 0 {
				t.Errorf("topics %v are made", topics.Names())
			}
		})
	}
}
