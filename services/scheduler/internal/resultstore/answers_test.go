package resultstore

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/millrace/millrace/libs/exec/merge"
	"github.com/millrace/millrace/libs/results"
)

// script is a writer whose calls end as told, after a while.
type script struct {
	merge.Writer
	during func() error
}

func (s *script) Take(context.Context, int64, merge.Fence, bool) (merge.Fence, bool, error) {
	return merge.Fence{}, false, s.during()
}

func (s *script) Apply(context.Context, int64, []merge.Op) ([]string, error)  { return nil, s.during() }
func (s *script) Finish(context.Context, int64, merge.AsOf, bool) error       { return s.during() }
func (s *script) Look(context.Context) error                                  { return s.during() }
func (s *script) Sweep(context.Context, int64, merge.Sweep) ([]string, error) { return nil, s.during() }

// Since when there is no answer, and what ends that.
func TestAnswers(t *testing.T) {
	start := time.Unix(1000, 0)
	now := start
	answers := &Answers{Now: func() time.Time { return now }}
	inner := &script{}
	w := &heard{Writer: inner, answers: answers}
	want := func(since ...time.Duration) {
		t.Helper()
		var expected time.Time
		for _, s := range since {
			expected = start.Add(s)
		}
		if have := answers.Missing(); !have.Equal(expected) {
			t.Fatalf("at %s: since %s, want %s", now.Sub(start), have, expected)
		}
	}
	ctx := t.Context()
	calls := map[string]func() error{
		"take":   func() error { _, _, err := w.Take(ctx, 1, merge.Fence{}, false); return err },
		"apply":  func() error { _, err := w.Apply(ctx, 1, nil); return err },
		"finish": func() error { return w.Finish(ctx, 1, merge.AsOf{}, false) },
		"look":   func() error { return w.Look(ctx) },
	}
	away := fmt.Errorf("dial: %w", results.ErrUnavailable)
	want()
	for name, call := range calls {
		now = start
		inner.during = func() error {
			want(0)
			now = now.Add(7 * time.Second) // however long it hangs
			want(0)
			return away
		}
		for range 2 {
			if err := call(); !errors.Is(err, away) {
				t.Fatalf("%s: %v", name, err)
			}
			want(0)
			now = now.Add(time.Second)
		}
		for _, err := range []error{nil, merge.ErrRefused, merge.ErrLost, merge.ErrFenced, merge.ErrIncarnation, errors.New("of the caller")} {
			inner.during = func() error { return err }
			if got := call(); !errors.Is(got, err) {
				t.Fatalf("%s: %v", name, got)
			}
			want()
			inner.during = func() error { return away }
			_ = call()
			want(now.Sub(start))
		}
		inner.during = func() error { return nil }
		_ = call()
	}

	// A partition that writes no more is not in trouble, and another time is another
	// trouble.
	now = start
	inner.during = func() error { return away }
	_ = w.Look(ctx)
	now = now.Add(StillTrying - 1)
	want(0)
	now = now.Add(1)
	want()
	_ = w.Look(ctx)
	want(StillTrying)
	inner.during = func() error { return nil }
	_ = w.Look(ctx)
	want()

	// A sweep may take long, and shows only when it fails.
	inner.during = func() error {
		want()
		now = now.Add(time.Minute)
		return nil
	}
	_, _ = w.Sweep(ctx, 1, merge.Sweep{})
	want()
	inner.during = func() error { return away }
	_, _ = w.Sweep(ctx, 1, merge.Sweep{})
	want(now.Sub(start))
}

// What is answered to one partition ends the silence of all: of what is still under
// way it begins anew.
func TestAnswersAreOfTheProcess(t *testing.T) {
	start := time.Unix(1000, 0)
	now := start
	answers := &Answers{Now: func() time.Time { return now }}
	want := func(since time.Duration) {
		t.Helper()
		if have := answers.Missing(); !have.Equal(start.Add(since)) {
			t.Fatalf("at %s: since %s, want %s", now.Sub(start), have, since)
		}
	}
	answers.begin() // hangs
	now = start.Add(time.Second)
	answers.begin()
	answers.end(results.ErrUnavailable)
	now = start.Add(20 * time.Second)
	want(0)
	answers.begin()
	want(0)
	now = start.Add(21 * time.Second)
	answers.end(nil)
	want(21 * time.Second)
	now = start.Add(25 * time.Second)
	answers.end(results.ErrUnavailable) // what hung
	want(21 * time.Second)
	answers.begin()
	answers.end(nil)
	if have := answers.Missing(); !have.IsZero() {
		t.Fatalf("since %s", have)
	}
}

// The writes of a store with ears are heard.
func TestAnswersOfAStore(t *testing.T) {
	answers := &Answers{}
	s, _ := newStore(t)
	s.Answers = answers
	taken(t, s, 0, 1)
	if since := answers.Missing(); !since.IsZero() {
		t.Errorf("no answer since %s", since)
	}
	closed := results.Connect(results.Server{})
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	s = New(closed, 2, nil)
	s.Answers = answers
	if _, _, err := s.Writer(0).Take(t.Context(), 2, merge.Fence{}, false); err == nil {
		t.Fatal("a closed connection answers")
	}
	if answers.Missing().IsZero() {
		t.Error("a connection that is closed has answered")
	}
	s.Answers = &Answers{}
	if _, err := s.Listed(t.Context()); err == nil || s.Answers.Missing().IsZero() {
		t.Errorf("what is listed is not heard of: %v", err)
	}
}
