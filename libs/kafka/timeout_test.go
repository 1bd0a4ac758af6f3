package kafka_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/millrace/millrace/libs/kafka"
)

// A transaction that lasted longer than it may is aborted by the brokers, and its
// owner is told what a former owner is told, once the brokers have done with it.
func TestGroupTransactionTimesOut(t *testing.T) {
	cfg := brokers(t)
	in, out := makeTopic(t, cfg, 1), makeTopic(t, cfg, 1)
	fill(t, cfg, in, 1, 1)
	id := unique(t, "id")
	g, err := kafka.NewGroup(within(t), cfg, kafka.GroupConfig{
		Group: unique(t, "group"), Topic: in, TransactionalID: id, Adjust: fromStart,
		TransactionTimeout: time.Second,
	})
	check(t, err)
	defer g.Close()
	assigned(t, g, 1)
	records(t, g, 1)
	check(t, g.Begin())
	g.Produce(within(t), &kafka.Record{Topic: out, Value: []byte("late")})
	awaitAborted(t, cfg, id, out)
	ok, err := g.End(within(t), true, map[int32]int64{0: 1})
	if ok || !errors.Is(err, kafka.ErrFenced) || kafka.Reason(err) != kafka.ReasonFenced {
		t.Errorf("the end of a transaction that timed out: %t, %v", ok, err)
	}
	if got := values(readAll(t, cfg, out, 0)); got != "" {
		t.Errorf("visible: %s", got)
	}
}

// awaitAborted waits until the transaction's record and the marker of its end are
// in the topic and, of real brokers, the coordinator has noted that: until then it
// answers the end like any other abort.
func awaitAborted(t *testing.T, cfg kafka.Config, id, topic string) {
	t.Helper()
	ctx, a := within(t), admin(t, cfg)
	for end := int64(0); end < 2; {
		ends, err := a.Ends(ctx, topic)
		check(t, err)
		end = ends[0]
	}
	if cfg.Embedded { // they do not describe transactions
		return
	}
	cl, err := kgo.NewClient(kgo.SeedBrokers(cfg.Brokers...))
	check(t, err)
	defer cl.Close()
	for state := ""; state != "CompleteAbort"; {
		all, err := kadm.NewClient(cl).DescribeTransactions(ctx, id)
		check(t, err)
		state = all[id].State
		time.Sleep(10 * time.Millisecond)
	}
}

func TestReason(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{kafka.ErrFenced, kafka.ReasonFenced},
		{&kafka.UnreachableError{Err: errors.New("refused")}, kafka.ReasonTimeout},
		{context.DeadlineExceeded, kafka.ReasonTimeout},
		{context.Canceled, kafka.ReasonTimeout},
		{&kafka.PartitionError{Topic: "t", Err: errors.New("corrupt")}, kafka.ReasonError},
	} {
		if got := kafka.Reason(fmt.Errorf("end a transaction: %w", c.err)); got != c.want {
			t.Errorf("%v: %s, want %s", c.err, got, c.want)
		}
	}
}
