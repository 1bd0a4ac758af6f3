package queryparser

import (
	"errors"
	"fmt"
	"testing"
	"time"
)

func TestTrial(t *testing.T) {
	start := time.Unix(1000, 0)
	at := func(seconds int) time.Time { return start.Add(time.Duration(seconds) * time.Second) }
	var tr trial
	failed := func(offset int64, seconds int, want time.Duration) {
		t.Helper()
		if got := tr.failed(offset, at(seconds)); got != want {
			t.Errorf("submission %d has failed for %v at %d s, want %v", offset, got, seconds, want)
		}
	}
	sick := fmt.Errorf("decide: %w", &sickError{topic: "orders", err: errors.New("no leader")})
	failed(7, 0, 0)
	tr.after(sick)
	failed(7, 10, 10*time.Second)
	tr.after(sick)
	failed(7, 22, 22*time.Second)
	// Nobody has seen what was in the hour between.
	failed(7, 3622, 22*time.Second+mostBetween)
	// Another submission is another trial, and so is one after an attempt that failed by
	// something else.
	failed(8, 3630, 0)
	failed(8, 3640, 10*time.Second)
	tr.after(errors.New("connection refused"))
	failed(8, 3650, 0)
	failed(8, 3651, time.Second)
}

func TestSilences(t *testing.T) {
	start, cause := time.Unix(1000, 0), errors.New("no leader")
	s := silences{}
	s.note("orders", start, cause)
	for after, want := range map[time.Duration]string{
		0: "no leader true", silentRest - 1: "no leader true", silentRest: "no leader false",
		silentMemory - 1: "no leader false", silentMemory: "<nil> false",
	} {
		resting, err := s.find("orders", start.Add(after))
		if got := fmt.Sprint(err, " ", resting); got != want {
			t.Errorf("after %v: %s, want %s", after, got, want)
		}
	}
	if resting, err := s.find("logs", start); err != nil || resting {
		t.Errorf("another topic: %v, %t", err, resting)
	}
	// It stays small, whatever names people think of.
	s.note("logs", start.Add(silentMemory), cause)
	if len(s) != 1 {
		t.Errorf("%d topics are remembered", len(s))
	}
	s.forget("logs")
	if _, err := s.find("logs", start.Add(silentMemory)); err != nil {
		t.Errorf("one that has answered: %v", err)
	}
}
