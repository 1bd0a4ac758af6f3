package pipeline_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/millrace/millrace/integration/pipeline"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/wire"
	queryparser "github.com/millrace/millrace/services/query-parser"
)

// TestAbortedSubmissionsAreDecidedAgain has Kafka refuse some of the transactions
// of query-parser, which keeps its partition: what they had decided is decided
// again, before anything that was submitted later.
func TestAbortedSubmissionsAreDecidedAgain(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1))
	must(t, err)
	defer cluster.Close()
	var refuse, refused atomic.Int64 // transactions that are to be, and that were
	cluster.ControlKey(int16(kmsg.TxnOffsetCommit), func(req kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		if refuse.Add(-1) < 0 {
			return nil, nil, false
		}
		refused.Add(1)
		return abortable(req.(*kmsg.TxnOffsetCommitRequest)), nil, true
	})
	cfg := kafka.Config{Brokers: cluster.ListenAddrs(), Embedded: true}
	layout := kafka.Layout{Partitions: 1, ExchangePartitions: 1, ReplicationFactor: 1}
	ctx := limit(t, time.Minute)
	_, err = kafka.Ensure(ctx, cfg, layout)
	must(t, err)
	running, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() {
		ended <- queryparser.Run(running, queryparser.Config{Kafka: cfg, Layout: layout, Limits: queryparser.DefaultLimits(), Log: logger(t)})
	}()
	defer func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	producer, err := kafka.NewProducer(cfg)
	must(t, err)
	defer producer.Close()
	statuses, err := pipeline.ReadStatuses(cfg)
	must(t, err)
	defer statuses.Close()

	const query = "SELECT count(*) FROM tweets"
	var want []string
	submit := func(id, value, becomes string) {
		t.Helper()
		rec := []kafka.Record{{Topic: kafka.TopicQueries, Key: []byte(id)}}
		if value != "" {
			rec[0].Value = []byte(value)
		}
		must(t, producer.Produce(ctx, rec...))
		want = append(want, transition(id, rec[0].Offset, becomes))
	}
	for round, aborts := range []int64{0, 1, 3, 0, 2} {
		a, b, last := fmt.Sprint("a", round), fmt.Sprint("b", round), fmt.Sprint("last", round)
		refused.Store(0)
		refuse.Store(aborts)
		if round > 0 {
			submit(fmt.Sprint("last", round-1), "", "dropped") // once only: what an abort undoes is undone
		}
		submit(a, query, "accepted")
		submit(b, "SELECT nothing", "rejected")
		submit(b, query, "accepted")
		submit(a, "", "dropped")
		for refused.Load() < aborts { // one is about to be read again
			must(t, ctx.Err())
			time.Sleep(time.Millisecond)
		}
		submit(last, query, "accepted")
		_, err := statuses.Until(ctx, func(s *wire.Status) bool { return s.ID == last })
		must(t, err)
		if got, want := decided(statuses), strings.Join(want, "\n"); got != want {
			t.Fatalf("after %d aborts the submissions were decided as\n%s\nwant\n%s", aborts, got, want)
		}
	}
}

// abortable refuses a transaction in a way that leaves the member its partitions.
func abortable(req *kmsg.TxnOffsetCommitRequest) kmsg.Response {
	resp := req.ResponseKind().(*kmsg.TxnOffsetCommitResponse)
	for _, topic := range req.Topics {
		rt := kmsg.NewTxnOffsetCommitResponseTopic()
		rt.Topic, rt.TopicID = topic.Topic, topic.TopicID
		for _, p := range topic.Partitions {
			rp := kmsg.NewTxnOffsetCommitResponseTopicPartition()
			rp.Partition, rp.ErrorCode = p.Partition, kerr.TransactionAbortable.Code
			rt.Partitions = append(rt.Partitions, rp)
		}
		resp.Topics = append(resp.Topics, rt)
	}
	return resp
}

// decided are the transitions that were told, one a line.
func decided(statuses *pipeline.Statuses) string {
	told := make([]string, len(statuses.Told))
	for i := range statuses.Told {
		s := &statuses.Told[i]
		told[i] = transition(s.ID, s.Epoch, string(s.Transition))
	}
	return strings.Join(told, "\n")
}

func transition(id string, epoch int64, becomes string) string {
	return fmt.Sprintf("%s@%d %s", id, epoch, becomes)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
