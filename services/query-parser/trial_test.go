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
