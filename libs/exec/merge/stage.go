package merge

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/millrace/millrace/libs/planted"
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
	Program  string // tells programs apart that may make something else of a definition; empty: unknown
	Logger   *slog.Logger
	Now      func() time.Time
	Metrics  *Metrics // nil: none are kept

	// Holds, if not nil, is told in every step how many partitions the stage has
	// restored and owns.
	Holds func(partitions int)

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
	cfg    Config
	owned  map[int32]*owned
	cached cache

	families *families // while partitions are restored

	troubles episode // the store does not take writes
	repairs  episode // the store lost writes, and gets them again

	restoring     atomic.Value // string: what the restore under way waits for
	strangers     int64        // records of the exchange that no scheduler wrote
	strangersTold time.Time
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
	lost        bool     // the store has lost writes: the fence is to be taken anew
	repair      bool     // a full republish is owed
	listed      bool     // ids in the listing that the registry lacks were looked for
	sweeps      []*query // with repair: still to be swept

	queue  []prepared
	queued int64 // bytes
	paused bool

	nextFlush      time.Time
	nextListing    time.Time
	lastLook       time.Time
	lastCheckpoint time.Time
	nextMeasure    time.Time
	nextRoom       time.Time
	saved          int64 // position of the last checkpoint
	savedRegistry  int64
	finished       int64     // offset of the last Finish
	lateTold       uint64    // of the rows found late, those that the metrics have
	untold         time.Time // last time a failure of the Notifier was logged
	fresh          freshness
}

// silent reports whether an earlier owner has written more than this one has
// folded.
func (o *owned) silent() bool {
	return o.pos-1 < o.silentUntil && !planted.On(planted.LowerOffsets)
}

// written reports whether an earlier owner has had the store acknowledge what the
// exchange offset brought.
func (o *owned) written(offset int64) bool { return offset <= o.silentUntil }

// hasWork reports whether something is owed to the store or the Notifier.
func (o *owned) hasWork() bool {
	return o.pos-1 > o.finished || len(o.drops)+len(o.owing)+len(o.news) > 0 || o.repair || o.lost
}

// clean reports whether everything up to the position has been acknowledged: by
// the store, and what the Notifier was to be told by it.
func (o *owned) clean() bool {
	return planted.On(planted.CheckpointAhead) || !o.repair && !o.lost && len(o.drops)+len(o.owing)+len(o.news) == 0 && o.pos-1 <= o.finished
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
	if st.cfg.Holds != nil {
		st.cfg.Holds(len(st.owned))
	}
	pollCtx, cancel := context.WithTimeout(ctx, st.patience())
	records, err := st.cfg.Log.Poll(pollCtx)
	cancel()
	if err != nil {
		return fmt.Errorf("poll the exchange: %w", err)
	}
	// Poll is where a new assignment begins, and from there on commits are of its
	// generation: brokers would take a checkpoint of a partition that it has given
	// to another.
	if !planted.On(planted.StaleOwner) {
		st.release()
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
// has nothing to replay. What does not succeed now the next owner does.
func (st *Stage) leave(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if st.flushDue(ctx, true) == nil {
		_ = st.checkpointDue(ctx, true)
	}
	return nil
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
