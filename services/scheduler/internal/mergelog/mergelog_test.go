package mergelog

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/libs/exec/merge"
	"github.com/millrace/millrace/libs/kafka"
)

func TestNothingIsPolledBeforeItIsSought(t *testing.T) {
	b := newBench(t)
	b.write("a", "b")
	b.write("c")
	l := b.open(0)
	defer l.Close()
	b.own(l)
	for range 3 {
		if got := b.poll(l); len(got) > 0 {
			t.Fatalf("polled %v", got)
		}
	}
	if err := l.Seek(t.Context(), 1, 1); err != nil {
		t.Fatal(err)
	}
	var got []string
	b.until(func() bool {
		for _, r := range b.poll(l) {
			got = append(got, fmt.Sprintf("%d/%d %s %s %v", r.Partition, r.Offset, r.Type, r.Value, r.Control))
		}
		return len(got) >= 4
	})
	for i, want := range []string{"1/1 seal b false", "1/2 ", "1/3 seal c false", "1/4 "} {
		if !strings.HasPrefix(got[i], want) || strings.HasSuffix(want, " ") && !strings.HasSuffix(got[i], " true") {
			t.Fatalf("polled %q, want %q", got[i], want)
		}
	}
}

func TestAPausedPartitionGivesNothing(t *testing.T) {
	b := newBench(t)
	l := b.open(0)
	defer l.Close()
	b.own(l)
	for p := range int32(partitions) {
		if err := l.Seek(t.Context(), p, 0); err != nil {
			t.Fatal(err)
		}
	}
	l.Pause(0)
	b.write("a")
	seen := map[int32]int{}
	count := func(n int) func() bool {
		return func() bool {
			for _, r := range b.poll(l) {
				seen[r.Partition]++
			}
			return seen[0]+seen[1] == n
		}
	}
	b.until(count(2))
	if seen[0] != 0 {
		t.Fatalf("polled %v", seen)
	}
	l.Resume(0)
	b.until(count(4))
}

// TestTokensAreTheOffsetsOfClaims: each commit commits its own partition alone.
func TestTokensAreTheOffsetsOfClaims(t *testing.T) {
	b := newBench(t)
	b.write("a")
	l := b.open(0)
	defer l.Close()
	b.own(l)
	if _, ok, err := l.Committed(t.Context(), 0); ok || err != nil {
		t.Fatalf("an offset before the first commit: %v, %v", ok, err)
	}
	first, ok := b.commit(l, 1, "o", "me", 0)
	if !ok || first != 0 {
		t.Fatalf("token %d, %v", first, ok)
	}
	second, ok := b.commit(l, 1, "c", "state", 2)
	if !ok || second <= first {
		t.Fatalf("token %d after %d, %v", second, first, ok)
	}
	if o, ok, err := l.Committed(t.Context(), 1); o != 2 || !ok || err != nil {
		t.Fatalf("committed %d, %v, %v", o, ok, err)
	}
	if o, ok, err := l.Committed(t.Context(), 0); ok || err != nil {
		t.Fatalf("the other partition is committed at %d, %v", o, err)
	}
	var got []string
	read := func(r merge.Record) error {
		got = append(got, fmt.Sprintf("%d %s=%s", r.Offset, r.Key, r.Value))
		return nil
	}
	if err := l.Checkpoints(t.Context(), 1, read); err != nil {
		t.Fatal(err)
	}
	if want := fmt.Sprintf("[0 o=me %d c=state]", second); fmt.Sprint(got) != want {
		t.Fatalf("checkpoints %v, want %s", got, want)
	}
	if err := l.Checkpoints(t.Context(), 0, read); err != nil || len(got) != 2 {
		t.Fatalf("an empty partition: %v, %v", got, err)
	}
}

