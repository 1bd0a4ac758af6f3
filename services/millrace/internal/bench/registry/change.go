package registry

import (
	"context"
	"errors"
	"io"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/results"
	"github.com/millrace/millrace/services/millrace/internal/bench/stand"
)

// added is how one query, or many at once, came: times from before its record was
// written to the registry.
type added struct {
	written time.Duration // until the transaction was committed
	planned time.Duration // until a transaction of the scan was made with it
	live    time.Duration // until its status said so
	build   time.Duration // that the scheduler took for the plan
	builds  float64       // how many changes of the plan it came in
}

// change adds queries while posts come, and drops all in the end.
func (r *runner) change(ctx context.Context, child *stand.Process) error {
	// A query is live when the store has acknowledged all that was owed before it.
	a, err := r.add(ctx, child, r.Queries, r.Queries+1)
	if err != nil {
		return err
	}
	last := &r.result.starts[len(r.result.starts)-1]
	last.caughtUp = time.Since(last.began)
	r.tell("a query that was added then was live %s later; %.0f posts a second come", a.live.Round(time.Millisecond), r.Rate)
	running, stop := context.WithCancel(ctx)
	defer stop()
	g, gctx := errgroup.WithContext(running)
	g.Go(func() error { return r.posts(gctx) })
	g.Go(func() error {
		defer stop()
		return r.come(gctx, child)
	})
	if err := g.Wait(); err != nil {
		return err
	}
	return r.leave(ctx, child)
}

// come measures the queries that are added.
func (r *runner) come(ctx context.Context, child *stand.Process) (err error) {
	warm, err := r.committed(ctx)
	if err != nil {
		return err
	}
	if err := sleep(ctx, r.Quiet); err != nil {
		return err
	}
	until, err := r.committed(ctx) // there is a seal behind every pause
	if err != nil {
		return err
	}
	r.result.quiet = r.pause(warm, until)
	r.tell("the scan's longest pause while no query comes: %s; adding %d, one at a time", r.result.quiet, r.Adds)
	if err := child.Profiled(ctx, r.profileOf(OfAdds), func() error { return r.addEach(ctx, child) }); err != nil {
		return err
	}
	r.tell("adding %d at once", r.Many)
	if err := child.Profiled(ctx, r.profileOf(OfMany), func() error { return r.addMany(ctx, child) }); err != nil {
		return err
	}
	r.tell("live %s after they were first written; the scan's longest pause %s", r.result.many.live.Round(time.Millisecond), r.result.manyPause)
	return nil
}

// committed waits until the scan has made a few transactions, and returns when the last
// of them was.
func (r *runner) committed(ctx context.Context) (time.Time, error) {
	const few = 10
	r.mu.Lock()
	have := len(r.seals)
	r.mu.Unlock()
	err := r.until(ctx, func() bool { return len(r.seals) >= have+few })
	return time.Now(), err
}

func (r *runner) addEach(ctx context.Context, child *stand.Process) error {
	began := time.Now()
	for i := range r.Adds {
		a, err := r.add(ctx, child, r.Queries+1+i, r.Queries+2+i)
		if err != nil {
			return err
		}
		r.result.adds = append(r.result.adds, a)
	}
	r.result.addsPause = r.pause(began, time.Now())
	return nil
}

func (r *runner) addMany(ctx context.Context, child *stand.Process) (err error) {
	began := time.Now()
	from := r.Queries + 1 + r.Adds
	if r.result.many, err = r.add(ctx, child, from, from+r.Many); err != nil {
		return err
	}
	if _, err := r.committed(ctx); err != nil { // a pause is over when there is a seal behind it
		return err
	}
	r.result.manyPause = r.pause(began, time.Now())
	return nil
}

// add registers queries from and below to and waits until they are live.
func (r *runner) add(ctx context.Context, child *stand.Process, from, to int) (a added, err error) {
	records, err := r.records(from, to)
	if err != nil {
		return a, err
	}
	before, err := child.Sample(ctx)
	if err != nil {
		return a, err
	}
	began := time.Now()
	position, err := r.commit(ctx, records)
	if err != nil {
		return a, err
	}
	a.written = time.Since(began)
	planned, err := r.planned(ctx, position)
	if err != nil {
		return a, err
	}
	a.planned = planned.Sub(began)
	live, err := r.allLive(ctx, from, to)
	if err != nil {
		return a, err
	}
	a.live = live.Sub(began)
	return a, a.built(ctx, child, &before)
}

// built takes what the plan took since before.
func (a *added) built(ctx context.Context, child *stand.Process, before *stand.Sample) error {
	now, err := child.Sample(ctx)
	if err != nil {
		return err
	}
	if a.builds = now.Builds - before.Builds; a.builds < 1 {
		return errors.New("the scheduler tells of no change of its plan")
	}
	a.build = time.Duration((now.BuildTime - before.BuildTime) * float64(time.Second))
	return nil
}

// leave drops all queries, and measures what memory is left: at once, and after a rest,
// for maps that shrank give their room back when they have not grown for a while.
func (r *runner) leave(ctx context.Context, child *stand.Process) (err error) {
	if r.result.full, err = settled(ctx, child); err != nil {
		return err
	}
	if err := child.Heap(ctx, r.heapOf(OfAll)); err != nil {
		return err
	}
	r.tell("dropping all of them")
	if err := child.Profiled(ctx, r.profileOf(OfDrop), func() error { return r.dropAll(ctx, child) }); err != nil {
		return err
	}
	// What is gone is in the next checkpoint, and until then in memory.
	if err := sleep(ctx, r.Checkpointed); err != nil {
		return err
	}
	if r.result.after, err = settled(ctx, child); err != nil {
		return err
	}
	r.tell("leaving it alone for %s", r.Rest)
	if err := sleep(ctx, r.Rest); err != nil {
		return err
	}
	if r.result.rested, err = settled(ctx, child); err != nil {
		return err
	}
	return child.Heap(ctx, r.heapOf(OfDropped))
}

// heapOf returns what takes a profile of memory if it is wanted of this, else nil.
func (r *runner) heapOf(of string) io.Writer {
	if r.HeapOf != of {
		return nil
	}
	return r.Heap
}

func (r *runner) dropAll(ctx context.Context, child *stand.Process) error {
	records := make([]kafka.Record, len(r.texts))
	for i := range records {
		records[i] = r.tombstone(i)
	}
	before, err := child.Sample(ctx)
	if err != nil {
		return err
	}
	began := time.Now()
	position, err := r.commit(ctx, records)
	if err != nil {
		return err
	}
	a := &r.result.drop
	a.written = time.Since(began)
	planned, err := r.planned(ctx, position)
	if err != nil {
		return err
	}
	a.planned = planned.Sub(began)
	const pause = 20 * time.Millisecond
	for {
		listed, err := r.Redis.HLen(ctx, results.KeyQueries).Result()
		if err != nil {
			return err
		}
		if listed == 0 {
			break
		}
		if err := sleep(ctx, pause); err != nil {
			return err
		}
	}
	a.live = time.Since(began)
	return a.built(ctx, child, &before)
}
