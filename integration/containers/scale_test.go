package containers

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Three schedulers share the work; while tweets flow one is killed and another
// one added, and the rows are the reference's.
func TestScale(t *testing.T) {
	ctx := t.Context()
	s := up(ctx, t, "scale")
	first := s.containers(ctx, t, "scheduler")
	more := s.containers(ctx, t, "scheduler-more")
	if len(first) != 1 || len(more) != 2 {
		t.Fatalf("%d and %d schedulers run, want 1 and 2", len(first), len(more))
	}
	submit(ctx, t, s.broker, standing())
	at := func(ids ...string) {
		t.Helper()
		eventually(ctx, t, time.Minute, func(ctx context.Context) error { return share(ctx, ids) })
	}
	at(append(more, first...)...)

	lines := posts(ctx, t, 60000, 2)
	flowed := make(chan error, 1)
	go func() { flowed <- flow(ctx, filepath.Join(s.inbox, "flow.ndjson"), lines, 1000, 500*time.Millisecond) }()
	pause(ctx, 3*time.Second)
	docker(ctx, t, "kill", more[0])
	t.Log("killed one of three schedulers")
	pause(ctx, 2*time.Second)
	s.compose(ctx, t, "up", "--detach", "--no-build", "--no-deps", "--no-recreate", "--scale", "scheduler=2", "scheduler")
	now := s.containers(ctx, t, "scheduler")
	if len(now) != 2 {
		t.Fatalf("%d schedulers after one was added, want 2", len(now))
	}
	at(append(now, more[1])...)
	t.Log("added one, and all three have partitions")
	if len(flowed) > 0 {
		t.Error("tweets had stopped flowing before")
	}
	if err := <-flowed; err != nil {
		t.Fatal(err)
	}
	answered(ctx, t, s.redis, standing(), lines)
}

// share fails unless each scheduler was last assigned some partitions of the
// tweets, and all together all of them.
func share(ctx context.Context, ids []string) error {
	all := 0
	for _, id := range ids {
		logs, err := both(ctx, "logs", id)
		if err != nil {
			return err
		}
		last := -1
		for line := range strings.Lines(logs) {
			if _, after, found := strings.Cut(line, `"msg":"scan assigned"`); found {
				_, number, _ := strings.Cut(after, `"partitions":`)
				if _, err := fmt.Sscanf(number, "%d", &last); err != nil {
					return fmt.Errorf("scheduler %.12s: %q: %w", id, line, err)
				}
			}
		}
		if last <= 0 {
			return fmt.Errorf("scheduler %.12s has no partitions", id)
		}
		all += last
	}
	if all != 8 {
		return fmt.Errorf("%d schedulers have %d partitions, want 8", len(ids), all)
	}
	return nil
}

// flow appends tweets to a file, some at a time.
func flow(ctx context.Context, name string, lines [][]byte, some int, every time.Duration) error {
	file, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	defer file.Close()
	for i, line := range lines {
		if i%some == 0 && !pause(ctx, every) {
			return ctx.Err()
		}
		if _, err := file.Write(line); err != nil {
			return err
		}
	}
	return nil
}

// pause reports whether the time passed before the test ended.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
