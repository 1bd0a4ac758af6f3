package bench

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/millrace/millrace/services/millrace/internal/bench/engine"
)

// team is one worker per core.
type team struct {
	workers []engine.Worker
	cpus    []int        // where each is pinned; none: nowhere
	taken   atomic.Int64 // values of the present run
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

// run lets the workers go over the values so many times, each taking the next when it
// is done with one, and returns how long that took.
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
	t.taken.Store(0)
	began := time.Now()
	close(start)
	done.Wait()
	return time.Since(began), errors.Join(errs...)
}

// work is what worker i does.
func (t *team) work(ctx context.Context, i int, values [][]byte, passes int) error {
	w := t.workers[i]
	last := time.Now()
	all := int64(len(values)) * int64(passes)
	for v := t.taken.Add(1) - 1; v < all; v = t.taken.Add(1) - 1 {
		if err := ctx.Err(); err != nil {
			return err
		}
		if _, err := w.Add(values[v%int64(len(values))], int32(i), v); err != nil {
			return err
		}
		if now := time.Now(); now.Sub(last) >= commitEvery {
			if err := w.Commit(); err != nil {
				return err
			}
			last = time.Now()
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
