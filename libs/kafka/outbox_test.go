package kafka

import (
	"context"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/millrace/millrace/libs/embedded"
)

// held is a partitioner that keeps a client between sending the first record of
// a topic and listing the topic's partitions.
type held struct{ acknowledged chan struct{} }

func (h held) ForTopic(string) kgo.TopicPartitioner { return h }

func (held) RequiresConsistency(*kgo.Record) bool { return true }

func (h held) Partition(r *kgo.Record, _ int) int {
	if string(r.Value) == "first" {
		return 0
	}
	<-h.acknowledged
	time.Sleep(50 * time.Millisecond) // in which an end that does not wait gets through
	return -1                         // the record fails
}

// A commit waits for the client to list the partition that acknowledged a
// record: before that the commit would become an abort without an error.
func TestOutboxSettles(t *testing.T) {
	s, err := embedded.Start(embedded.Options{Log: true, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cfg := Config{Brokers: s.Brokers, Embedded: true}
	h := held{acknowledged: make(chan struct{})}
	cl, err := cfg.client(kgo.TransactionalID("id"), kgo.RecordPartitioner(h))
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	if _, err := kadm.NewClient(cl).CreateTopic(ctx, 1, 1, nil, "t"); err != nil {
		t.Fatal(err)
	}
	if err := cl.BeginTransaction(); err != nil {
		t.Fatal(err)
	}

	var out outbox
	promise := out.promise(&Record{})
	cl.Produce(ctx, &kgo.Record{Topic: "t", Value: []byte("first")}, func(r *kgo.Record, err error) {
		promise(r, err)
		close(h.acknowledged)
	})
	cl.Produce(ctx, &kgo.Record{Topic: "t", Value: []byte("second")}, nil)
	<-h.acknowledged
	if err := out.failed(); err != nil {
		t.Fatal(err)
	}
	if err := out.settle(ctx, cl); err != nil {
		t.Fatal(err)
	}
	if err := cl.EndTransaction(ctx, kgo.TryCommit); err != nil {
		t.Fatal(err)
	}

	r, err := NewReader(cfg, "t", map[int32]int64{0: 0})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	recs, err := r.Poll(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if string(recs[0].Value) != "first" {
		t.Errorf("the commit was an abort: read %q (control record: %t)", recs[0].Value, recs[0].Control)
	}
}
