package millrace

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/results"
	"github.com/millrace/millrace/libs/wire"
	"github.com/millrace/millrace/services/millrace/internal/generate"
	"github.com/millrace/millrace/services/millrace/internal/samples"
	queryparser "github.com/millrace/millrace/services/query-parser"
)

const (
	// demoRetention is how long rows of closed windows are kept, and demoLogRows how
	// many rows a log keeps, so that a demo may run for days.
	demoRetention = 30 * time.Minute
	demoLogRows   = 1000
	// demoLive is how long the demo waits for its queries to be live.
	demoLive = time.Minute
)

// DemoLayout is that of a log which may be left running: tweets are read at once,
// so few of them are kept.
func DemoLayout() kafka.Layout {
	return kafka.Layout{
		Partitions: 2, ExchangePartitions: 2, ReplicationFactor: 1,
		TweetsRetention: 10 * time.Minute, TweetsBytes: 64 << 20,
	}
}

// DemoLimits are those of queries that may run for days in little memory.
func DemoLimits() queryparser.Limits {
	limits := queryparser.DefaultLimits()
	limits.Retention, limits.LogRows = demoRetention, demoLogRows
	return limits
}

// Demo is what flows through a [Stack] for people to look at: sample queries, and
// tweets that are made up as they flow.
type Demo struct {
	Rate float64 // tweets per second
	Full bool    // tweets as long as real ones, not only the fields that queries can name
	Seed uint64

	Options          // of the services; Ready is set here
	Tell    DemoTold // may be nil in parts
}

// DemoTold is how a demo says how far it is.
type DemoTold struct {
	Ready func()            // the services are; the page can be looked at
	Live  func(queries int) // so many queries are live, and tweets begin to flow
	First func()            // a query has counted a tweet
}

// Demo runs the services, submits the sample queries and lets tweets flow until ctx
// ends, and then returns nil.
func (s *Stack) Demo(ctx context.Context, d Demo) error {
	d.Ready = daemon.NewReadiness()
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return s.Run(ctx, d.Options) })
	g.Go(func() error {
		if !s.awaitReady(ctx, d.Ready) {
			return nil
		}
		call(d.Tell.Ready)
		err := s.flow(ctx, &d)
		if ctx.Err() != nil {
			return nil
		}
		return err
	})
	return g.Wait()
}

// awaitReady waits until every condition holds; false means that ctx ended before.
func (s *Stack) awaitReady(ctx context.Context, ready *daemon.Readiness) bool {
	for {
		if conditions, ok := ready.Conditions(); ok && len(conditions) > 0 {
			return true
		}
		if s.Clock.Sleep(ctx, 20*time.Millisecond) != nil {
			return false
		}
	}
}

func call(f func()) {
	if f != nil {
		f()
	}
}

// flow submits the queries, and then lets tweets flow.
func (s *Stack) flow(ctx context.Context, d *Demo) error {
	g, err := generate.New(generate.Options{Seed: d.Seed, Lean: !d.Full, Disorder: time.Second})
	if err != nil {
		return err
	}
	p, err := kafka.NewProducer(s.kafka("demo", s.Log))
	if err != nil {
		return err
	}
	defer p.Close()
	rdb := results.Connect(s.Redis)
	defer rdb.Close()
	reader := results.NewReader(rdb)
	ids, err := s.submitSamples(ctx, p, reader)
	if err != nil {
		return err
	}
	if d.Tell.Live != nil {
		d.Tell.Live(len(ids))
	}
	flow, ctx := errgroup.WithContext(ctx)
	flow.Go(func() error {
		live := generate.Live{Rate: d.Rate, Clock: s.Clock, Send: generate.Producer(p, max(1, s.Layout.Partitions))}
		return live.Run(ctx, g)
	})
	flow.Go(func() error {
		if s.awaitCount(ctx, reader, ids) {
			call(d.Tell.First)
		}
		return nil
	})
	return flow.Wait()
}

// submitSamples submits the sample queries and waits until all are live.
func (s *Stack) submitSamples(ctx context.Context, p *kafka.Producer, reader *results.Reader) ([]string, error) {
	all, err := samples.All()
	if err != nil {
		return nil, err
	}
	ids, records := make([]string, len(all)), make([]kafka.Record, len(all))
	for i, q := range all {
		sub := wire.Submission{
			Kind: wire.SubmitSQL, SQL: q.SQL, Owner: q.Owner, Labels: q.Labels,
			Options: wire.Options{History: true},
		}
		value, err := sub.Marshal()
		if err != nil {
			return nil, fmt.Errorf("sample query %s: %w", q.ID, err)
		}
		ids[i], records[i] = q.ID, kafka.Record{Topic: kafka.TopicQueries, Key: []byte(q.ID), Value: value}
	}
	if err := p.Produce(ctx, records...); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, demoLive)
	defer cancel()
	for i, r := range records {
		if _, err := reader.WaitLive(ctx, ids[i], r.Offset); err != nil {
			if errors.Is(err, context.DeadlineExceeded) {
				err = fmt.Errorf("not live after %s", demoLive)
			}
			return nil, fmt.Errorf("sample query %s: %w", ids[i], err)
		}
	}
	return ids, nil
}

// awaitCount returns when one of the queries has counted a tweet; false means that
// ctx ended before.
func (s *Stack) awaitCount(ctx context.Context, reader *results.Reader, ids []string) bool {
	for {
		facts, err := reader.Brief(ctx, ids)
		if err == nil {
			for _, f := range facts {
				if f.Counters["matched"] > 0 {
					return true
				}
			}
		}
		if s.Clock.Sleep(ctx, 50*time.Millisecond) != nil {
			return false
		}
	}
}
