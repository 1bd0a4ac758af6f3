package merge

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/millrace/millrace/libs/planted"
)

// reconcile lets go of partitions that were taken away and restores those that
// came. A restore that straddles a rebalance is discarded.
func (st *Stage) reconcile(ctx context.Context) error {
	now := st.release()
	defer func() { st.families = nil }() // they are much to keep
	for _, p := range slices.Sorted(maps.Keys(now)) {
		if st.owned[p] == nil {
			if err := st.begin(ctx, p, now[p]); err != nil {
				return err
			}
		}
	}
	return nil
}

// release lets go of partitions that were taken away, and returns those owned now.
func (st *Stage) release() map[int32]int64 {
	now := st.cfg.Log.Owned()
	for _, p := range slices.Sorted(maps.Keys(st.owned)) {
		if generation, ok := now[p]; !ok || generation != st.owned[p].generation {
			st.letGo(p)
		}
	}
	return now
}

// letGo forgets a partition. Fetching is resumed: the pause belongs to this
// ownership, not to the next.
func (st *Stage) letGo(p int32) {
	if st.owned[p].paused {
		st.cfg.Log.Resume(p)
	}
	delete(st.owned, p)
	st.cfg.Metrics.forget(p)
}

// begin restores a partition under a generation, and owns it if it still has
// that generation then: what was read meanwhile, and what went wrong, but for a
// transaction, may be another owner's doing.
func (st *Stage) begin(ctx context.Context, p int32, generation int64) error {
	st.cfg.Logger.Debug("restoring a merge partition", "partition", p)
	rctx, stop := st.whileOwned(ctx, p, generation)
	o, err := st.restore(ctx, rctx, p)
	stop()
	if o == nil {
		st.cfg.Logger.Debug("a restore came to nothing", "partition", p, "error", err)
	}
	switch {
	case errors.Is(err, errClaim):
		return err
	case ctx.Err() == nil && st.cfg.Log.Owned()[p] != generation:
		return nil
	case err != nil:
		return err
	case o == nil:
		return nil
	}
	st.cached.forget(p)
	o.generation = generation
	st.owned[p] = o
	return nil
}

// whileOwned returns a context that ends when the partition is taken away. stop
// ends the watch, and returns when nobody asks the log any more.
func (st *Stage) whileOwned(ctx context.Context, p int32, generation int64) (_ context.Context, stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var watch sync.WaitGroup
	st.restoring.Store("")
	watch.Go(func() {
		tick, told := time.NewTicker(50*time.Millisecond), time.Now()
		began := told
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				if time.Since(told) > logEvery {
					told = time.Now()
					st.cfg.Logger.Warn("a merge partition is still being restored; its results lag until then", "partition", p,
						"waits_for", st.restoring.Load(), "after", time.Since(began).Round(time.Second))
				}
				if st.cfg.Log.Owned()[p] != generation && !planted.On(planted.StraddledRevoke) {
					cancel()
				}
			}
		}
	})
	return ctx, func() {
		cancel()
		watch.Wait()
	}
}
