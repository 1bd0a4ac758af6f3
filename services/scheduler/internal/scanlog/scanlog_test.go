package scanlog_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/encoding/json"

	"github.com/millrace/millrace/libs/exec/merge"
	"github.com/millrace/millrace/libs/exec/scan"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/wire"
	"github.com/millrace/millrace/services/scheduler/internal/scanlog"
)

// At the first start reading begins where the log does.
func TestFirstStart(t *testing.T) {
	c := start(t, 2)
	c.posts(0, 5)
	check(t, c.admin.DeleteRecords(within(t), kafka.TopicTweets, map[int32]int64{0: 3}))
	equal(t, "first start", offsets(t, c.open(0), 2), map[int32]int64{0: 3, 1: 0})
}

// A group that lost its offsets goes on at the newest place of which checkpoints
// and the exchange speak; what was aborted, and what is about other topics of the
// name, does not count.
func TestLostOffsets(t *testing.T) {
	c := start(t, 3)
	for p := range int32(3) {
		c.posts(p, 9)
	}
	id := c.topics.ID(kafka.TopicTweets)
	checkpoint := func(id string, p int32, to int64) kafka.Record {
		value, err := json.Marshal(merge.Checkpoint{
			Version: merge.CheckpointVersion, Topics: map[string]string{kafka.TopicTweets: id},
			Vector: []merge.VectorEntry{{Topic: kafka.TopicTweets, Partition: p, To: to}},
		})
		check(t, err)
		key := []byte{0}
		for !merge.IsCheckpoint(key) {
			key[0]++
		}
		return kafka.Record{Topic: kafka.TopicCheckpoints, Partition: 1, Key: key, Value: value}
	}
	c.produce(
		checkpoint("another", 0, 9), checkpoint(id, 0, 4), checkpoint(id, 1, 6),
		kafka.Record{Topic: kafka.TopicCheckpoints, Partition: 1, Key: []byte("state"), Value: []byte("no checkpoint")},
	)
	x, err := kafka.NewTxn(within(t), c.cfg, "writer", 0)
	check(t, err)
	defer x.Close()
	for _, commit := range []bool{true, false} {
		check(t, x.Begin())
		to := int64(7)
		if !commit {
			to = 8
		}
		records := []kafka.Record{
			c.seal(id, sealPart(0, 5)), c.seal(id, sealPart(0, to)), c.seal("another", sealPart(0, 9)),
			{Topic: kafka.TopicExchange, Value: []byte("a block"), Headers: []kafka.Header{{Key: "type", Value: []byte(merge.TypeBlock)}}},
		}
		for i := range records {
			x.Produce(within(t), &records[i])
		}
		if commit {
			check(t, x.Commit(within(t)))
		} else {
			check(t, x.Abort(within(t)))
		}
	}
	l := c.open(0)
	equal(t, "without group offsets", offsets(t, l, 3), map[int32]int64{0: 7, 1: 6, 2: 0})

	// What the group has committed comes first.
	check(t, l.Begin())
	if ok, err := l.End(within(t), map[int32]int64{0: 2, 2: 1}); !ok || err != nil {
		t.Fatalf("commit: %t, %v", ok, err)
	}
	l.Close()
	equal(t, "with some group offsets", offsets(t, c.open(1), 3), map[int32]int64{0: 2, 1: 6, 2: 1})
}

