package bench

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"time"

	"github.com/millrace/millrace/services/millrace/internal/bench/engine"
)

// team is one worker per core.
type team struct {
	workers []engine.Worker
	cpus    []int // where each is pinned; none: nowhere
}

func newTeam(e engine.Engine, cores int, cpus []int) (*team, error) {
	t := &team{cpus: cpus}
	for range cores {
		w, err := e.Worker()
		if err != nil {
			return nil, err
		}
		t.workers = append(t.workers, w)
	}
	return t, nil
}

// run lets the workers go over the values, each over its part of them, so many
// times, and returns how long that took.
func (t *team) run(ctx context.Context, values [][]byte, passes int) (time.Duration, error) {
	errs := make([]error, len(t.workers))
	var ready, done sync.WaitGroup
	start := make(chan struct{})
	for i := range t.workers {
		ready.Add(1)
		done.Go(func() {
			// The thread is pinned, and ends with the goroutine that is locked to it.
			runtime.LockOSThread()
			if i < len(t.cpus) {
				errs[i] = pinThread(t.cpus[i])
			}
			ready.Done()
			<-start
			if errs[i] == nil {
				errs[i] = t.work(ctx, i, values, passes)
			}
		})
	}
	ready.Wait()
	began := time.Now()
	close(start)
	done.Wait()
	return time.Since(began), errors.Join(errs...)
}

// work is what worker i does.
func (t *team) work(ctx context.Context, i int, values [][]byte, passes int) error {
	w := t.workers[i]
	last := time.Now()
	offset := int64(0)
	for range passes {
		for v := i; v < len(values); v += len(t.workers) {
			if err := ctx.Err(); err != nil {
				return err
			}
			if _, err := w.Add(values[v], int32(i), offset); err != nil {
				return err
			}
			offset++
			if now := time.Now(); now.Sub(last) >= commitEvery {
				if err := w.Commit(); err != nil {
					return err
				}
				last = time.Now()
			}
		}
	}
	return w.Commit()
}

// fallbacks returns for how many documents decoders left their fast path.
func (t *team) fallbacks() int64 {
	var sum int64
	for _, w := range t.workers {
		sum += w.Fallbacks()
	}
	return sum
}
