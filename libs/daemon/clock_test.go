package daemon

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestFakeClock(t *testing.T) {
	start := time.Unix(1000, 0)
	c := NewFakeClock(start)
	late, soon, stopped := c.NewTimer(3*time.Second), c.NewTimer(time.Second), c.NewTimer(time.Second)
	if !stopped.Stop() {
		t.Error("Stop of a waiting timer is false")
	}
	c.Advance(2 * time.Second)
	if at := <-soon.C(); !at.Equal(start.Add(time.Second)) {
		t.Errorf("fired at %v", at)
	}
	select {
	case <-late.C():
		t.Error("a timer fired early")
	case <-stopped.C():
		t.Error("a stopped timer fired")
	default:
	}
	if soon.Reset(0) {
		t.Error("Reset of a fired timer is true")
	}
	<-soon.C()
	c.Advance(time.Second)
	<-late.C()
	if got := c.Now(); !got.Equal(start.Add(3 * time.Second)) {
		t.Errorf("now %v", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	slept := make(chan error, 1)
	go func() { slept <- c.Sleep(ctx, time.Minute) }()
	if err := c.WaitForTimers(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := <-slept; !errors.Is(err, context.Canceled) {
		t.Errorf("Sleep: %v", err)
	}
}

func TestRetryBacksOffAndLogsSparingly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		log := slog.New(slog.NewTextHandler(&out, nil))
		began, calls := time.Now(), 0
		err := Retry(t.Context(), log, "reach the moon", func(context.Context) error {
			if calls++; time.Since(began) < time.Minute {
				return errors.New("too far")
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		// 0.1 + 0.2 + … + 3.2 s, then every 5 s.
		if calls < 15 || calls > 20 {
			t.Errorf("%d calls in a minute", calls)
		}
		text := out.String()
		if n := strings.Count(text, "will try again"); n != 1 {
			t.Errorf("first failure logged %d times", n)
		}
		if n := strings.Count(text, "still failing"); n < 4 || n > 6 {
			t.Errorf("lasting failure logged %d times in a minute", n)
		}
		if n := strings.Count(text, "recovered"); n != 1 {
			t.Errorf("recovery logged %d times", n)
		}
	})
}

func TestRetryEnds(t *testing.T) {
	log := slog.New(slog.DiscardHandler)
	broken := errors.New("broken for good")
	if err := Retry(t.Context(), log, "x", func(context.Context) error { return Permanent(broken) }); !errors.Is(err, broken) {
		t.Errorf("permanent: %v", err)
	}
	if err := Retry(t.Context(), log, "x", func(context.Context) error { return Usagef("bad") }); ExitCode(err) != ExitUsage {
		t.Errorf("usage: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	err := Retry(ctx, log, "x", func(context.Context) error { cancel(); return broken })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if Permanent(nil) != nil {
		t.Error("Permanent(nil) is an error")
	}
}