// Records carry what their headers say, and when they were appended.
func TestRecords(t *testing.T) {
	c := start(t, 1)
	header := func(k, v string) []kafka.Header { return []kafka.Header{{Key: k, Value: []byte(v)}} }
	c.produce(
		kafka.Record{Topic: kafka.TopicTweets, Value: []byte(`{"id":1}`), Time: time.UnixMilli(1_700_000_000_123)},
		kafka.Record{Topic: kafka.TopicTweets, Value: []byte("{}\n{}\n"), Headers: header(wire.HeaderBatch, wire.BatchNDJSON)},
		kafka.Record{Topic: kafka.TopicTweets, Headers: header(wire.HeaderEndOfInput, "")},
		kafka.Record{Topic: kafka.TopicTweets, Value: []byte(`{"id":2}`), Headers: header(wire.HeaderEndOfInput, "")},
	)
	l := c.open(0)
	assignment(t, l, 1)
	var got []string
	for ctx := within(t); len(got) < 4; {
		p, err := l.Poll(ctx, time.Second)
		check(t, err)
		for _, r := range p.Records {
			got = append(got, fmt.Sprintf("%d %t %t", r.Offset, r.Lines, r.End))
			if r.Offset == 0 && r.Time.UnixMilli() != 1_700_000_000_123 || time.Since(r.Time) < -time.Minute {
				t.Errorf("offset %d was appended at %s", r.Offset, r.Time)
			}
		}
	}
	if want := "0 false false, 1 true false, 2 false true, 3 false false"; strings.Join(got, ", ") != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

// A poll without records is over when it was told to be, and a lost partition is
// named until reading goes on elsewhere.
func TestLost(t *testing.T) {
	c := start(t, 1)
	c.posts(0, 4)
	l := c.open(0)
	assignment(t, l, 1)
	check(t, l.Begin())
	if ok, err := l.End(within(t), map[int32]int64{0: 1}); !ok || err != nil {
		t.Fatalf("commit: %t, %v", ok, err)
	}
	l.Close()
	check(t, c.admin.DeleteRecords(within(t), kafka.TopicTweets, map[int32]int64{0: 3}))
	l = c.open(0)
	a := assignment(t, l, 1)
	if a[0].Offset != 1 {
		t.Fatalf("reading begins at %d", a[0].Offset)
	}
	ctx := within(t)
	for times := 0; times < 2; {
		p, err := l.Poll(ctx, 100*time.Millisecond)
		check(t, err)
		if len(p.Records) > 0 {
			t.Fatalf("records %v", p.Records)
		}
		if slices.Equal(p.Lost, []int32{0}) {
			times++
		}
	}
	check(t, l.Seek(ctx, 0, a[0].Generation+1, 2)) // of an assignment that is over: nothing happens
	check(t, l.Seek(ctx, 0, a[0].Generation, 3))
	for {
		p, err := l.Poll(ctx, 100*time.Millisecond)
		check(t, err)
		if len(p.Records) > 0 {
			if p.Records[0].Offset != 3 {
				t.Errorf("reading goes on at %d", p.Records[0].Offset)
			}
			return
		}
	}
}

// Who takes a slot over fences the one before.
func TestSlotIsFenced(t *testing.T) {
	c := start(t, 1)
	c.posts(0, 1)
	l := c.open(0)
	assignment(t, l, 1)
	check(t, l.Begin())
	l.Seal(within(t), 0, []byte("zombie"))
	c.open(0)
	if ok, err := l.End(within(t), map[int32]int64{0: 1}); ok || !errors.Is(err, kafka.ErrFenced) {
		t.Errorf("the former owner's commit: %t, %v", ok, err)
	}
	if got := c.committed(kafka.TopicExchange); len(got) != 0 {
		t.Errorf("%d records in the exchange", len(got))
	}
}

// A dead letter is written with the transaction.
func TestDeadLetter(t *testing.T) {
	c := start(t, 1)
	l := c.open(0)
	assignment(t, l, 1)
	check(t, l.Begin())
	l.DeadLetter(within(t), scan.DeadLetter{Partition: 0, Offset: 7, Line: 2, Data: []byte("{bad"), Reason: "byte 1: expected a string"})
	l.DeadLetter(within(t), scan.DeadLetter{Reason: "empty"})
	if ok, err := l.End(within(t), map[int32]int64{0: 0}); !ok || err != nil {
		t.Fatalf("commit: %t, %v", ok, err)
	}
	got := c.committed(kafka.TopicDeadLetters)
	if len(got) != 2 {
		t.Fatalf("%d dead letters", len(got))
	}
	var d wire.DeadLetter
	check(t, d.Unmarshal(got[0].Value))
	if d.Source != "millrace.tweets-0" || d.Offset != 7 || d.Line != 2 || string(d.Data) != "{bad" || d.Length != 4 {
		t.Errorf("%+v", d)
	}
}

// The places that a batch tells reach the dead letters; a header that is none
// costs nothing.
func TestPlaces(t *testing.T) {
	c := start(t, 1)
	record := func(origin string) kafka.Record {
		return kafka.Record{Topic: kafka.TopicTweets, Value: []byte("{}\n{bad\n"), Headers: []kafka.Header{
			{Key: wire.HeaderBatch, Value: []byte(wire.BatchNDJSON)}, {Key: wire.HeaderOrigin, Value: []byte(origin)},
		}}
	}
	c.produce(record(`[{"at":0,"file":"in/a.ndjson","line":7,"byte":90}]`), record("nonsense"))
	l := c.open(0)
	assignment(t, l, 1)
	var records []scan.Record
	for len(records) < 2 {
		p, err := l.Poll(within(t), time.Second)
		check(t, err)
		records = append(records, p.Records...)
	}
	check(t, l.Begin())
	for i, want := range []scan.Place{{File: "in/a.ndjson", Line: 8, Byte: 93}, {}} {
		got := records[i].Place(3)
		if got != want {
			t.Errorf("place %+v, want %+v", got, want)
		}
		l.DeadLetter(within(t), scan.DeadLetter{Offset: int64(i), Line: 2, Place: got, Reason: "bad"})
	}
	if ok, err := l.End(within(t), map[int32]int64{0: 2}); !ok || err != nil {
		t.Fatalf("commit: %t, %v", ok, err)
	}
	for i, want := range []wire.DeadLetter{{File: "in/a.ndjson", Line: 8, Byte: 93}, {Line: 2}} {
		var d wire.DeadLetter
		check(t, d.Unmarshal(c.committed(kafka.TopicDeadLetters)[i].Value))
		if d.File != want.File || d.Line != want.Line || d.Byte != want.Byte || d.Source != "millrace.tweets-0" || d.Offset != int64(i) {
			t.Errorf("%+v, want %+v", d, want)
		}
	}
}

// Nobody there: a clear error within seconds.
func TestUnreachable(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	_, err := scanlog.Open(ctx, kafka.Config{Brokers: []string{"127.0.0.1:1"}}, nil, scanlog.Source{}, 0, new(scanlog.Sizes))
	var unreachable *kafka.UnreachableError
	if !errors.As(err, &unreachable) || !strings.Contains(err.Error(), "127.0.0.1:1") {
		t.Errorf("got %v", err)
	}
}
