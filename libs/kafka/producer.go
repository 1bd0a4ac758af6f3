package kafka

import (
	"context"
	"fmt"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Producer writes records outside of transactions: idempotent, acknowledged by
// all in-sync replicas, in order per partition. It may be used by many
// goroutines.
type Producer struct {
	cl *kgo.Client
}

// NewProducer returns a Producer. It does not connect before the first record.
func NewProducer(cfg Config) (*Producer, error) {
	cl, err := cfg.client(kgo.ProducerLinger(0))
	if err != nil {
		return nil, err
	}
	return &Producer{cl: cl}, nil
}

// Produce writes the records and returns when all are acknowledged, or the
// first error. It sets the Partition and Offset of the records given, which a
// caller sees who passes a slice. While brokers cannot be reached it waits, until ctx ends; then
// it is not known whether records that were under way have been written.
func (p *Producer) Produce(ctx context.Context, records ...Record) error {
	rs := make([]*kgo.Record, len(records))
	for i := range records {
		rs[i] = toKgo(&records[i])
	}
	for _, res := range p.cl.ProduceSync(ctx, rs...) {
		if res.Err != nil {
			return fmt.Errorf("write to %s partition %d: %w", res.Record.Topic, res.Record.Partition, res.Err)
		}
	}
	for i, r := range rs {
		records[i].Partition, records[i].Offset = r.Partition, r.Offset
	}
	return nil
}

// Close lets go of the connections; records still under way fail.
func (p *Producer) Close() { p.cl.Close() }
