package merge

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"
)

// errInternal is wrapped by errors that are not the store's.
var errInternal = errors.New("merge")

// flushDue flushes the partitions whose time has come, side by side.
func (st *Stage) flushDue(ctx context.Context, all bool) error {
	st.dropUnregistered(ctx)
	var (
		wg   sync.WaitGroup
		mu   sync.Mutex
		errs []error
	)
	now := st.cfg.Now()
	for _, p := range slices.Sorted(maps.Keys(st.owned)) {
		o := st.owned[p]
		if !all && now.Before(o.nextFlush) {
			continue
		}
		wg.Go(func() {
			if err := st.flush(ctx, o); err != nil {
				mu.Lock()
				errs = append(errs, err)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// longestWait bounds the time between two flushes: one that took long may have
// been stopped in the middle, which tells nothing about the store's rate.
const longestWait = 5 * time.Second

// flush writes to the store what is owed, and tells the Notifier what there is to
// tell. It returns an error only where the member has to be given up; a store
// that is away or refuses is waited for.
func (st *Stage) flush(ctx context.Context, o *owned) error {
	began := st.cfg.Now()
	o.fitRooms(began)
	rows, err := st.write(ctx, o)
	took := st.cfg.Now().Sub(began)
	wait := max(st.cfg.FlushInterval, min(took, longestWait)) // changed rows ÷ the rate just measured
	switch {
	case err == nil:
		st.cfg.Metrics.FlushedRows.Add(int64(rows))
		st.cfg.Metrics.FlushNanos.Add(int64(took))
		if st.troubles.end(o.id, st.owned) {
			st.cfg.Logger.Info("the result store answers again")
		}
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, errInternal):
		return fmt.Errorf("merge partition %d: %w", o.id, err)
	case errors.Is(err, ErrFenced) && st.cfg.Log.Owned()[o.id] != o.generation:
		// The partition was taken away while the write was under way, and its new
		// owner is there already. The next step lets go of it.
		_ = st.refused(err)
		o.nextFlush = st.cfg.Now().Add(wait)
		return nil
	case errors.Is(err, ErrFenced), errors.Is(err, ErrIncarnation):
		return fmt.Errorf("merge partition %d: %w", o.id, st.refused(err))
	case errors.Is(err, ErrLost):
		_ = st.refused(err)
		o.lost, wait = true, 0
	default:
		st.trouble(o, err)
		wait = time.Second // however long the store has kept silent
	}
	if !st.tell(ctx, o, err == nil && !o.silent()) {
		wait = max(wait, time.Second)
	}
	o.nextFlush = st.cfg.Now().Add(wait)
	return nil
}

// write sends everything that is owed, batch by batch, and then finishes. A
// silent partition writes drops only: they take nothing back.
func (st *Stage) write(ctx context.Context, o *owned) (rows int, err error) {
	if o.lost {
		if err := st.take(ctx, o, Fence{}, true); err != nil {
			return 0, err
		}
	}
	if err := st.writeDrops(ctx, o); err != nil {
		return 0, err
	}
	if o.silent() {
		return 0, nil
	}
	batch := &writeBatch{o: o, offset: o.pos - 1, refused: &st.cfg.Metrics.Refused}
	for _, q := range o.sortedOwing() {
		if err := batch.add(ctx, q); err != nil {
			return batch.rows, err
		}
	}
	if err := batch.send(ctx); err != nil {
		return batch.rows, err
	}
	if err := st.sweep(ctx, o); err != nil {
		return batch.rows, err
	}
	return batch.rows, st.finish(ctx, o)
}

func (st *Stage) writeDrops(ctx context.Context, o *owned) error {
	if len(o.drops) == 0 {
		return nil
	}
	var ops []Op
	for _, id := range slices.Sorted(maps.Keys(o.drops)) {
		ops = append(ops, DropOp{Query: id, Epoch: o.drops[id]})
	}
	refused, err := o.writer.Apply(ctx, max(o.pos-1, o.silentUntil), ops)
	if err != nil {
		return err
	}
	for range refused {
		st.cfg.Metrics.Refused.Add(ReasonEpoch)
	}
	clear(o.drops)
	return nil
}

// finish records how far the store is written, and that a repair is done once
// nothing of it is owed; an idle partition looks at its fence instead, every two
// seconds.
func (st *Stage) finish(ctx context.Context, o *owned) error {
	offset := o.pos - 1
	now := st.cfg.Now()
	repaired := o.repair && o.listed
	if !repaired && offset == o.finished {
		if now.Sub(o.lastLook) < st.cfg.LookInterval {
			return nil
		}
		if err := o.writer.Look(ctx); err != nil {
			return err
		}
		o.lastLook = now
		return nil
	}
	if err := o.writer.Finish(ctx, offset, o.asOf(), repaired); err != nil {
		return err
	}
	o.finished, o.lastLook = offset, now
	o.fresh.acknowledged(st.cfg.Now(), &st.cfg.Metrics.AppendToResult)
	if repaired {
		o.repair = false
		if st.repairs.end(o.id, st.owned) {
			st.cfg.Logger.Info("the result store is republished")
		}
	}
	return nil
}

// tell tells the Notifier which queries crossed a limit and, if the store has
// acknowledged all that belongs to it, which are live. It reports whether
// everything could be told.
func (st *Stage) tell(ctx context.Context, o *owned, live bool) bool {
	var began []*query
	var failed error // the first; the others would only wait for the same
	for _, q := range sortedQueries(maps.Keys(o.news)) {
		n := o.news[q]
		if n.live && live {
			began = append(began, q)
		}
		if n.fail == "" || failed != nil {
			continue
		}
		if failed = st.cfg.Notifier.Fail(ctx, q.Query, n.fail); failed != nil {
			st.cannotTell(o, fmt.Errorf("that query %s crossed a limit: %w", q.ID, failed))
			continue
		}
		n.fail = ""
		o.setNews(q, n)
	}
	// A query waits for no other's report to be acknowledged.
	for some := range slices.Chunk(began, toldTogether) {
		lives := make([]Live, len(some))
		for i, q := range some {
			lives[i] = Live{q.Query, q.passed}
		}
		if err := st.cfg.Notifier.Live(ctx, lives); err != nil {
			st.cannotTell(o, fmt.Errorf("that query %s, and %d more, are live: %w", some[0].ID, len(some)-1, err))
			return false
		}
		for _, q := range some {
			n := o.news[q]
			n.live = false
			o.setNews(q, n)
		}
	}
	return failed == nil && st.tellComplete(ctx, o, live)
}

// tellComplete tells the Notifier which queries have all that they want, which the store
// must have acknowledged. It reports whether everything could be told.
func (st *Stage) tellComplete(ctx context.Context, o *owned, acknowledged bool) bool {
	for _, q := range sortedQueries(maps.Keys(o.news)) {
		n := o.news[q]
		if !n.done || !acknowledged {
			continue
		}
		if err := st.cfg.Notifier.Complete(ctx, q.Query); err != nil {
			st.cannotTell(o, fmt.Errorf("that query %s is complete: %w", q.ID, err))
			return false
		}
		n.done = false
		o.setNews(q, n)
	}
	return true
}

// toldTogether is how many queries the Notifier is told at once, at most.
const toldTogether = 1000

// logEvery is how often a lasting trouble is logged.
const logEvery = 10 * time.Second

// refused counts an error of the store and returns it.
func (st *Stage) refused(err error) error {
	st.cfg.Metrics.Refused.Add(st.cfg.Store.Reason(err))
	return err
}

// trouble reports a store that is away or refuses.
func (st *Stage) trouble(o *owned, err error) {
	_ = st.refused(err)
	st.log(st.troubles.begin(o.id, st.cfg.Now()), "the result store does not take writes; results lag and nothing is lost; trying again",
		"partition", o.id, "error", err)
}

// cannotTell reports a Notifier that is away.
func (st *Stage) cannotTell(o *owned, err error) {
	if now := st.cfg.Now(); o.untold.IsZero() || now.Sub(o.untold) >= logEvery {
		o.untold = now
		st.cfg.Logger.Warn("cannot report a query's status; trying again", "partition", o.id, "error", err)
	}
}
