package presentation

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/libs/declared"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/results"
	"github.com/millrace/millrace/services/presentation/internal/costs"
	"github.com/millrace/millrace/services/presentation/internal/directory"
)

const (
	// lookEvery is how often Kafka is asked for a sign of life.
	lookEvery = 5 * time.Second
	// readAnew is how long Kafka may be away before the registry is read anew:
	// well before its tombstones, which say what was dropped, are removed.
	readAnew = 12 * time.Hour
	// fillEvery is how often Redis is asked for states that millrace.status no
	// longer tells, and fillBatch of how many queries at once.
	fillEvery = 30 * time.Second
	fillBatch = 1000
)

// follower keeps the directory up to date.
type follower struct {
	cfg      Config
	dir      *directory.Directory
	costs    *costs.Book
	results  *results.Reader
	ensured  atomic.Bool // the topics are there
	complete atomic.Bool // the directory has all that there was when reading began
}

// errForeign is wrapped by errors of records that only somebody else can have
// written.
var errForeign = errors.New("the registry cannot be read")

// run reads the registry and the states until ctx ends, and from the beginning
// when reading breaks.
func (f *follower) run(ctx context.Context) error {
	return daemon.RetryClock(ctx, f.cfg.Clock, f.cfg.Log, "follow the registry in kafka", func(ctx context.Context) error {
		err := f.session(ctx)
		f.complete.Store(false)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		f.cfg.Ready.Report(readyRegistry, err)
		return err
	})
}

// session reads from the beginning and on until something breaks.
func (f *follower) session(ctx context.Context) error {
	admin, err := kafka.NewAdmin(f.cfg.Kafka)
	if err != nil {
		return daemon.Permanent(err)
	}
	defer admin.Close()
	if _, err := admin.Ensure(ctx, f.cfg.Layout); err != nil {
		var away *kafka.UnreachableError
		if errors.As(err, &away) || ctx.Err() != nil {
			return err
		}
		return daemon.Permanent(err)
	}
	f.ensured.Store(true)
	f.dir.Reset()
	f.costs.Reset()
	group, ctx := errgroup.WithContext(ctx)
	var behind atomic.Int32
	behind.Store(2)
	one := func() {
		if behind.Add(-1) > 0 {
			return
		}
		f.complete.Store(true)
		f.cfg.Ready.Report(readyRegistry, nil)
		f.cfg.Log.Info("the registry is read", "queries", f.dir.Len())
	}
	group.Go(func() error { return admin.Follow(ctx, kafka.TopicRegistry, f.registry, sync.OnceFunc(one)) })
	group.Go(func() error { return admin.Follow(ctx, kafka.TopicStatus, f.status, sync.OnceFunc(one)) })
	group.Go(func() error { return admin.Follow(ctx, kafka.TopicCosts, f.cost, func() {}) })
	group.Go(func() error { return f.look(ctx, admin) })
	group.Go(func() error { return f.fill(ctx) })
	return group.Wait()
}

func (f *follower) registry(rec *kafka.Record) error {
	err := f.dir.ReadRegistry(rec)
	var left *declared.LeftOutError
	if errors.As(err, &left) {
		f.cfg.Log.Warn("what was declared is left out", "offset", rec.Offset, "error", err)
		return nil
	}
	if err != nil {
		return daemon.Permanent(fmt.Errorf("%w: offset %d: %w", errForeign, rec.Offset, err))
	}
	return nil
}

// status skips what cannot be read: states are told to people, nothing follows
// from them.
func (f *follower) status(rec *kafka.Record) error {
	if err := f.dir.ReadStatus(rec); err != nil {
		f.cfg.Log.Warn("a status record is skipped", "error", err)
	}
	return nil
}

// cost skips what cannot be read: then queries are priced by defaults.
func (f *follower) cost(rec *kafka.Record) error {
	if err := f.costs.Read(rec); err != nil {
		f.cfg.Log.Debug("a cost is skipped", "offset", rec.Offset, "error", err)
	}
	return nil
}

// look asks Kafka for a sign of life, and ends the session when the last one is
// too old to know all drops.
func (f *follower) look(ctx context.Context, admin *kafka.Admin) error {
	outage := daemon.NewOutage(f.cfg.Clock, f.cfg.Log, "reach kafka")
	last := f.cfg.Clock.Now()
	for {
		if err := f.cfg.Clock.Sleep(ctx, lookEvery); err != nil {
			return err
		}
		_, err := admin.Ends(ctx, kafka.TopicRegistry)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		away := f.cfg.Clock.Now().Sub(last)
		if err == nil {
			outage.Recovered()
			last = f.cfg.Clock.Now()
			if f.complete.Load() {
				f.cfg.Ready.Report(readyRegistry, nil)
			}
		} else {
			outage.Failed(err)
			f.cfg.Ready.Report(readyRegistry, err)
		}
		if away > readAnew {
			return fmt.Errorf("kafka was away for %s: the registry is read anew", away.Round(time.Minute))
		}
	}
}

// fill asks Redis for states of queries that have been running for longer than
// millrace.status is kept.
func (f *follower) fill(ctx context.Context) error {
	for {
		if err := f.cfg.Clock.Sleep(ctx, fillEvery); err != nil {
			return err
		}
		if !f.complete.Load() {
			continue
		}
		states, err := f.results.States(ctx, f.dir.Unknown(fillBatch))
		if err != nil {
			continue // Redis is watched elsewhere
		}
		for id, s := range states {
			f.dir.Fill(id, s.Epoch, s.Status)
		}
	}
}
