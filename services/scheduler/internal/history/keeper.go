// Package history has samples taken of the results that charts are drawn from: those
// of queries with the option history, and those that somebody watches.
//
// Its main noun is the [Keeper]. It is told what has changed in the result store
// ([Keeper.Changed]) and takes samples of it, each query's once a second at most. Samples are
// no results: they are of no merge partition, need no fence and are in no checkpoint,
// and where Redis is away there are none. What a sample holds and how long it stays
// is package results'.
//
//	keeper := history.New(rdb, partitions, registry.Snapshot, log)
//	store.Changed = keeper.Changed
//	go keeper.Run(ctx)
package history

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/millrace/millrace/libs/exec/merge"
	"github.com/millrace/millrace/libs/results"
)

const (
	lookEvery   = time.Second            // at who is watched
	sampleEvery = 100 * time.Millisecond // for those that are due
	patience    = 5 * time.Second        // with Redis
	atOnce      = 200                    // samples in one round trip
	complain    = time.Minute            // between warnings
)

// Keeper takes samples. Changed may be called while Run runs.
type Keeper struct {
	sampler *results.Sampler
	reader  *results.Reader
	defs    func() *merge.Definitions
	log     *slog.Logger
	now     func() time.Time

	// wanted is what samples are taken of: replaced, never changed.
	wanted atomic.Pointer[map[string]bool]

	mu      sync.Mutex
	changed map[string]struct{} // of the wanted, since the last sample

	// Of Run alone:
	known  *merge.Definitions
	option map[string]bool // queries with the option
	due    map[string]time.Time
	epochs map[string]int64 // of what is wanted
	warned time.Time
}

// New returns a Keeper of the queries that defs has, whose results so many merge
// partitions write.
func New(rdb redis.UniversalClient, partitions int32, defs func() *merge.Definitions, log *slog.Logger) *Keeper {
	k := &Keeper{
		sampler: results.NewSampler(rdb, partitions), reader: results.NewReader(rdb), defs: defs, log: log, now: time.Now,
		known: &merge.Definitions{}, option: map[string]bool{}, changed: map[string]struct{}{}, due: map[string]time.Time{}, epochs: map[string]int64{},
	}
	k.wanted.Store(&map[string]bool{})
	return k
}

// Changed notes that the store has acknowledged a change of a query.
func (k *Keeper) Changed(id string) {
	if !(*k.wanted.Load())[id] {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.changed[id] = struct{}{}
}

// Run takes samples until ctx ends.
func (k *Keeper) Run(ctx context.Context) error {
	tick := time.NewTicker(sampleEvery)
	defer tick.Stop()
	var looked time.Time
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if now := k.now(); now.Sub(looked) >= lookEvery {
			looked = now
			k.try(ctx, k.look)
		}
		k.try(ctx, k.sample)
	}
}

// try complains of an error now and then: samples are worth no more.
func (k *Keeper) try(ctx context.Context, step func(context.Context) error) {
	timed, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err := step(timed)
	if now := k.now(); err != nil && ctx.Err() == nil && now.Sub(k.warned) >= complain {
		k.warned = now
		k.log.Warn("no samples are taken for charts; results are not concerned", "error", err)
	}
}

// look finds out what samples are wanted of. What is new among it counts as
// changed, so that a chart has a beginning.
func (k *Keeper) look(ctx context.Context) error {
	watched, err := k.reader.Watched(ctx, k.now())
	if err != nil {
		return err
	}
	defs := k.defs()
	if k.known != defs {
		for c := range defs.Queries.Changes(k.known.Queries) {
			delete(k.option, c.ID)
			if c.Has && c.New.History {
				k.option[c.ID] = true
			}
		}
		k.known = defs
	}
	next := maps.Clone(k.option)
	for _, id := range watched {
		if defs.Queries.Has(id) {
			next[id] = true
		}
	}
	before := *k.wanted.Swap(&next)
	k.mu.Lock()
	defer k.mu.Unlock()
	for id := range next {
		if epoch := defs.Queries.Get(id).Epoch; !before[id] || k.epochs[id] != epoch {
			k.changed[id], k.epochs[id] = struct{}{}, epoch
		}
	}
	for id := range before {
		if !next[id] {
			delete(k.changed, id)
			delete(k.due, id)
			delete(k.epochs, id)
		}
	}
	return nil
}

// sample takes those that are due, and puts back those of which none could be taken.
func (k *Keeper) sample(ctx context.Context) error {
	var failed error
	for some := range slices.Chunk(k.take(), atOnce) {
		done, err := k.sampler.Sample(ctx, some)
		if err != nil {
			k.putBack(some...)
			failed = err
			continue // which fails soon where Redis is away
		}
		for i, s := range done {
			again := results.HistoryEvery
			switch {
			case s.Err != nil:
				failed = s.Err
				k.putBack(some[i])
			case s.Again > 0:
				again = s.Again
				k.putBack(some[i])
			}
			// One that is gone has its first rows yet to come, which mark it.
			k.due[some[i].ID] = k.now().Add(again)
		}
	}
	return failed
}

// take returns what has changed and is due, in order of id.
func (k *Keeper) take() []results.Subject {
	now := k.now()
	k.mu.Lock()
	defer k.mu.Unlock()
	var subjects []results.Subject
	for id := range k.changed {
		q := k.known.Queries.Get(id)
		if q == nil || k.due[id].After(now) {
			continue
		}
		delete(k.changed, id)
		subjects = append(subjects, results.Subject{ID: id, Epoch: q.Epoch, Keep: q.History})
	}
	slices.SortFunc(subjects, func(a, b results.Subject) int {
		if a.ID < b.ID {
			return -1
		}
		return 1
	})
	return subjects
}

func (k *Keeper) putBack(some ...results.Subject) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, s := range some {
		k.changed[s.ID] = struct{}{}
	}
}
