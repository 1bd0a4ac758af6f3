package embedded_test

import (
	"fmt"
	"testing"

	"github.com/millrace/millrace/libs/embedded"
	"github.com/millrace/millrace/libs/kafka"
)

// What is superseded goes once it is enough, and what an open transaction has
// written, which may be aborted yet, supersedes nothing.
func TestCompaction(t *testing.T) {
	s, err := embedded.Start(embedded.Options{Log: true, Dir: t.TempDir(), CompactBytes: 200_000})
	check(t, err)
	defer s.Close()
	cfg := kafka.Config{Brokers: s.Brokers, Embedded: true}
	_, err = kafka.Ensure(within(t), cfg, kafka.Layout{Partitions: 1, ExchangePartitions: 1})
	check(t, err)
	value, seed := make([]byte, 50_000), uint32(1)
	for i := range value { // does not compress
		seed = seed*1664525 + 1013904223
		value[i] = byte(seed >> 24)
	}
	txn := func(id string) *kafka.Txn {
		t.Helper()
		tx, err := kafka.NewTxn(within(t), cfg, id, 0)
		check(t, err)
		t.Cleanup(tx.Close)
		return tx
	}
	put := func(tx *kafka.Txn, topic, key, text string) {
		t.Helper()
		tx.Produce(within(t), &kafka.Record{Topic: topic, Key: []byte(key), Value: append([]byte(text), value...)})
	}
	read := func(topic string) map[string]string {
		t.Helper()
		a, err := kafka.NewAdmin(cfg)
		check(t, err)
		defer a.Close()
		starts, err := a.Starts(within(t), topic)
		check(t, err)
		ends, err := a.Ends(within(t), topic)
		check(t, err)
		r, err := kafka.NewReader(cfg, topic, starts)
		check(t, err)
		defer r.Close()
		got := map[string]string{}
		check(t, r.ReadTo(within(t), ends, func(rec *kafka.Record) error {
			if !rec.Control {
				got[string(rec.Key)] += string(rec.Value[:2])
			}
			return nil
		}))
		return got
	}

	writer, other := txn("writer"), txn("other")
	for i := range 10 {
		check(t, writer.Begin())
		put(writer, kafka.TopicCheckpoints, "a", fmt.Sprintf("a%d", i))
		put(writer, kafka.TopicCheckpoints, fmt.Sprintf("once%d", i), "o ")
		check(t, writer.Commit(within(t)))
	}

	// Open, with a newer value of the key that is aborted afterwards; and another
	// transaction ends meanwhile.
	check(t, writer.Begin())
	put(writer, kafka.TopicCheckpoints, "a", "no")
	a, err := kafka.NewAdmin(cfg)
	check(t, err)
	defer a.Close()
	for { // until it is there
		ends, err := a.Ends(within(t), kafka.TopicCheckpoints)
		check(t, err)
		if ends[0] == 31 { // ten of two records and a marker, and this
			break
		}
	}
	check(t, other.Begin())
	put(other, kafka.TopicStatus, "x", "x ")
	s.Retain()
	check(t, other.Commit(within(t)))
	if n := s.Compactions(); n != 0 {
		t.Fatalf("compacted %d times beside an open transaction", n)
	}
	check(t, writer.Abort(within(t)))

	check(t, other.Begin())
	put(other, kafka.TopicStatus, "x", "x ")
	check(t, other.Commit(within(t)))
	if n := s.Compactions(); n != 1 {
		t.Fatalf("compacted %d times, want once", n)
	}
	got := read(kafka.TopicCheckpoints)
	if len(got) != 11 || got["a"] != "a9" || got["once0"] != "o " {
		t.Errorf("after compaction: %v", got)
	}

	// It goes on: what was left does not count as growth.
	s.Retain()
	check(t, writer.Begin())
	put(writer, kafka.TopicCheckpoints, "a", "aa")
	check(t, writer.Commit(within(t)))
	if got := read(kafka.TopicCheckpoints); s.Compactions() != 1 || got["a"] != "a9aa" {
		t.Errorf("compacted %d times, now %v", s.Compactions(), got)
	}
}
