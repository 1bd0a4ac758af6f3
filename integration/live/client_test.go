package live_test

import (
	"context"
	"testing"

	"github.com/millrace/millrace/integration/live"
	"github.com/millrace/millrace/integration/pipeline"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/wire"
)

// client submits statements to a system and posts documents, one after the other, and
// sees what becomes of them; whatever goes wrong ends the test.
type client struct {
	t        *testing.T
	ctx      context.Context
	producer *kafka.Producer
	statuses *pipeline.Statuses
}

func newClient(ctx context.Context, t *testing.T, sys *live.System) *client {
	t.Helper()
	producer, err := kafka.NewProducer(sys.Kafka)
	must(t, err)
	t.Cleanup(producer.Close)
	statuses, err := pipeline.ReadStatuses(sys.Kafka)
	must(t, err)
	t.Cleanup(statuses.Close)
	return &client{t, ctx, producer, statuses}
}

// produce writes a record and returns its offset.
func (c *client) produce(r kafka.Record) int64 {
	c.t.Helper()
	records := []kafka.Record{r}
	must(c.t, c.producer.Produce(c.ctx, records...))
	return records[0].Offset
}

// submit returns the epoch of what was submitted. A nil text drops the query.
func (c *client) submit(id string, text []byte) int64 {
	c.t.Helper()
	return c.produce(kafka.Record{Topic: kafka.TopicQueries, Key: []byte(id), Value: text})
}

// until waits until a submission has become what is wanted. It may be told under a later
// epoch: that of the record by which a query is completed.
func (c *client) until(id string, epoch int64, want wire.Transition) *wire.Status {
	c.t.Helper()
	s, err := c.statuses.Until(c.ctx, func(s *wire.Status) bool {
		return s.ID == id && s.Epoch >= epoch && s.Transition == want
	})
	if err != nil {
		c.t.Fatalf("%s at %d is not %s: %v; told was %v", id, epoch, want, err, c.statuses.Told)
	}
	return s
}

// submitted submits a statement and waits until it has become what is wanted.
func (c *client) submitted(id, text string, want wire.Transition) *wire.Status {
	c.t.Helper()
	return c.until(id, c.submit(id, []byte(text)), want)
}
