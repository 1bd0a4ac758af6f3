package scan_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace/millrace/libs/exec/scan"
)

// A scan that waits for the registry before it begins says so while that lasts, goes
// on when it is read, and ends when it is told to.
func TestWaitsForTheRegistryAloud(t *testing.T) {
	for name, c := range map[string]struct {
		lasts time.Duration
		stop  bool // before the registry is read
		want  int
	}{
		"soon":    {lasts: 9 * time.Second, want: 0},
		"late":    {lasts: 35 * time.Second, want: 3},
		"stopped": {lasts: 15 * time.Second, stop: true, want: 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var said strings.Builder
				b := newBench(t, 1, 1, func(cfg *scan.Config) { cfg.Logger = slog.New(slog.NewTextHandler(&said, nil)) })
				b.programs.held = make(chan struct{})
				b.add(0, b.post(1))
				ctx, stop := context.WithCancel(t.Context())
				defer stop()
				began := time.Now()
				done := make(chan error, 1)
				go func() { done <- b.stage.Step(ctx) }()
				time.Sleep(c.lasts)
				if c.stop {
					stop()
				} else {
					close(b.programs.held)
				}
				err := <-done
				if c.stop != errors.Is(err, context.Canceled) || !c.stop && err != nil {
					t.Errorf("it ended with %v", err)
				}
				if took := time.Since(began); took != c.lasts {
					t.Errorf("it waited for %s instead of %s", took, c.lasts)
				}
				if n := strings.Count(said.String(), "a scan has not begun"); n != c.want {
					t.Errorf("said %d times, want %d: %s", n, c.want, said.String())
				}
				for _, part := range []string{"waits_for=\"the registry", "end=1 ", "read_to=0 ", "after=10s"} {
					if c.want > 0 && !strings.Contains(said.String(), part) {
						t.Errorf("%q is not in: %s", part, said.String())
					}
				}
			})
		})
	}
}
