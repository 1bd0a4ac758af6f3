package kafka_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/millrace/millrace/libs/kafka"
)

// A transaction that lasted longer than it may is aborted by the brokers, and its
// owner is told what a former owner is told.
func TestGroupTransactionTimesOut(t *testing.T) {
	cfg := brokers(t)
	in, out := makeTopic(t, cfg, 1), makeTopic(t, cfg, 1)
	fill(t, cfg, in, 1, 1)
	g, err := kafka.NewGroup(within(t), cfg, kafka.GroupConfig{
		Group: unique(t, "group"), Topic: in, TransactionalID: unique(t, "id"), Adjust: fromStart,
		TransactionTimeout: time.Second,
	})
	check(t, err)
	defer g.Close()
	assigned(t, g, 1)
	records(t, g, 1)
	check(t, g.Begin())
	g.Produce(within(t), &kafka.Record{Topic: out, Value: []byte("late")})
	ctx, a := within(t), admin(t, cfg)
	for end := int64(0); end < 2; { // the record, and the marker of its end
		ends, err := a.Ends(ctx, out)
		check(t, err)
		end = ends[0]
	}
	ok, err := g.End(ctx, true, map[int32]int64{0: 1})
	if ok || !errors.Is(err, kafka.ErrFenced) || kafka.Reason(err) != kafka.ReasonFenced {
		t.Errorf("the end of a transaction that timed out: %t, %v", ok, err)
	}
	if got := values(readAll(t, cfg, out, 0)); got != "" {
		t.Errorf("visible: %s", got)
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
