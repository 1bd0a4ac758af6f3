package kafka_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/libs/kafka"
)

// A second producer under the same id fences the first, and what the first had
// under way never becomes visible.
func TestTxnFences(t *testing.T) {
	cfg := brokers(t)
	topic, id := makeTopic(t, cfg, 1), unique(t, "id")
	a := newTxn(t, cfg, id)
	write(t, a, topic, "a1")

	check(t, a.Begin())
	produce(t, a, topic, "a2")
	b := newTxn(t, cfg, id)
	write(t, b, topic, "b1")

	if err := a.Commit(within(t)); !errors.Is(err, kafka.ErrFenced) {
		t.Errorf("commit of the fenced producer: %v, want ErrFenced", err)
	}
	write(t, b, topic, "b2")
	got := values(readAll(t, cfg, topic, 0))
	if want := "a1 b1 b2"; got != want {
		t.Errorf("visible: %s, want %s", got, want)
	}
}

// A fenced producer that has nothing under way learns of it at its next
// transaction.
func TestTxnFencedAtNextTransaction(t *testing.T) {
	cfg := brokers(t)
	topic, id := makeTopic(t, cfg, 1), unique(t, "id")
	a := newTxn(t, cfg, id)
	write(t, a, topic, "a1")
	newTxn(t, cfg, id)

	err := a.Begin()
	if err == nil {
		produce(t, a, topic, "a2")
		err = a.Commit(within(t))
	}
	if !errors.Is(err, kafka.ErrFenced) {
		t.Errorf("transaction of the fenced producer: %v, want ErrFenced", err)
	}
	if got, want := values(readAll(t, cfg, topic, 0)), "a1"; got != want {
		t.Errorf("visible: %s, want %s", got, want)
	}
}

// Positions count the ends of transactions and what was aborted; only committed
// records are handed out.
func TestReaderPositions(t *testing.T) {
	cfg := brokers(t)
	topic := makeTopic(t, cfg, 1)
	x := newTxn(t, cfg, unique(t, "id"))
	rs := write(t, x, topic, "a", "b")
	if rs[0].Offset != 0 || rs[1].Offset != 1 {
		t.Errorf("offsets %d and %d after a commit, want 0 and 1", rs[0].Offset, rs[1].Offset)
	}
	check(t, x.Begin())
	produce(t, x, topic, "x")
	flushed(t, cfg, topic, 4)
	check(t, x.Abort(within(t)))
	write(t, x, topic, "c")

	if got, want := readAll(t, cfg, topic, 0), "0:a 1:b 2! 4! 5:c 6!"; got != want {
		t.Errorf("read %s, want %s", got, want)
	}
	if got, want := readAll(t, cfg, topic, 2), "2! 4! 5:c 6!"; got != want {
		t.Errorf("read from 2 %s, want %s", got, want)
	}
}

// flushed waits until partition 0 has grown to end.
func flushed(t *testing.T, cfg kafka.Config, topic string, end int64) {
	t.Helper()
	a, ctx := admin(t, cfg), within(t)
	for {
		ends, err := a.Ends(ctx, topic)
		check(t, err)
		if ends[0] >= end {
			return
		}
	}
}

// A reader does not pass an open transaction, and goes on when it has ended.
func TestReaderWaitsForOpenTransactions(t *testing.T) {
	cfg := brokers(t)
	topic := makeTopic(t, cfg, 1)
	x := newTxn(t, cfg, unique(t, "id"))
	check(t, x.Begin())
	produce(t, x, topic, "x")
	flushed(t, cfg, topic, 1)
	p, err := kafka.NewProducer(cfg)
	check(t, err)
	defer p.Close()
	check(t, p.Produce(within(t), kafka.Record{Topic: topic, Value: []byte("p")}))

	r, err := kafka.NewReader(cfg, topic, map[int32]int64{0: 0})
	check(t, err)
	defer r.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if recs, err := r.Poll(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("poll before an open transaction: %d records, %v", len(recs), err)
	}
	check(t, x.Commit(within(t)))
	var got []string
	check(t, r.ReadTo(within(t), map[int32]int64{0: 3}, func(rec *kafka.Record) error {
		got = append(got, string(rec.Value))
		return nil
	}))
	if len(got) != 3 || got[0] != "x" || got[1] != "p" || r.Position(0) != 3 {
		t.Errorf("read %q to position %d", got, r.Position(0))
	}
}

// What was deleted is an error, never a silent jump.
func TestReaderOutOfRange(t *testing.T) {
	cfg := brokers(t)
	topic := makeTopic(t, cfg, 1)
	x := newTxn(t, cfg, unique(t, "id"))
	write(t, x, topic, "a", "b", "c")
	a, ctx := admin(t, cfg), within(t)
	check(t, a.DeleteRecords(ctx, topic, map[int32]int64{0: 2}))
	check(t, a.DeleteRecords(ctx, topic, map[int32]int64{0: 1})) // already gone
	starts, err := a.Starts(ctx, topic)
	check(t, err)
	if starts[0] != 2 {
		t.Fatalf("starts at %d after DeleteRecords, want 2", starts[0])
	}
	r, err := kafka.NewReader(cfg, topic, map[int32]int64{0: 1})
	check(t, err)
	defer r.Close()
	if _, err := r.Poll(ctx); !kafka.OutOfRange(err) {
		t.Errorf("poll of a deleted offset: %v, want out of range", err)
	}
	if got, want := readAll(t, cfg, topic, 2), "2:c 3!"; got != want {
		t.Errorf("read %s, want %s", got, want)
	}
}

// values drops the offsets and the control records of what readAll returns.
func values(read string) string {
	var out []string
	for _, word := range strings.Fields(read) {
		if _, v, ok := strings.Cut(word, ":"); ok {
			out = append(out, v)
		}
	}
	return strings.Join(out, " ")
}