// TestCheckpointsAreCommittedOnes, and read to the high watermark: what is there
// of an aborted transaction is passed.
func TestCheckpointsAreCommittedOnes(t *testing.T) {
	b := newBench(t)
	l := b.open(0)
	defer l.Close()
	b.own(l)
	b.commit(l, 0, "c", "state", 0)
	if err := b.txn.Begin(); err != nil {
		t.Fatal(err)
	}
	b.txn.Produce(t.Context(), &kafka.Record{Topic: kafka.TopicCheckpoints, Key: []byte("c"), Value: []byte("of nobody")})
	for end := int64(0); end < 3; { // the record, its marker, and the aborted one
		ends, err := l.admin.Ends(t.Context(), kafka.TopicCheckpoints)
		if err != nil {
			t.Fatal(err)
		}
		end = ends[0]
	}
	read := make(chan []string, 1)
	go func() {
		var got []string
		err := l.Checkpoints(t.Context(), 0, func(r merge.Record) error {
			got = append(got, string(r.Value))
			return nil
		})
		if err != nil {
			got = []string{err.Error()}
		}
		read <- got
	}()
	select {
	case got := <-read:
		t.Fatalf("the open transaction was not waited for: %v", got)
	case <-time.After(500 * time.Millisecond):
	}
	if err := b.txn.Abort(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := <-read; fmt.Sprint(got) != "[state]" {
		t.Fatalf("read %v", got)
	}
}

func TestDeletedRecordsAreOutOfRange(t *testing.T) {
	b := newBench(t)
	b.write("a", "b")
	l := b.open(0)
	defer l.Close()
	b.own(l)
	if err := l.Truncate(t.Context(), 0, 2); err != nil {
		t.Fatal(err)
	}
	if err := l.Truncate(t.Context(), 0, 1); err != nil {
		t.Fatalf("below the start: %v", err)
	}
	if start, end, err := l.Bounds(t.Context(), 0); start != 2 || end != 3 || err != nil {
		t.Fatalf("from %d to %d, %v", start, end, err)
	}
	if start, _, err := l.Bounds(t.Context(), 1); start != 0 || err != nil {
		t.Fatalf("the other partition starts at %d, %v", start, err)
	}
	if err := l.Seek(t.Context(), 0, 2); err != nil {
		t.Fatal(err)
	}
	for got := []merge.Record(nil); len(got) == 0; { // the marker
		got = b.poll(l)
	}
	b.write("c")
	if err := l.outOfRange(t.Context(), 0); err != nil { // of an offset that is not asked for any more
		t.Fatal(err)
	}
	for got := []merge.Record(nil); len(got) == 0; {
		if got = b.poll(l); len(got) > 0 && string(got[0].Value) != "c" {
			t.Fatalf("polled %q", got[0].Value)
		}
	}
	if err := l.Seek(t.Context(), 0, 0); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for {
		_, err := l.Poll(ctx)
		if ctx.Err() != nil {
			t.Fatal("a record that is gone is waited for")
		}
		if err != nil {
			if !strings.Contains(err.Error(), "millrace reset") {
				t.Fatal(err)
			}
			return
		}
	}
}

// TestASecondMemberTakesItsShare: generations tell of it, and what the first one
// commits without having noticed is aborted.
func TestASecondMemberTakesItsShare(t *testing.T) {
	b := newBench(t)
	b.write("a")
	first := b.open(0)
	defer first.Close()
	b.own(first)
	b.commit(first, 0, "c", "before", 1)
	before := first.Owned()
	second := b.open(1)
	defer second.Close()
	b.until(func() bool { return len(first.Owned()) == 1 && len(second.Owned()) == 1 }, first, second)
	for p, g := range first.Owned() {
		if before[p] == g {
			t.Fatalf("partition %d has generation %d as before", p, g)
		}
		if second.Owned()[p] != 0 {
			t.Fatalf("partition %d has two owners", p)
		}
	}
	for p := range second.Owned() {
		if _, ok := b.commit(second, p, "c", "after", 2); !ok {
			t.Fatal("the owner's commit is aborted")
		}
		if o, _, err := second.Committed(t.Context(), p); o != 2 || err != nil {
			t.Fatalf("committed %d, %v", o, err)
		}
		if err := first.Seek(t.Context(), p, 0); err != nil {
			t.Fatalf("seek in a partition that is gone: %v", err)
		}
	}
	second.Close()
	b.own(first)
}

// TestTheNextMemberOfTheSlotFencesTheOneBefore, which commits nothing any more.
func TestTheNextMemberOfTheSlotFencesTheOneBefore(t *testing.T) {
	b := newBench(t)
	zombie := b.open(3)
	defer zombie.Close()
	b.own(zombie)
	b.commit(zombie, 0, "c", "old", 5)
	next := b.open(3)
	defer next.Close()
	_, ok, err := zombie.Commit(t.Context(), 0, []merge.Record{{Key: []byte("c"), Value: []byte("zombie's")}}, 9)
	if ok || err == nil {
		t.Fatalf("the zombie's commit: %v, %v", ok, err)
	}
	zombie.Close()
	b.own(next)
	if o, _, err := next.Committed(t.Context(), 0); o != 5 || err != nil {
		t.Fatalf("committed %d, %v", o, err)
	}
	var got []string
	if err := next.Checkpoints(t.Context(), 0, func(r merge.Record) error { got = append(got, string(r.Value)); return nil }); err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(got) != "[old]" {
		t.Fatalf("checkpoints %v", got)
	}
}
