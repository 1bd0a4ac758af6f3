package generate

import (
	"context"
	"time"

	"github.com/millrace/millrace/libs/daemon"
)

const (
	// liveEvery is how often a batch of lines is sent, and liveBatch how large it
	// may be, about.
	liveEvery = 100 * time.Millisecond
	liveBatch = blockSize
	// liveDrift is how far created_at may be from the clock. What is more, as after
	// an outage, is not made up for.
	liveDrift = time.Second
)

// Live writes lines as if they were posted now, at a pace.
type Live struct {
	Rate  float64 // lines per second
	Count int64   // how many; 0: without end
	Clock daemon.Clock
	// Send takes a batch of lines; it may keep it until it returns.
	Send func(ctx context.Context, batch []byte, lines int) error
}

// Run writes lines of g until Count is reached or ctx ends, and then returns nil;
// or until Send fails.
func (l *Live) Run(ctx context.Context, g *Generator) error {
	var buf []byte
	step := time.Duration(float64(time.Second) / l.Rate)
	begun := l.Clock.Now()
	g.from(0, begun, step)
	for i, at := int64(0), int64(0); l.Count == 0 || i < l.Count; { // line i is the at-th since begun
		now := l.Clock.Now()
		due := int64(now.Sub(begun).Seconds()*l.Rate) + 1
		if behind := float64(due-at) / l.Rate; behind > max(liveDrift, 2*step).Seconds() {
			begun, at, due = now, 0, 1
		}
		if drift := now.Sub(time.UnixMilli(g.at0(i))); drift > liveDrift || drift < -max(liveDrift, 2*step) {
			g.from(i, now, step)
		}
		buf = buf[:0]
		lines := 0
		for at < due && len(buf) < liveBatch && (l.Count == 0 || i < l.Count) {
			buf = g.Append(buf, i)
			i, at, lines = i+1, at+1, lines+1
		}
		if lines > 0 {
			if err := l.Send(ctx, buf, lines); err != nil {
				if ctx.Err() != nil {
					return nil
				}
				return err
			}
		}
		if at < due {
			continue
		}
		next := begun.Add(time.Duration(float64(at) / l.Rate * float64(time.Second)))
		if l.Clock.Sleep(ctx, max(liveEvery, next.Sub(l.Clock.Now()))) != nil {
			return nil
		}
	}
	return nil
}

// from lets line i be posted at the given time, and those around it a step apart.
func (g *Generator) from(i int64, at time.Time, step time.Duration) {
	g.opts.Step = max(step, time.Microsecond)
	g.opts.Start = at.Add(-time.Duration(i) * g.opts.Step)
}

// at0 returns the time of line i, without disorder, in ms.
func (g *Generator) at0(i int64) int64 {
	return g.opts.Start.UnixMilli() + i*g.opts.Step.Microseconds()/1000
}
