// Package notify is merge.Notifier over Kafka: it tells millrace.status which
// queries are live, and asks query-parser to stop those that crossed a limit.
//
// What it writes may be repeated: (epoch, transition) tells repeats of a status,
// and a failure names the epoch that is meant.
//
//	n := notify.New(producer, time.Now)
package notify

import (
	"context"
	"fmt"
	"time"

	"github.com/millrace/millrace/libs/exec/merge"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/wire"
)

// Notifier writes status records and failures.
type Notifier struct {
	producer *kafka.Producer
	now      func() time.Time
}

// New returns a Notifier over the producer.
func New(producer *kafka.Producer, now func() time.Time) *Notifier {
	return &Notifier{producer: producer, now: now}
}

// Live implements [merge.Notifier].
func (n *Notifier) Live(ctx context.Context, queries []merge.Live) error {
	records := make([]kafka.Record, len(queries))
	for i, q := range queries {
		value, err := (&wire.Status{ID: q.ID, Epoch: q.Epoch, Transition: wire.Live, Time: n.now(), Message: wire.Passed(q.Passed)}).Marshal()
		if err != nil {
			return err
		}
		records[i] = kafka.Record{Topic: kafka.TopicStatus, Key: []byte(q.ID), Value: value}
	}
	return n.producer.Produce(ctx, records...)
}

// Fail implements [merge.Notifier].
func (n *Notifier) Fail(ctx context.Context, q *merge.Query, reason string) error {
	return n.end(ctx, q, wire.Fail{Epoch: q.Epoch, Reason: reason})
}

// Complete implements [merge.Notifier].
func (n *Notifier) Complete(ctx context.Context, q *merge.Query) error {
	reason := fmt.Sprintf("it has the rows of its LIMIT %d", q.Rows.Limit)
	return n.end(ctx, q, wire.Fail{Epoch: q.Epoch, Reason: reason, Completed: true})
}

// end asks query-parser to register a query as failed or completed.
func (n *Notifier) end(ctx context.Context, q *merge.Query, f wire.Fail) error {
	value, err := (&wire.Submission{Kind: wire.SubmitFail, Fail: f}).Marshal()
	if err != nil {
		return err
	}
	return n.producer.Produce(ctx, kafka.Record{Topic: kafka.TopicQueries, Key: []byte(q.ID), Value: value})
}
