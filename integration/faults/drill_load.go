package faults

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/millrace/millrace/integration/ledger"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/wire"
)

// watch starts the observers; with lines, those that the judgement needs, too.
func (d *drilling) watch(ctx context.Context, lines bool) {
	ctx, d.unfollow = context.WithCancel(ctx)
	d.following, ctx = errgroup.WithContext(ctx)
	if lines {
		d.following.Go(func() error { return d.follower.Run(ctx) })
		d.following.Go(func() error { return d.observer.watchChanges(ctx) })
		d.following.Go(func() error { return d.watchStable(ctx) })
	}
	d.following.Go(func() error { return d.observer.watchFences(ctx) })
	d.following.Go(func() error { return d.observer.watchUsage(ctx) })
}

// blind ends the observers.
func (d *drilling) blind() error {
	if d.following == nil {
		return nil
	}
	d.unfollow()
	err := d.following.Wait()
	d.following = nil
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// load has lines written, and whatever else is asked for done, until idle.
func (d *drilling) load(ctx context.Context, more ...func(context.Context) error) {
	ctx, d.unload = context.WithCancel(ctx)
	d.working, ctx = errgroup.WithContext(ctx)
	d.working.Go(func() error { return d.writer.Run(ctx) })
	for _, fn := range more {
		d.working.Go(func() error { return fn(ctx) })
	}
}

// idle ends the load.
func (d *drilling) idle() error {
	if d.working == nil {
		return nil
	}
	d.unload()
	err := d.working.Wait()
	d.working = nil
	return err
}

// verdict ends the load, waits until everything has arrived, and compares.
func (d *drilling) verdict(ctx context.Context) error {
	if err := d.idle(); err != nil {
		return err
	}
	d.judge(ctx, d.report)
	return nil
}

// begin starts the observers, a query of each kind and the load, and waits until
// results come.
func (d *drilling) begin(ctx context.Context) error {
	d.watch(ctx, true)
	if err := d.churn.Begin(ctx); err != nil {
		return err
	}
	d.load(ctx)
	return d.settled(ctx)
}

// submission is a query to be submitted.
type submission struct {
	id, sql string // without sql: a drop
	options wire.Options
}

// submit submits queries at once, and returns their epochs. The judgement expects
// them to run.
func (d *drilling) submit(ctx context.Context, all ...submission) error {
	records, err := submitted(all)
	if err != nil {
		return err
	}
	if err := d.producer.Produce(ctx, records...); err != nil {
		return err
	}
	if d.churn.Last == nil {
		d.churn.Last, d.churn.Count = map[string]ledger.Submission{}, map[string]int{}
	}
	for i := range all {
		d.churn.Last[all[i].id] = ledger.Submission{Epoch: records[i].Offset, SQL: all[i].sql}
	}
	return nil
}

// submitted returns the records of submissions.
func submitted(all []submission) ([]kafka.Record, error) {
	records := make([]kafka.Record, len(all))
	for i, s := range all {
		records[i] = kafka.Record{Topic: kafka.TopicQueries, Key: []byte(s.id)}
		if s.sql == "" {
			continue
		}
		text := wire.Submission{Kind: wire.SubmitSQL, SQL: s.sql, Options: s.options}
		var err error
		if records[i].Value, err = text.Marshal(); err != nil {
			return nil, fmt.Errorf("query %s: %w", s.id, err)
		}
	}
	return records, nil
}

// answered waits until submissions have this status under their epoch.
func (d *drilling) answered(ctx context.Context, ids []string, want wire.Transition, patience time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for _, id := range ids {
		for !d.follower.Transition(id, d.churn.Last[id].Epoch, want) {
			if !ledger.Pause(ctx, 20*time.Millisecond) {
				return fmt.Errorf("query %s is not %s after %s; its status: %v", id, want, patience, d.follower.Statuses(id))
			}
		}
	}
	return nil
}

// untimedLoad writes lines without a time into the topic, some at a time: no other
// line is held back for them, nor they for others.
func (d *drilling) untimedLoad(rate float64) func(context.Context) error {
	r := d.random(9)
	return func(ctx context.Context) error {
		const some = 20
		for ledger.Pause(ctx, time.Duration(some/rate*float64(time.Second))) {
			lines := make([][]byte, some)
			for i := range lines {
				lines[i] = d.untimed(r)
			}
			d.book.Add(lines...)
			if err := d.producer.Produce(context.WithoutCancel(ctx), batchOf(r.Int32N(partitions), lines)); err != nil {
				return err
			}
		}
		return nil
	}
}
