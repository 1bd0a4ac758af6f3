package pipeline_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/millrace/millrace/integration/pipeline"
	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/wire"
	queryparser "github.com/millrace/millrace/services/query-parser"
)

// TestSickTopics submits streams over a topic whose ends Kafka does not tell and over one
// that it does not make, among queries, and has it refuse transactions meanwhile:
// everything is decided once and in order, and only the two streams are rejected.
func TestSickTopics(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1))
	must(t, err)
	defer cluster.Close()
	cfg := kafka.Config{Brokers: cluster.ListenAddrs(), Embedded: true}
	layout := kafka.Layout{Partitions: 1, ExchangePartitions: 1, ReplicationFactor: 1}
	ctx := limit(t, time.Minute)
	_, err = kafka.Ensure(ctx, cfg, layout)
	must(t, err)
	must(t, cluster.CreateTopic("orders", 2, nil))
	cluster.Fault(
		kfake.Fault{Keys: []kmsg.Key{kmsg.ListOffsets}, Topic: "orders", Partitions: []int32{1}, Count: -1},
		kfake.Fault{Keys: []kmsg.Key{kmsg.CreateTopics}, Topic: "parcels", Count: -1},
	)
	var transactions, refused atomic.Int64
	cluster.ControlKey(int16(kmsg.TxnOffsetCommit), func(req kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		if transactions.Add(1)%2 == 0 {
			return nil, nil, false
		}
		refused.Add(1)
		return abortable(req.(*kmsg.TxnOffsetCommitRequest)), nil, true
	})
	producer, err := kafka.NewProducer(cfg)
	must(t, err)
	defer producer.Close()
	submissions := [][3]string{
		{"a", "SELECT count(*) FROM tweets", "accepted"},
		{"logs", "CREATE STREAM logs (level VARCHAR)", "accepted"},
		{"orders", "CREATE STREAM orders (a BIGINT) WITH (topic = 'orders')", "rejected"},
		{"a", "", "dropped"},
		{"b", "SELECT level FROM logs", "accepted"},
		{"parcels", "CREATE STREAM parcels (a BIGINT) WITH (topic = 'parcels')", "rejected"},
		{"b", "", "dropped"},
		{"c", "SELECT a FROM orders", "rejected"},
	}
	var records []kafka.Record
	for _, s := range submissions {
		rec := kafka.Record{Topic: kafka.TopicQueries, Key: []byte(s[0])}
		if s[1] != "" {
			rec.Value = []byte(s[1])
		}
		records = append(records, rec)
	}
	must(t, producer.Produce(ctx, records...))
	var want []string
	for i, s := range submissions {
		want = append(want, transition(s[0], records[i].Offset, s[2]))
	}

	begun := time.Unix(1000, 0)
	clock := daemon.NewFakeClock(begun)
	running, stop := context.WithCancel(ctx)
	ended, moved := make(chan error, 1), make(chan struct{})
	go func() {
		ended <- queryparser.Run(running, queryparser.Config{
			Kafka: cfg, Layout: layout, Limits: queryparser.DefaultLimits(), Log: logger(t), Clock: clock,
		})
	}()
	go func() { // time passes while it waits for its next attempt
		defer close(moved)
		for clock.WaitForTimers(running, 1) == nil {
			clock.Advance(10 * time.Second)
		}
	}()
	defer func() {
		stop()
		<-moved
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	statuses, err := pipeline.ReadStatuses(cfg)
	must(t, err)
	defer statuses.Close()
	_, err = statuses.Until(ctx, func(*wire.Status) bool { return len(statuses.Told) >= len(want) })
	must(t, err)
	if got, want := decided(statuses), strings.Join(want, "\n"); got != want {
		t.Errorf("the submissions were decided as\n%s\nwant\n%s", got, want)
	}
	if lasted := clock.Now().Sub(begun); lasted != time.Minute {
		t.Errorf("the two topics were waited for during %v by its clock, want half a minute each", lasted)
	}
	if refused.Load() < 3 { // before orders, from there to parcels, and from there on
		t.Errorf("%d transactions were refused", refused.Load())
	}
}
