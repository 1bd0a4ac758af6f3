package faults

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// A transaction is ended past its coordinator.
func TestATransactionIsEndedByHand(t *testing.T) {
	brokers := os.Getenv("MILLRACE_BROKERS")
	if brokers == "" {
		t.Skip("needs a broker that MILLRACE_BROKERS names")
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	name := fmt.Sprintf("test-abort-%d", time.Now().UnixNano())
	cl, err := kgo.NewClient(kgo.SeedBrokers(strings.Split(brokers, ",")...), kgo.TransactionalID(name))
	must(t, err)
	defer cl.Close()
	s := &spy{client: cl, admin: kadm.NewClient(cl)}
	_, err = s.admin.CreateTopic(ctx, 1, 1, nil, name)
	must(t, err)
	must(t, cl.BeginTransaction())
	must(t, cl.ProduceSync(ctx, &kgo.Record{Topic: name, Value: []byte("x")}).FirstErr())
	stable := func() int64 {
		ends, err := s.admin.ListCommittedOffsets(ctx, name)
		must(t, err)
		end, _ := ends.Lookup(name, 0)
		return end.Offset
	}
	if stable() != 0 {
		t.Fatal("the transaction is not open")
	}
	id, epoch, err := cl.ProducerID(ctx)
	must(t, err)
	must(t, s.end(ctx, hung{topic: name, producer: id, epoch: epoch}, true))
	for stable() != 2 {
		if ctx.Err() != nil {
			t.Fatal("the transaction is still open")
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
