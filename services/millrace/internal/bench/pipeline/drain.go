package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/millrace/millrace/libs/exec/delta"
	"github.com/millrace/millrace/libs/exec/merge"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/services/millrace/internal/bench/stand"
)

// lookEvery is how often Redis is asked up to where results go: latencies are longer
// than they are by up to that, and the answer's way.
const lookEvery = 5 * time.Millisecond

// drained is what a scheduler took for a full topic.
type drained struct {
	documents int64
	took      time.Duration // from the first fetch to the results of the last post
	cpu       float64       // seconds of the scheduler's processor time in that
	ready     float64       // seconds for which it waited for its core
	sample    stand.Sample  // at the end
	pinned    bool
}

// drain starts a scheduler over the full topic and waits until all of it is in the
// results.
func (r *runner) drain(ctx context.Context, texts []string, profile io.Writer) (d drained, err error) {
	if err := r.register(ctx, texts); err != nil {
		return d, err
	}
	ends, err := r.Admin.Ends(ctx, kafka.TopicTweets)
	if err != nil {
		return d, err
	}
	child, ctx, err := r.Start(ctx)
	if err != nil {
		return d, err
	}
	defer func() { err = errors.Join(err, child.Stop()) }()
	began, err := r.firstSeal(ctx)
	if err != nil {
		return d, err
	}
	before, err := child.Sample(ctx)
	if err != nil {
		return d, err
	}
	var ended time.Time
	err = child.Profiled(ctx, profile, func() (err error) {
		if ended, err = r.reached(ctx, ends); err == nil {
			d.sample, err = child.Sample(ctx)
		}
		return err
	})
	if err != nil {
		return d, err
	}
	d.took, d.cpu, d.ready, d.pinned = ended.Sub(began), d.sample.CPU-before.CPU, d.sample.Ready-before.Ready, child.Pinned
	d.documents = int64(r.Input.Documents) * int64(r.repeats())
	if seen := int64(d.sample.Documents + d.sample.Letters); seen != d.documents {
		return d, fmt.Errorf("the topic has %d documents, and the scheduler has scanned %d", d.documents, seen)
	}
	return d, nil
}

// firstSeal waits for the first transaction of the scan, which it ends when it has
// been assigned its partitions and has read the registry, and returns when that was:
// records are fetched from then on, or since a moment before.
func (r *runner) firstSeal(ctx context.Context) (time.Time, error) {
	exchange, err := kafka.NewReader(r.Servers.Client("bench", nil), kafka.TopicExchange, map[int32]int64{0: 0})
	if err != nil {
		return time.Time{}, err
	}
	defer exchange.Close()
	for {
		records, err := exchange.Poll(ctx)
		if err != nil {
			return time.Time{}, cause(ctx, err)
		}
		for i := range records {
			if kind, _ := records[i].Header("type"); string(kind) != merge.TypeSeal {
				continue
			}
			seal, err := delta.DecodeSeal(records[i].Value)
			if err != nil {
				return time.Time{}, err
			}
			return time.UnixMilli(seal.Wall), nil
		}
	}
}

// reached waits until Redis has results of everything below the ends, and returns
// when that was seen.
func (r *runner) reached(ctx context.Context, ends map[int32]int64) (time.Time, error) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		vector, err := r.visible(ctx)
		if err != nil {
			return time.Time{}, cause(ctx, err)
		}
		if covers(vector, ends) {
			return time.Now(), nil
		}
		select {
		case <-ctx.Done():
			return time.Time{}, context.Cause(ctx)
		case <-tick.C:
		}
	}
}

// visible returns up to where all results go, per partition; nil before the first.
func (r *runner) visible(ctx context.Context) (map[int32]int64, error) {
	asOf, all, err := r.Reader.AsOf(ctx)
	if err != nil || !all {
		return nil, err
	}
	return asOf.Vector[kafka.TopicTweets], nil
}

func covers(vector, ends map[int32]int64) bool {
	for p, end := range ends {
		if at, ok := vector[p]; !ok || at < end {
			return false
		}
	}
	return true
}

// cause returns why the context ended, if it has.
func cause(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}
