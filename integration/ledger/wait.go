package ledger

import (
	"context"
	"math/rand/v2"
	"time"
)

// Reporter hears what a check finds. A *testing.T is one. Fatal and Fatalf do not
// return.
type Reporter interface {
	Helper()
	Logf(format string, args ...any)
	Error(args ...any)
	Errorf(format string, args ...any)
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// Between returns a random duration from low to high.
func Between(r *rand.Rand, low, high time.Duration) time.Duration {
	return low + time.Duration(r.Int64N(int64(high-low)+1))
}

// Pause waits; false if ctx ended first.
func Pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// Eventually waits until cond holds.
func Eventually(ctx context.Context, t Reporter, what string, cond func() (bool, error)) {
	t.Helper()
	for {
		ok, err := cond()
		if err != nil {
			t.Fatalf("wait for %s: %v", what, err)
		}
		if ok {
			return
		}
		if !Pause(ctx, 50*time.Millisecond) {
			t.Fatalf("waited in vain for %s: %v", what, context.Cause(ctx))
		}
	}
}
