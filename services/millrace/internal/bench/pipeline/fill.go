package pipeline

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/wire"
	"github.com/millrace/millrace/services/millrace"
	"github.com/millrace/millrace/services/millrace/internal/bench/stand"
	queryparser "github.com/millrace/millrace/services/query-parser"
)

// repeats is how often the input is in the topic.
func (r *runner) repeats() int {
	return int(max(1, (r.Bytes+r.Input.Bytes-1)/r.Input.Bytes))
}

// fill writes the input to an empty tweets topic, to one partition after the other,
// one record a batch of Kafka's.
func (r *runner) fill(ctx context.Context, compression string) error {
	r.tell("filling the tweets topic with %d × %d documents, compression %s", r.repeats(), r.Input.Documents, compression)
	p, err := r.Producer(compression)
	if err != nil {
		return err
	}
	defer p.Close()
	partitions := r.Topics.Partitions(kafka.TopicTweets)
	var written atomic.Int64
	g, ctx := errgroup.WithContext(ctx)
	for mine := range partitions {
		g.Go(func() error {
			at := int32(0)
			for range r.repeats() {
				for value := range r.Input.Batches() {
					if at++; (at-1)%partitions != mine {
						continue
					}
					written.Add(1)
					if err := p.Produce(ctx, stand.Batch(mine, value)); err != nil {
						return err
					}
				}
			}
			return nil
		})
	}
	err = g.Wait()
	r.Written += written.Load()
	if err == nil {
		r.filled = compression
	}
	return err
}

// register lets a query-parser of this process admit the queries, and ends it.
func (r *runner) register(ctx context.Context, texts []string) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	log := r.Log.With(slog.String("service", "query-parser"))
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		return queryparser.Run(ctx, queryparser.Config{
			Kafka: r.Servers.Client("query-parser", log), Layout: r.Servers.Topics.Layout(), Limits: queryparser.DefaultLimits(), Log: log,
		})
	})
	g.Go(func() error {
		defer cancel()
		return r.submit(ctx, texts)
	})
	return g.Wait()
}

// submit submits the queries and waits until all are accepted.
func (r *runner) submit(ctx context.Context, texts []string) error {
	p, err := kafka.NewProducer(r.Servers.Client("bench", nil))
	if err != nil {
		return err
	}
	defer p.Close()
	records := make([]kafka.Record, len(texts))
	for i, text := range texts {
		records[i] = kafka.Record{Topic: kafka.TopicQueries, Key: []byte(queryID(i)), Value: []byte(text)}
	}
	r.Submitted += int64(len(records))
	if err := p.Produce(ctx, records...); err != nil {
		return err
	}
	accepted := 0
	done := func() bool { return accepted >= len(texts) }
	return millrace.FollowStatus(ctx, r.Servers.Client("bench", nil), done, func(st *wire.Status) error {
		if st.Transition != wire.Accepted {
			return fmt.Errorf("query %s is %s: %s", st.ID, st.Transition, st.Message)
		}
		accepted++
		return nil
	})
}

func queryID(i int) string { return fmt.Sprintf("q%d", i+1) }
