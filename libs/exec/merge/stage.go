package merge

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"
)

// Config is what a Stage needs. The zero durations and sizes mean their
// defaults.
type Config struct {
	Topology
	Log      Log
	Store    Store
	Registry Registry
	Notifier Notifier
	Owner    string // who claims partitions, for diagnosis
	Logger   *slog.Logger
	Now      func() time.Time
	Metrics  *Metrics // nil: none are kept

	FlushInterval      time.Duration // least time between two flushes; 100 ms
	LookInterval       time.Duration // how often an idle partition looks at its fence; 2 s
	CheckpointInterval time.Duration // 10 s
	CheckpointBytes    int64         // of changed state; 32 MiB
	PendingBytes       int64         // fetched or owed to the store, per partition, before fetching pauses; 64 MiB
}

func (c *Config) defaults() {
	setDefault(&c.FlushInterval, 100*time.Millisecond)
	setDefault(&c.LookInterval, 2*time.Second)
	setDefault(&c.CheckpointInterval, 10*time.Second)
	setDefault(&c.CheckpointBytes, 32<<20)
	setDefault(&c.PendingBytes, 64<<20)
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Metrics == nil {
		c.Metrics = &Metrics{}
	}
}

func setDefault[T comparable](v *T, d T) {
	var zero T
	if *v == zero {
		*v = d
	}
}

// Stage runs the merge partitions of one consumer group member.
type Stage struct {
	cfg   Config
	owned map[int32]*owned
}

// owned is a partition that this member owns.
type owned struct {
	*Partition
	generation int64
	writer     Writer
	token      int64

	// silentUntil is the exchange offset up to which an earlier owner has
	// written the store: until it is reached, this one writes nothing that
	// could take a row back.
	silentUntil int64
	repair      bool // a full republish is owed
	listed      bool // with repair: ids unknown to the registry are still to be dropped

	queue  []prepared
	queued int64 // bytes
	paused bool

	nextFlush      time.Time
	lastLook       time.Time
	lastCheckpoint time.Time
	saved          int64 // position of the last checkpoint
	savedRegistry  int64
	finished       int64     // offset of the last Finish
	sweeps         []*query  // with repair: still to be swept
	troubled       time.Time // last time a failure of the store was logged
}

// NewStage returns a stage that has yet to Run.
func NewStage(cfg Config) *Stage {
	cfg.defaults()
	return &Stage{cfg: cfg, owned: map[int32]*owned{}}
}

// Run restores, folds, flushes and checkpoints the partitions that the group
// assigns, until ctx ends, when it flushes and checkpoints once more and
// returns nil. Any error means that the member has to be given up and the stage
// started anew with a new one.
func (st *Stage) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		if err := st.step(ctx, false); err != nil {
			if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
				break
			}
			return err
		}
	}
	return st.leave(ctx)
}

// step is one round; now does what is not due yet too.
func (st *Stage) step(ctx context.Context, now bool) error {
	if err := st.reconcile(ctx); err != nil {
		return err
	}
	pollCtx, cancel := context.WithTimeout(ctx, st.patience())
	records, err := st.cfg.Log.Poll(pollCtx)
	cancel()
	if err != nil {
		return fmt.Errorf("poll the exchange: %w", err)
	}
	if err := st.enqueue(records); err != nil {
		return err
	}
	if err := st.foldQueued(ctx); err != nil {
		return err
	}
	if err := st.flushDue(ctx, now); err != nil {
		return err
	}
	return st.checkpointDue(ctx, now)
}

// leave flushes and checkpoints before the member goes, so that the next owner
// has nothing to replay.
func (st *Stage) leave(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := st.flushDue(ctx, true); err != nil {
		return nil //nolint:nilerr // the next owner replays from the last checkpoint
	}
	_ = st.checkpointDue(ctx, true)
	return nil
}

// reconcile lets go of partitions that were taken away and restores those that
// came. A restore that straddles a rebalance is discarded.
func (st *Stage) reconcile(ctx context.Context) error {
	now := st.cfg.Log.Owned()
	for _, p := range slices.Sorted(maps.Keys(st.owned)) {
		if gen, ok := now[p]; !ok || gen != st.owned[p].generation {
			delete(st.owned, p)
			st.cfg.Metrics.forget(p)
		}
	}
	for _, p := range slices.Sorted(maps.Keys(now)) {
		if st.owned[p] != nil {
			continue
		}
		generation := now[p]
		rctx, cancel := st.whileOwned(ctx, p, generation)
		o, err := st.restore(rctx, p)
		straddled := rctx.Err() != nil && ctx.Err() == nil
		cancel()
		switch {
		case straddled:
			continue
		case err != nil:
			return err
		case o == nil || st.cfg.Log.Owned()[p] != generation:
			continue
		}
		o.generation = generation
		st.owned[p] = o
	}
	return nil
}

// whileOwned returns a context that ends when the partition is taken away.
func (st *Stage) whileOwned(ctx context.Context, p int32, generation int64) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				if st.cfg.Log.Owned()[p] != generation {
					cancel()
				}
			}
		}
	}()
	return ctx, cancel
}

