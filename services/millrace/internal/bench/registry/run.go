package registry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/services/millrace/internal/bench/mix"
	"github.com/millrace/millrace/services/millrace/internal/bench/stand"
)

// transactionalID is under which the registry is written.
const transactionalID = "millrace-bench-registry"

// runner is a run.
type runner struct {
	Config
	*stand.Stand
	catalog *catalog.Catalog
	texts   []string // of all queries: those registered first, the one that is added at first, those added one at a time, and those added at once
	txn     *kafka.Txn
	epoch   int64
	*watched

	result result
}

// result is what was measured.
type result struct {
	pinned    bool
	first     started
	starts    []started
	quiet     time.Duration // the longest pause of the scan while no query came
	adds      []added
	many      added
	manyPause time.Duration
	addsPause time.Duration
	drop      added   // live: when Redis listed none of them
	empty     float64 // heap, bytes: of a scheduler without queries
	full      float64 // with all
	after     float64 // when all are dropped
	rested    float64 // and the scheduler has been left alone
}

// Run measures all of it, in order.
func Run(ctx context.Context, cfg Config) (line Line, err error) {
	if err := cfg.check(); err != nil {
		return Line{}, err
	}
	m, _ := mix.Lookup(cfg.Mix)
	r := &runner{Config: cfg, watched: newWatched(), texts: m.Queries(cfg.Seed, cfg.Queries+1+cfg.Adds+cfg.Many)}
	if r.catalog, err = catalog.Default(); err != nil {
		return Line{}, err
	}
	r.Stand, err = stand.Open(ctx, stand.Options{Name: "bench registry", Servers: r.Servers, Reset: r.Reset, Command: r.Command, Tell: r.tell})
	if err != nil {
		return Line{}, err
	}
	defer r.Close()
	defer func() {
		r.tell("deleting what was made")
		err = errors.Join(err, r.Clear(ctx))
	}()
	if err := r.Fresh(ctx, false); err != nil {
		return Line{}, err
	}
	if r.txn, err = kafka.NewTxn(ctx, r.Servers.Client("bench", nil), transactionalID, 0); err != nil {
		return Line{}, err
	}
	defer r.txn.Close()
	if err := r.watching(ctx, r.measure); err != nil {
		return Line{}, err
	}
	return r.line(), nil
}

// watching runs what is measured while status and seals are followed.
func (r *runner) watching(ctx context.Context, run func(ctx context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	g, ctx := errgroup.WithContext(ctx)
	for _, topic := range []string{kafka.TopicStatus, kafka.TopicExchange} {
		follow, err := r.follow(ctx, r.Stand, topic)
		if err != nil {
			cancel()
			return errors.Join(err, g.Wait())
		}
		g.Go(follow)
	}
	g.Go(func() error {
		defer cancel()
		return run(ctx)
	})
	return g.Wait()
}

func (r *runner) measure(ctx context.Context) error {
	r.tell("a scheduler without queries")
	if err := r.with(ctx, new(started), nil, func(ctx context.Context, child *stand.Process) (err error) {
		r.result.pinned = child.Pinned
		r.result.empty, err = settled(ctx, child)
		return err
	}); err != nil {
		return err
	}
	r.tell("registering %d queries", r.Queries)
	if err := r.fill(ctx); err != nil {
		return err
	}
	r.tell("the first start with them")
	if err := r.with(ctx, &r.result.first, nil, func(ctx context.Context, _ *stand.Process) error {
		last, err := r.allLive(ctx, 0, r.Queries)
		r.result.first.live = last.Sub(r.result.first.began)
		r.tell("ready %s after its start, all live after %s", r.result.first.ready.Round(time.Millisecond), r.result.first.live.Round(time.Millisecond))
		if err != nil {
			return err
		}
		return sleep(ctx, r.Checkpointed)
	}); err != nil {
		return err
	}
	r.result.starts = make([]started, r.Starts)
	for i := range r.result.starts {
		s, last := &r.result.starts[i], i == r.Starts-1
		var profile io.Writer
		if last {
			profile = r.profileOf(OfStart)
		}
		err := r.with(ctx, s, profile, func(ctx context.Context, child *stand.Process) error {
			r.tell("start %d of %d: ready %s after Kafka answered, first transaction after %s", i+1, r.Starts,
				s.ready.Round(time.Millisecond)-s.kafka.Round(time.Millisecond), s.commit.Round(time.Millisecond)-s.kafka.Round(time.Millisecond))
			if !last {
				return nil
			}
			return r.change(ctx, child)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// started is how a scheduler started: times from the start of its process.
type started struct {
	began    time.Time
	kafka    time.Duration // until Kafka had answered
	registry time.Duration // until the registry was read and the plan built
	ready    time.Duration // until it was ready
	commit   time.Duration // until the scan's first transaction was seen
	cpu      float64       // seconds of processor time until it was ready
	waited   float64       // seconds for which it waited for its core until then
	live     time.Duration // until all queries were live, of the first start
	caughtUp time.Duration // until a query that was added when it was ready was live, of the last start
}

// with runs a scheduler while run does, and takes how it started, and a profile of that.
func (r *runner) with(ctx context.Context, s *started, profile io.Writer, run func(ctx context.Context, child *stand.Process) error) (err error) {
	child, ctx, err := r.Start(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, child.Stop()) }()
	s.began = child.Began
	var held map[string]time.Time
	if err := child.Profiled(ctx, profile, func() (err error) {
		held, err = child.Ready(ctx)
		return err
	}); err != nil {
		return err
	}
	now, err := child.Sample(ctx)
	if err != nil {
		return err
	}
	s.cpu, s.waited = now.CPU, now.Ready
	s.kafka, s.registry = held["kafka"].Sub(s.began), held["registry"].Sub(s.began)
	for _, at := range held {
		s.ready = max(s.ready, at.Sub(s.began))
	}
	if err := r.until(ctx, func() bool {
		n := len(r.seals)
		return n > 0 && r.seals[n-1].seen.After(s.began)
	}); err != nil {
		return err
	}
	s.commit = r.firstAfter(s.began).Sub(s.began)
	return run(ctx, child)
}

// firstAfter returns when the first seal was seen after a moment; there is one.
func (w *watched) firstAfter(at time.Time) time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range w.seals {
		if w.seals[i].seen.After(at) {
			return w.seals[i].seen
		}
	}
	return time.Time{}
}

// profileOf returns what takes a processor profile if it is wanted of this, else nil.
func (r *runner) profileOf(of string) io.Writer {
	if r.ProfileOf != of {
		return nil
	}
	return r.Profile
}

// settled returns the bytes that a collection of garbage leaves, once they do not
// shrink any more.
func settled(ctx context.Context, child *stand.Process) (float64, error) {
	const (
		pause    = time.Second
		patience = 30
	)
	least := 0.0
	for n, unchanged := 0, 0; n < patience && unchanged < 3; n++ {
		if err := sleep(ctx, pause); err != nil {
			return 0, err
		}
		if err := child.Collect(ctx); err != nil {
			return 0, err
		}
		s, err := child.Sample(ctx)
		if err != nil {
			return 0, fmt.Errorf("how much memory is in use: %w", err)
		}
		if least == 0 || s.Live < 0.99*least {
			least, unchanged = s.Live, 0
			continue
		}
		unchanged++
	}
	return least, nil
}
