package generate

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/libs/kafka"
)

// batchHeader says that a record holds a document per line.
func batchHeader() []kafka.Header { return []kafka.Header{{Key: "batch", Value: []byte("ndjson")}} }

// Producer returns what sends batches of [Live] to the tweets topic, to one of its
// partitions after the other.
func Producer(p *kafka.Producer, partitions int32) func(ctx context.Context, batch []byte, lines int) error {
	next := int32(0)
	return func(ctx context.Context, batch []byte, _ int) error {
		to := next
		next = (next + 1) % partitions
		return p.Produce(ctx, kafka.Record{Topic: kafka.TopicTweets, Partition: to, Value: batch, Headers: batchHeader()})
	}
}

// toKafka waits for the tweets topic, which a service makes, and writes lines to it
// until ctx ends. While brokers are away it waits, and says so in the log.
func toKafka(ctx context.Context, cfg kafka.Config, log *slog.Logger, g *Generator, l Live) error {
	partitions := int32(0)
	err := daemon.RetryClock(ctx, l.Clock, log, "find the topic "+kafka.TopicTweets, func(ctx context.Context) (err error) {
		partitions, err = findTopic(ctx, cfg)
		return err
	})
	if ctx.Err() != nil {
		return nil
	}
	if err != nil {
		return err
	}
	p, err := kafka.NewProducer(cfg)
	if err != nil {
		return err
	}
	defer p.Close()
	log.Info("tweets flow", "topic", kafka.TopicTweets, "per_second", l.Rate)
	sent := int64(0)
	send := Producer(p, partitions)
	l.Send = func(ctx context.Context, batch []byte, lines int) error {
		sent += int64(lines)
		return send(ctx, batch, lines)
	}
	err = l.Run(ctx, g)
	log.Info("no more tweets", "sent", sent)
	return err
}

// findTopic returns how many partitions the tweets topic has.
func findTopic(ctx context.Context, cfg kafka.Config) (int32, error) {
	quiet := cfg
	quiet.Logger = nil // whoever retries says so
	a, err := kafka.NewAdmin(quiet)
	if err != nil {
		return 0, daemon.Permanent(err)
	}
	defer a.Close()
	if err := a.Ping(ctx); err != nil {
		var away *kafka.UnreachableError
		if !errors.As(err, &away) {
			return 0, daemon.Permanent(err)
		}
		return 0, err
	}
	topics, err := a.Topics(ctx, kafka.TopicTweets)
	if err != nil {
		return 0, err
	}
	n := topics.Partitions(kafka.TopicTweets)
	if n == 0 {
		return 0, fmt.Errorf("kafka has no topic %s yet: a service makes it when it starts", kafka.TopicTweets)
	}
	return n, nil
}
