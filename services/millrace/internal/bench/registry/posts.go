package registry

import (
	"context"
	"time"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/services/millrace/internal/bench/stand"
)

// posts appends the input again and again at the rate, to one partition after the
// other, until ctx ends.
func (r *runner) posts(ctx context.Context) error {
	p, err := r.Producer(stand.LZ4)
	if err != nil {
		return err
	}
	defer p.Close()
	began, sent := time.Now(), 0
	partitions, next := r.Topics.Partitions(kafka.TopicTweets), int32(0)
	for {
		for value, documents := range r.Input.Batches() {
			due := began.Add(time.Duration(float64(sent) / r.Rate * float64(time.Second)))
			if sleep(ctx, time.Until(due)) != nil {
				return nil
			}
			r.Written++ // whatever becomes of it: it may have been written
			if err := p.Produce(ctx, stand.Batch(next, value)); err != nil {
				if ctx.Err() != nil {
					return nil
				}
				return err
			}
			next = (next + 1) % partitions
			sent += documents
		}
	}
}

func sleep(ctx context.Context, d time.Duration) error { return daemon.RealClock{}.Sleep(ctx, d) }
