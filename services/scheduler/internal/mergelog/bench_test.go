package mergelog

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/millrace/millrace/libs/embedded"
	"github.com/millrace/millrace/libs/exec/merge"
	"github.com/millrace/millrace/libs/kafka"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const partitions = 2

// bench is an embedded log with a writer of the exchange.
type bench struct {
	t   *testing.T
	cfg kafka.Config
	txn *kafka.Txn
}

func newBench(t *testing.T) *bench {
	t.Helper()
	servers, err := embedded.Start(embedded.Options{Log: true, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := servers.Close(); err != nil {
			t.Error(err)
		}
	})
	b := &bench{t: t, cfg: kafka.Config{Brokers: servers.Brokers, Embedded: true}}
	if _, err := kafka.Ensure(t.Context(), b.cfg, kafka.Layout{Partitions: 1, ExchangePartitions: partitions}); err != nil {
		t.Fatal(err)
	}
	if b.txn, err = kafka.NewTxn(t.Context(), b.cfg, "test", 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.txn.Close)
	return b
}

// write writes seals with the values to every partition of the exchange, in one
// transaction.
func (b *bench) write(values ...string) {
	b.t.Helper()
	if err := b.txn.Begin(); err != nil {
		b.t.Fatal(err)
	}
	for p := range int32(partitions) {
		for _, v := range values {
			b.txn.Produce(b.t.Context(), &kafka.Record{
				Topic: kafka.TopicExchange, Partition: p, Value: []byte(v), Headers: []kafka.Header{{Key: "type", Value: []byte(merge.TypeSeal)}},
			})
		}
	}
	if err := b.txn.Commit(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) open(slot int) *Log {
	b.t.Helper()
	l, err := Open(b.t.Context(), b.cfg, slot, slog.New(slog.DiscardHandler))
	if err != nil {
		b.t.Fatal(err)
	}
	return l
}

// poll polls once, for a moment.
func (b *bench) poll(l *Log) []merge.Record {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), 100*time.Millisecond)
	defer cancel()
	records, err := l.Poll(ctx)
	if err != nil {
		b.t.Fatal(err)
	}
	return records
}

// until polls all logs by turns until done.
func (b *bench) until(done func() bool, logs ...*Log) {
	b.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !done(); {
		if time.Now().After(deadline) {
			b.t.Fatal("waited for too long")
		}
		for _, l := range logs {
			b.poll(l)
		}
	}
}

// own polls the log until it owns every partition.
func (b *bench) own(l *Log) {
	b.t.Helper()
	b.until(func() bool { return len(l.Owned()) == partitions }, l)
}

func (b *bench) commit(l *Log, p int32, key, value string, offset int64) (int64, bool) {
	b.t.Helper()
	token, ok, err := l.Commit(b.t.Context(), p, []merge.Record{{Key: []byte(key), Value: []byte(value)}}, offset)
	if err != nil {
		b.t.Fatal(err)
	}
	return token, ok
}
