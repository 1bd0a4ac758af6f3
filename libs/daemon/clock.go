package daemon

import (
	"context"
	"time"
)

// Clock tells the time and waits. Code that waits takes a Clock, so that tests
// can move the time themselves ([FakeClock]).
type Clock interface {
	// Now is the present moment.
	Now() time.Time
	// NewTimer fires once after d.
	NewTimer(d time.Duration) Timer
	// After is NewTimer for those who never stop it.
	After(d time.Duration) <-chan time.Time
	// Sleep waits for d or for the end of ctx, whose error it then returns.
	Sleep(ctx context.Context, d time.Duration) error
}

// Timer is a time.Timer whose channel is a method. After Stop and Reset no
// earlier firing is received.
type Timer interface {
	C() <-chan time.Time
	Stop() bool
	Reset(d time.Duration) bool
}

// RealClock is the computer's clock.
type RealClock struct{}

// Now returns time.Now(), but in builds for the tests of faults (see offset).
func (RealClock) Now() time.Time { return time.Now().Add(offset()) }

// NewTimer returns a time.Timer.
func (RealClock) NewTimer(d time.Duration) Timer { return realTimer{time.NewTimer(d)} }

// After returns time.After(d).
func (RealClock) After(d time.Duration) <-chan time.Time { return time.After(d) }

// Sleep waits for d or for the end of ctx.
func (RealClock) Sleep(ctx context.Context, d time.Duration) error {
	return sleep(ctx, realTimer{time.NewTimer(d)})
}

type realTimer struct{ *time.Timer }

func (t realTimer) C() <-chan time.Time { return t.Timer.C }

func sleep(ctx context.Context, t Timer) error {
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C():
		return nil
	}
}
