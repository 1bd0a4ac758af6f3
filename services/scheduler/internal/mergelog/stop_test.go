package mergelog

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/millrace/millrace/libs/exec/merge"
)

// A poll whose time is over still finds out that the offset it was given is one
// of before the last seek, and goes on.
func TestOutOfRangeUnderAShortPoll(t *testing.T) {
	b := newBench(t)
	b.write("a", "b")
	l := b.open(0)
	defer l.Close()
	b.own(l)
	if err := l.Seek(t.Context(), 0, 2); err != nil {
		t.Fatal(err)
	}
	over, cancel := context.WithTimeout(t.Context(), -1)
	defer cancel()
	if err := l.outOfRange(over, 0); err != nil {
		t.Fatalf("a poll whose time is over: %v", err)
	}
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.outOfRange(stopped, 0); err != nil && !errors.Is(err, context.Canceled) {
		t.Fatalf("a poll that is cancelled: %v", err)
	}
	b.write("c")
	for got := []merge.Record(nil); len(got) == 0 || string(got[len(got)-1].Value) != "c"; {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		records, err := l.Poll(ctx)
		cancel()
		if err != nil {
			t.Fatal(err)
		}
		for i := range records {
			if !records[i].Control {
				got = append(got, records[i])
			}
		}
	}
}

// Asking ends when the stage does, and not when a poll's time is over.
func TestAsking(t *testing.T) {
	parent, stop := context.WithCancel(t.Context())
	defer stop()
	poll, cancel := context.WithTimeout(parent, -1)
	defer cancel()
	ask, done := asking(poll)
	defer done()
	if ask.Err() != nil {
		t.Error("over with the poll")
	}
	poll, cancel = context.WithTimeout(parent, time.Hour)
	defer cancel()
	ask, done = asking(poll)
	defer done()
	stop()
	<-ask.Done()
}

// A stop between a checkpoint and the deletion of what it covers is no failure.
func TestTruncateAtTheStop(t *testing.T) {
	b := newBench(t)
	b.write("a")
	l := b.open(0)
	defer l.Close()
	b.own(l)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.Truncate(ctx, 0, 1); err != nil {
		t.Errorf("at the stop: %v", err)
	}
}
