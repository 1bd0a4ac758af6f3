package registry

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/millrace/millrace/libs/exec/build"
	"github.com/millrace/millrace/libs/exec/merge"
	"github.com/millrace/millrace/libs/exec/meter"
	"github.com/millrace/millrace/libs/exec/scan"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/share"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/sql/plan"
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

// Snapshot implements [merge.Registry].
func (r *Reader) Snapshot() *merge.Definitions { return r.Current().Merge }

// Wait implements [merge.Registry]: it waits until the position is reached.
func (r *Reader) Wait(ctx context.Context, position int64) error {
	for {
		r.mu.Lock()
		changed := r.changed
		r.mu.Unlock()
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
		case errors.Is(err, ErrEpochs), errors.Is(err, wire.ErrInvalid), errors.Is(err, merge.ErrIncarnation):
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
	starts, err := admin.Starts(ctx, kafka.TopicRegistry)
	if err != nil {
		return err
	}
	ends, err := admin.Ends(ctx, kafka.TopicRegistry)
	if err != nil {
		return err
	}
	if at := r.Current().Position; ends[0] < at {
		return fmt.Errorf("%w: the registry ends at offset %d, and was read up to %d: run `millrace reset` to clear the results and adopt the new topic", merge.ErrIncarnation, ends[0], at)
	}
	reader, err := kafka.NewReader(r.cfg, kafka.TopicRegistry, map[int32]int64{0: starts[0]})
	if err != nil {
		return err
	}
	defer reader.Close()
	t := &table{
		reader: r, builder: build.NewBuilder(r.catalog),
		queries: merge.Directory[*merge.Query]{}.Edit(), drops: merge.Directory[int64]{}.Edit(),
		changed: true, // what an earlier reading found may be gone
	}
	caughtUp := max(ends[0], r.Current().Position)
	if starts[0] >= caughtUp {
		r.publish(t, starts[0])
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
	next := &Snapshot{Position: position, Program: t.builder.Program(), Merge: old.Merge}
	if t.changed || old.Merge.Position != position {
		next.Merge = &merge.Definitions{Position: position, Queries: old.Merge.Queries, Drops: old.Merge.Drops}
	}
	if t.changed {
		next.Merge.Queries, next.Merge.Drops = t.queries.Directory(), t.drops.Directory()
		t.changed = false
	}
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

// table is what one reading of the topic has found so far.
type table struct {
	reader  *Reader
	builder *build.Builder
	queries *merge.Editor[*merge.Query]
	drops   *merge.Editor[int64] // epochs
	changed bool                 // since the last snapshot
}

func (t *table) apply(rec *kafka.Record) error {
	if rec.Control {
		return nil
	}
	id, ok := wire.ParseRegistryKey(rec.Key)
	if !ok {
		t.reader.logger.Warn("the registry holds a record that is about no query; it is skipped", "offset", rec.Offset, "key", string(rec.Key))
		return nil
	}
	header, _ := rec.Header(wire.HeaderEpoch)
	epoch, err := wire.ParseEpoch(header)
	if err != nil {
		return fmt.Errorf("registry record at offset %d: header %s: %w", rec.Offset, wire.HeaderEpoch, err)
	}
	if last := t.epoch(id); epoch <= last {
		return fmt.Errorf("%w: query %s has epoch %d at offset %d after epoch %d: stop all but one query-parser", ErrEpochs, id, epoch, rec.Offset, last)
	}
	t.changed = true
	t.builder.Drop(id)
	if rec.Value == nil {
		t.queries.Delete(id)
		t.drops.Set(id, epoch)
		return nil
	}
	t.drops.Delete(id)
	var def wire.Registry
	if err := def.Unmarshal(rec.Value); err != nil {
		return fmt.Errorf("registry record at offset %d: %w", rec.Offset, err)
	}
	if def.ID != id || def.Epoch != epoch {
		return fmt.Errorf("registry record at offset %d: %w: its key and header name query %s at epoch %d, its value %s at %d",
			rec.Offset, wire.ErrInvalid, id, epoch, def.ID, def.Epoch)
	}
	t.queries.Set(id, t.define(&def, rec.Offset))
	return nil
}

// epoch returns the last epoch of a query, of its registration or drop, -1 where there
// was none.
func (t *table) epoch(id string) int64 {
	if q := t.queries.Get(id); q != nil {
		return q.Epoch
	}
	if epoch, dropped := t.drops.Find(id); dropped {
		return epoch
	}
	return -1
}

// define makes a definition of a registration, of nothing else: merge's state
// follows from it, and must come out the same in every scheduler. One that this program cannot run
// is failed here, and no other query notices.
func (t *table) define(def *wire.Registry, position int64) *merge.Query {
	root, err := plan.Decode(def.Plan)
	var shape *share.Shape
	if err == nil {
		shape, err = share.Decompose(root)
	}
	var q *merge.Query
	if err == nil {
		q, err = build.QueryOf(shape)
	}
	if err == nil && def.Failed == nil {
		err = t.builder.AddShape(def.ID, shape)
	}
	if q == nil {
		q = &merge.Query{Selection: plan.HashID([]byte(def.ID))}
	}
	q.ID, q.Epoch, q.Position, q.Failing = def.ID, def.Epoch, position, -1
	q.Info.SQL, q.Info.Owner, q.Info.Labels, q.Info.Submitted = def.SQL, def.Owner, def.Labels, def.Submitted
	q.History = def.Options.History
	q.Limits = merge.Limits{
		MaxGroups:        def.Options.MaxGroups,
		MaxRowsPerSecond: def.Options.MaxRowsPerSecond,
		MaxResultBytes:   def.Options.MaxResultBytes,
		Retention:        time.Duration(def.Options.Retention),
		LogRows:          def.Options.LogRows,
	}
	switch {
	case def.Failed != nil:
		q.Failed = *def.Failed
		if def.Failing != nil {
			q.Failing = *def.Failing
		}
	case err != nil:
		q.Failed = "this scheduler cannot run it: " + err.Error()
		t.reader.logger.Error("a registered query cannot be run here", "query", def.ID, "epoch", def.Epoch, "error", err)
	}
	if q.Failed != "" {
		q.Table, q.Rows = nil, nil
	}
	return q
}
