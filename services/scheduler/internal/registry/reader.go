package registry

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/millrace/millrace/libs/declared"
	"github.com/millrace/millrace/libs/exec/build"
	"github.com/millrace/millrace/libs/exec/merge"
	"github.com/millrace/millrace/libs/exec/meter"
	"github.com/millrace/millrace/libs/exec/scan"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/wire"
)

// tombstonesLive is how long the topic keeps tombstones (its setting
// delete.retention.ms). A reader that was away, or behind, for longer may have missed
// a drop and reads anew.
const tombstonesLive = 24 * time.Hour

// ErrEpochs is wrapped where the registry holds an epoch that is not greater
// than the one before it for the same query: two query parsers have written.
var ErrEpochs = errors.New("epochs in the registry do not increase")

// Snapshot is the registry as of Position. It is immutable.
type Snapshot struct {
	Position int64 // everything below it has been seen
	Program  *scan.Program
	Merge    *merge.Definitions
	Streams  []*Stream // those that were declared while services run, by name
}

// Reader follows the topic.
type Reader struct {
	// Whole, if not nil, is called when the topic has first been read to the end that
	// it had at the start, and the plan of what was found is built. It is set before
	// Run.
	Whole func()

	// Builds is how long it took to take over what was read, together, and to make the
	// next program of it: one observation for each change of the plan.
	Builds meter.Histogram

	cfg     kafka.Config
	catalog *catalog.Catalog
	logger  *slog.Logger
	now     func() time.Time

	snapshot atomic.Pointer[Snapshot]

	mu      sync.Mutex
	changed chan struct{} // closed and replaced at every new snapshot
}

// New returns a Reader that has yet to Run.
func New(cfg kafka.Config, c *catalog.Catalog, logger *slog.Logger) *Reader {
	r := &Reader{cfg: cfg, catalog: c, logger: logger, now: time.Now, changed: make(chan struct{})}
	r.snapshot.Store(&Snapshot{Program: build.NewBuilder(c).Program(), Merge: &merge.Definitions{}})
	return r
}

// Current returns the latest snapshot.
func (r *Reader) Current() *Snapshot { return r.snapshot.Load() }

// Changed returns a channel that is closed once there is another snapshot than those that
// were current before the call.
func (r *Reader) Changed() <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.changed
}

// Snapshot implements [merge.Registry].
func (r *Reader) Snapshot() *merge.Definitions { return r.Current().Merge }

// Wait implements [merge.Registry]: it waits until the position is reached.
func (r *Reader) Wait(ctx context.Context, position int64) error {
	for {
		changed := r.Changed()
		if r.Current().Position >= position {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-changed:
		}
	}
}

// End implements [merge.Registry]: the topic's high watermark as of now.
func (r *Reader) End(ctx context.Context) (int64, error) {
	admin, err := kafka.NewAdmin(r.cfg)
	if err != nil {
		return 0, err
	}
	defer admin.Close()
	ends, err := admin.Ends(ctx, kafka.TopicRegistry)
	return ends[0], err
}

// Run follows the topic until ctx ends (nil) or something is wrong with what it
// holds. Brokers that cannot be reached are waited for.
func (r *Reader) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		err := r.follow(ctx)
		var partition *kafka.PartitionError
		switch {
		case ctx.Err() != nil:
		case errors.Is(err, ErrEpochs), errors.Is(err, declared.ErrEpochs), errors.Is(err, wire.ErrInvalid), errors.Is(err, merge.ErrIncarnation):
			return err
		case errors.As(err, &partition), errors.Is(err, errStale):
			r.logger.Warn("reading the registry anew", "cause", err)
		default:
			r.logger.Warn("cannot read the registry; trying again", "error", err)
			select {
			case <-ctx.Done():
			case <-time.After(time.Second):
			}
		}
	}
	return nil
}

var errStale = errors.New("away or behind for longer than tombstones are kept")

// follow reads the topic from its start and then goes on. Until it has caught up
// with the end it keeps the earlier snapshot, so that a position never goes back.
func (r *Reader) follow(ctx context.Context) error {
	admin, err := kafka.NewAdmin(r.cfg)
	if err != nil {
		return err
	}
	defer admin.Close()
	reader, ends, err := admin.Open(ctx, kafka.TopicRegistry)
	if err != nil {
		return err
	}
	defer reader.Close()
	if at := r.Current().Position; ends[0] < at {
		return fmt.Errorf("%w: the registry ends at offset %d, and was read up to %d: run `millrace reset` to clear the results and adopt the new topic", merge.ErrIncarnation, ends[0], at)
	}
	t := newTable(r)
	caughtUp := max(ends[0], r.Current().Position)
	if start := reader.Position(0); start >= caughtUp {
		r.publish(t, start)
	}
	whole := r.now() // when last all that there was had been read
	var spent time.Duration
	for {
		records, err := reader.Poll(ctx)
		if err != nil {
			return err
		}
		now := r.now()
		if now.Sub(whole) > tombstonesLive {
			return errStale
		}
		if reader.CaughtUp(0) {
			whole = now
		}
		began := time.Now()
		for i := range records {
			if err := t.apply(&records[i]); err != nil {
				return err
			}
		}
		t.forget(now)
		at, changed := reader.Position(0), t.changed
		if at >= caughtUp {
			r.publish(t, at)
		}
		if spent += time.Since(began); at >= caughtUp {
			if changed {
				r.Builds.Observe(spent, 1)
			}
			spent = 0
		}
	}
}

// publish makes a snapshot of what has been read. Its definitions are those of
// the one before where nothing has changed.
func (r *Reader) publish(t *table, position int64) {
	old := r.Current()
	next := &Snapshot{Position: position, Merge: old.Merge, Streams: old.Streams}
	if t.changed || old.Merge.Position != position {
		next.Merge = &merge.Definitions{Position: position, Queries: old.Merge.Queries, Drops: old.Merge.Drops, Streams: old.Merge.Streams}
	}
	if t.changed {
		next.Merge.Queries, next.Merge.Drops = t.queries.Directory(), t.drops.Directory()
		next.Merge.Streams, next.Streams = t.streams.byName.Directory(), t.streams.list()
		t.changed = false
		if next.Merge.Queries.Len() == 0 {
			// It keeps the room of the most queries that it has had.
			t.builder = t.emptied()
		}
	}
	next.Program, t.meanings = t.builder.Program(), nil
	r.snapshot.Store(next)
	if r.Whole != nil {
		r.Whole()
		r.Whole = nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	close(r.changed)
	r.changed = make(chan struct{})
}