// patience is how long Poll may wait: to the next flush that has work, else a
// quarter of a second, so that new definitions and membership are seen soon.
func (st *Stage) patience() time.Duration {
	wait := 250 * time.Millisecond
	now := st.cfg.Now()
	for _, o := range st.owned {
		if o.hasWork() {
			wait = min(wait, max(o.nextFlush.Sub(now), time.Millisecond))
		}
		if len(o.queue) > 0 {
			wait = min(wait, 10*time.Millisecond)
		}
	}
	return wait
}

func (o *owned) hasWork() bool {
	return o.pos-1 > o.finished || len(o.drops)+len(o.owing)+len(o.news) > 0 || o.repair
}

// enqueue decodes what was polled and holds it until it may be folded.
func (st *Stage) enqueue(records []Record) error {
	for _, r := range records {
		o := st.owned[r.Partition]
		if o == nil {
			continue
		}
		p, err := prepare(r)
		if err != nil {
			return err
		}
		o.queue = append(o.queue, p)
		o.queued += int64(p.size)
	}
	return nil
}

// foldQueued folds what the registry reader allows: no block before the reader
// has reached the block's plan position.
func (st *Stage) foldQueued(ctx context.Context) error {
	for _, p := range slices.Sorted(maps.Keys(st.owned)) {
		o := st.owned[p]
		o.sync(st.cfg.Registry.Snapshot())
		n := 0
		for ; n < len(o.queue); n++ {
			item := &o.queue[n]
			if need := item.plan() + 1; o.registry < need {
				if !st.reach(ctx, need) {
					break
				}
				o.sync(st.cfg.Registry.Snapshot())
			}
			if err := o.fold(item); err != nil {
				return err
			}
			o.queued -= int64(item.size)
		}
		o.queue = slices.Delete(o.queue, 0, n)
		st.pace(o)
		st.cfg.Metrics.folded(o)
	}
	return nil
}

// reach waits a moment for the registry reader.
func (st *Stage) reach(ctx context.Context, position int64) bool {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	return st.cfg.Registry.Wait(ctx, position) == nil
}

// pace pauses the fetching of a partition that has too much pending.
func (st *Stage) pace(o *owned) {
	pending := o.queued + o.logBytes
	switch {
	case !o.paused && pending > st.cfg.PendingBytes:
		o.paused = true
		st.cfg.Log.Pause(o.id)
	case o.paused && pending <= st.cfg.PendingBytes/2:
		o.paused = false
		st.cfg.Log.Resume(o.id)
	}
}

// flushDue flushes the partitions whose time has come, side by side.
func (st *Stage) flushDue(ctx context.Context, all bool) error {
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

// checkpointDue checkpoints the partitions whose time has come and to which the
// store owes no acknowledgement.
func (st *Stage) checkpointDue(ctx context.Context, all bool) error {
	for _, p := range slices.Sorted(maps.Keys(st.owned)) {
		o := st.owned[p]
		due := all || st.cfg.Now().Sub(o.lastCheckpoint) >= st.cfg.CheckpointInterval || o.dirtyBytes >= st.cfg.CheckpointBytes
		if !due || !o.clean() || o.pos == o.saved && o.registry == o.savedRegistry {
			continue
		}
		if err := st.saveCheckpoint(ctx, o); err != nil {
			return err
		}
	}
	return nil
}

// clean reports whether the store has acknowledged everything up to the position.
func (o *owned) clean() bool {
	return !o.repair && len(o.drops)+len(o.owing) == 0 && o.pos-1 <= o.finished
}

// reseek makes fetching go on where it was after an abort, which has taken every
// partition back to its committed offset: what lies there may be deleted by the
// next checkpoint before it is fetched again.
func (st *Stage) reseek(ctx context.Context) error {
	for _, p := range slices.Sorted(maps.Keys(st.owned)) {
		o := st.owned[p]
		next := o.pos
		if n := len(o.queue); n > 0 {
			next = o.queue[n-1].offset + 1
		}
		if err := st.cfg.Log.Seek(ctx, p, next); err != nil {
			return fmt.Errorf("seek in exchange partition %d: %w", p, err)
		}
	}
	return nil
}

func (st *Stage) saveCheckpoint(ctx context.Context, o *owned) error {
	began := st.cfg.Now()
	records, commit, err := o.checkpointRecords(o.writer.Fence())
	if err != nil {
		return err
	}
	_, ok, err := st.cfg.Log.Commit(ctx, o.id, records, o.pos)
	if err != nil {
		return fmt.Errorf("checkpoint merge partition %d: %w", o.id, err)
	}
	o.lastCheckpoint = st.cfg.Now()
	if !ok {
		st.cfg.Metrics.aborted()
		return st.reseek(ctx)
	}
	commit()
	o.saved, o.savedRegistry = o.pos, o.registry
	st.cfg.Metrics.committed(st.cfg.Now().Sub(began))
	if err := st.cfg.Log.Truncate(ctx, o.id, o.pos); err != nil {
		st.cfg.Logger.Warn("cannot delete checkpointed records of the exchange; the next checkpoint tries again",
			"partition", o.id, "below", o.pos, "error", err)
	}
	return nil
}
