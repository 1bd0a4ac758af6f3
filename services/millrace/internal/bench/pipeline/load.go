package pipeline

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/services/millrace/internal/bench"
	"github.com/millrace/millrace/services/millrace/internal/bench/stand"
)

// waiting is how many batches may wait for a partition's turn before the producer
// falls behind.
const waiting = 64

// forgetEvery is how often posts are deleted that results have.
const forgetEvery = 10 * time.Second

// loaded is what came of a steady load.
type loaded struct {
	rate      float64         // documents per second that were appended
	latencies []time.Duration // of batches, sorted
	produced  []time.Duration // how long their produce requests took, sorted
	late      time.Duration   // the longest that a batch was appended after it was due
	samples   []stand.Sample
	times     []time.Time // of the samples
}

// load starts a scheduler over an empty topic, appends documents at a rate for so
// long, and measures for each batch the time from before its produce request until
// results have it. Every so often, if that is not zero, it looks at the scheduler.
func (r *runner) load(ctx context.Context, texts []string, compression string, rate float64, lasts, every time.Duration) (l loaded, err error) {
	if err := r.register(ctx, texts); err != nil {
		return l, err
	}
	child, ctx, err := r.Start(ctx)
	if err != nil {
		return l, err
	}
	defer func() { err = errors.Join(err, child.Stop()) }()
	ends, err := r.Admin.Ends(ctx, kafka.TopicTweets)
	if err != nil {
		return l, err
	}
	if _, err := r.reached(ctx, ends); err != nil {
		return l, err
	}
	p, err := r.Producer(compression)
	if err != nil {
		return l, err
	}
	defer p.Close()
	began := time.Now()
	f := &flow{
		runner: r, producer: p, rate: rate, began: began, counts: began.Add(r.Warm), ends: began.Add(r.Warm + lasts),
		under: map[int32][]appended{},
	}
	running, stop := context.WithCancel(ctx)
	defer stop()
	g, gctx := errgroup.WithContext(running)
	g.Go(func() error {
		err := f.produce(gctx)
		f.over()
		return err
	})
	g.Go(func() error {
		defer stop()
		return f.watch(gctx)
	})
	g.Go(func() error { return f.forget(gctx) })
	if every > 0 {
		g.Go(func() error { return l.look(gctx, child, f.counts, f.ends, every) })
	}
	if err := g.Wait(); err != nil && (ctx.Err() != nil || !errors.Is(err, context.Canceled)) {
		return l, cause(ctx, err)
	}
	slices.Sort(f.latencies)
	slices.Sort(f.produced)
	l.latencies, l.produced, l.late = f.latencies, f.produced, f.late
	l.rate = float64(f.documents) / f.took.Seconds()
	return l, nil
}

// flow is a steady load.
type flow struct {
	*runner
	producer     *kafka.Producer
	rate         float64
	began        time.Time
	counts, ends time.Time // from when and until when it is measured

	mu        sync.Mutex
	under     map[int32][]appended // not yet in the results, per partition
	done      bool                 // no more is appended
	latencies []time.Duration
	produced  []time.Duration
	vector    map[int32]int64
	late      time.Duration
	documents int64 // appended while it was measured
	took      time.Duration
}

// appended is a batch in the topic.
type appended struct {
	offset int64
	at     time.Time // before the produce request
}

// due is a batch that is to be appended.
type due struct {
	value     []byte
	documents int
	at        time.Time
}

// produce appends batches when they are due, to one partition after the other.
func (f *flow) produce(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	queues := make([]chan due, f.Topics.Partitions(kafka.TopicTweets))
	for p := range queues {
		queue := make(chan due, waiting)
		queues[p] = queue
		g.Go(func() error {
			for d := range queue {
				if err := f.append(ctx, int32(p), d); err != nil {
					return err
				}
			}
			return nil
		})
	}
	g.Go(func() error {
		defer func() {
			for _, q := range queues {
				close(q)
			}
		}()
		return f.pace(ctx, queues)
	})
	return g.Wait()
}

// pace hands batches out.
func (f *flow) pace(ctx context.Context, queues []chan due) error {
	sent, next := 0, 0
	for {
		for value, documents := range f.Input.Batches() {
			at := f.began.Add(time.Duration(float64(sent) / f.rate * float64(time.Second)))
			if !at.Before(f.ends) {
				return nil
			}
			if err := sleep(ctx, time.Until(at)); err != nil {
				return err
			}
			select {
			case queues[next] <- due{value: value, documents: documents, at: at}:
			case <-ctx.Done():
				return ctx.Err()
			}
			next = (next + 1) % len(queues)
			sent += documents
			if time.Now().After(f.ends) {
				return nil // far behind
			}
		}
	}
}

// append writes one batch.
func (f *flow) append(ctx context.Context, partition int32, d due) error {
	record := []kafka.Record{stand.Batch(partition, d.value)}
	at := time.Now()
	f.mu.Lock()
	f.Written++ // whatever becomes of it: it may have been written
	f.mu.Unlock()
	if err := f.producer.Produce(ctx, record...); err != nil {
		return err
	}
	took := time.Since(at)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.under[partition] = append(f.under[partition], appended{offset: record[0].Offset, at: at})
	if !at.Before(f.counts) {
		f.documents += int64(d.documents)
		f.produced = append(f.produced, took)
		f.took = max(f.took, at.Sub(f.counts))
		f.late = max(f.late, at.Sub(d.at))
	}
	return nil
}

// over says that no more is appended.
func (f *flow) over() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.done = true
}

// watch times the batches that results have come to have, until they have all.
func (f *flow) watch(ctx context.Context) error {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		vector, err := f.visible(ctx)
		if err != nil {
			return err
		}
		if f.settle(vector, time.Now()) {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// settle reports whether there is nothing more to come.
func (f *flow) settle(vector map[int32]int64, now time.Time) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.vector = vector
	left := 0
	for p, under := range f.under {
		n := 0
		for n < len(under) && under[n].offset < vector[p] {
			if !under[n].at.Before(f.counts) {
				f.latencies = append(f.latencies, now.Sub(under[n].at))
			}
			n++
		}
		f.under[p] = under[n:]
		left += len(under) - n
	}
	return f.done && left == 0
}

// forget deletes posts now and then that results have, so that the log stays small.
func (f *flow) forget(ctx context.Context) error {
	for sleep(ctx, forgetEvery) == nil {
		f.mu.Lock()
		before := f.vector
		f.mu.Unlock()
		if before == nil {
			continue
		}
		if err := f.Admin.DeleteRecords(ctx, kafka.TopicTweets, before); err != nil && ctx.Err() == nil {
			return err
		}
	}
	return nil
}

// look samples the scheduler while it is measured.
func (l *loaded) look(ctx context.Context, child *stand.Process, from, to time.Time, every time.Duration) error {
	for at := from; !at.After(to); at = at.Add(every) {
		if sleep(ctx, time.Until(at)) != nil {
			return nil
		}
		s, err := child.Sample(ctx)
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		l.samples, l.times = append(l.samples, s), append(l.times, time.Now())
	}
	return nil
}

func sleep(ctx context.Context, d time.Duration) error { return daemon.RealClock{}.Sleep(ctx, d) }

// quantile returns a quantile of sorted times in milliseconds.
func quantile(sorted []time.Duration, q float64) float64 {
	return float64(bench.Quantile(sorted, q).Microseconds()) / 1e3
}
