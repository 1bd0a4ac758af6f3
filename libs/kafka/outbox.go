package kafka

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// outbox keeps what became of the records of a producer's transactions.
type outbox struct {
	mu      sync.Mutex
	err     error // of the first record of this transaction that failed
	settled map[target]bool
}

// target is a partition that has acknowledged a record.
type target struct {
	topic     string
	partition int32
}

func (o *outbox) reset() {
	o.mu.Lock()
	o.err = nil
	o.mu.Unlock()
}

func (o *outbox) failed() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.err
}

func (o *outbox) promise(rec *Record) func(*kgo.Record, error) {
	return func(r *kgo.Record, err error) {
		o.mu.Lock()
		defer o.mu.Unlock()
		if err == nil {
			rec.Offset = r.Offset
			o.acknowledged(target{r.Topic, r.Partition})
			return
		}
		if o.err == nil && !errors.Is(err, kgo.ErrAborting) {
			o.err = fmt.Errorf("write to %s partition %d: %w", r.Topic, r.Partition, fenced(err))
		}
	}
}

func (o *outbox) acknowledged(t target) {
	if _, known := o.settled[t]; known {
		return
	}
	if o.settled == nil {
		o.settled = map[target]bool{}
	}
	o.settled[t] = false
}

// settle waits until the client lists every partition that has acknowledged a
// record. A commit must not begin before: when a client writes to a topic for
// the first time it sends the records before it lists the topic's partitions
// (storePartitionsUpdate of franz-go 1.22.2 stores them last), and a commit goes
// through that list to find whether anything was written. Finding nothing it
// aborts, and reports success. The wait is for another goroutine's next
// instruction; it happens once in a partition's life, if ever.
func (o *outbox) settle(ctx context.Context, cl *kgo.Client) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	for t, done := range o.settled {
		for !done {
			leader, _, err := cl.PartitionLeader(t.topic, t.partition)
			if done = leader >= 0 || err != nil; done {
				o.settled[t] = true
				continue
			}
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(50 * time.Microsecond):
			}
		}
	}
	return nil
}
