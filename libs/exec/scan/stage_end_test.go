package scan_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// Any error of Begin and End ends the stage, which does not try once more: what
// became of the transaction is not known.
func TestErrorsEnd(t *testing.T) {
	away := errors.New("away")
	for _, shutdown := range []bool{false, true} {
		for name, fault := range map[string]func(*bench){
			"begin": func(b *bench) { b.beginErr = away },
			"end":   func(b *bench) { b.endErr = away },
			"canceled": func(b *bench) {
				b.endErr = fmt.Errorf("no answer: %w", context.Canceled)
			},
		} {
			t.Run(fmt.Sprint(name, shutdown), func(t *testing.T) {
				b := newBench(t, 1, 1)
				b.next()
				b.add(0, b.post(1))
				fault(b)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if shutdown {
					b.onEnd = cancel
				}
				begun := strings.Count(strings.Join(b.trace, " "), "begin")
				err := b.stage.Run(ctx)
				if err == nil {
					t.Error("the stage goes on")
				}
				if got := b.metrics.Aborts.Read(); len(got) != 1 || got["because away"]+got["because canceled"] != 1 {
					t.Errorf("aborts %v are counted", got)
				}
				if n := strings.Count(strings.Join(b.trace, " "), "begin"); n != begun+1 {
					t.Errorf("%d transactions were begun after the error", n-begun-1)
				}
			})
		}
	}
}

// The transaction under way is not cut short by the end of the stage, nor is it
// made twice.
func TestShutdownInCommit(t *testing.T) {
	b := newBench(t, 1, 1)
	b.next()
	b.add(0, b.post(1))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	b.onEnd = cancel
	n := len(b.commits)
	if err := b.stage.Run(ctx); err != nil {
		t.Fatal(err)
	}
	if len(b.commits) != n+1 || b.group[0] != 1 {
		t.Errorf("%d transactions, offset %d", len(b.commits)-n, b.group[0])
	}
}

// Who leaves commits what has been read, once more.
func TestLeave(t *testing.T) {
	for _, read := range []bool{true, false} {
		b := newBench(t, 2, 2)
		b.next()
		n := len(b.commits)
		if read {
			b.add(0, b.post(7))
			b.step()
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := b.stage.Run(ctx); err != nil {
			t.Fatal(err)
		}
		if left := len(b.commits) - n; read != (left == 1) {
			t.Errorf("read %t: %d transactions at the end", read, left)
		}
		if read && fmt.Sprint(b.commits[n].rows()) != "[0/0/0]" {
			t.Errorf("the last transaction has rows %v", b.commits[n].rows())
		}
	}
}

// What a new assignment throws away unsealed is counted as aborted.
func TestThrownAway(t *testing.T) {
	b := newBench(t, 1, 1)
	b.next()
	b.assign(0)
	b.next()
	if got := b.metrics.Aborts.Read(); len(got) != 0 {
		t.Errorf("nothing was read, and aborts %v are counted", got)
	}
	b.add(0, b.post(1))
	b.step()
	b.assign(0)
	b.next()
	if got := b.metrics.Aborts.Read(); fmt.Sprint(got) != "map[rebalance:1]" {
		t.Errorf("aborts %v are counted", got)
	}
}
