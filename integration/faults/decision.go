package faults

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// step is a record of the coordinator's log about one producer.
type step struct {
	epoch int16
	state kmsg.TransactionState
}

// errUndecided says that the coordinator's log does not tell how a transaction was
// to end.
var errUndecided = errors.New("the coordinator's log does not tell how it was to end")

// decision finds in the steps of a producer, oldest first, whether the transaction
// whose records have an epoch was to be committed. The end of a transaction is
// decided under the next epoch, or under the same one where the coordinator aborts
// it without a new one; the end of the transaction before has the epoch of this one,
// too. So it is the first decision behind the last time that the transaction was
// said to be open, and before another was.
func decision(steps []step, epoch int16) (commit bool, err error) {
	last := -1
	for i, s := range steps {
		if s.epoch == epoch && s.state == kmsg.TransactionStateOngoing {
			last = i
		}
	}
	if last < 0 {
		return false, errUndecided
	}
	for _, s := range steps[last+1:] {
		if s.epoch != epoch && s.epoch != epoch+1 {
			return false, errUndecided
		}
		switch s.state {
		case kmsg.TransactionStatePrepareCommit:
			return true, nil
		case kmsg.TransactionStatePrepareAbort:
			return false, nil
		case kmsg.TransactionStateOngoing:
			return false, errUndecided
		default:
		}
	}
	return false, errUndecided
}

// decided reads from the coordinator's own log whether it has decided to commit the
// transaction, before it forgot it.
func (h *harness) decided(ctx context.Context, t hung) (commit bool, err error) {
	steps, err := h.steps(ctx, t.producer)
	if err != nil {
		return false, err
	}
	return decision(steps, t.epoch)
}

// steps reads what the coordinator's log says of a producer.
func (h *harness) steps(ctx context.Context, producer int64) (steps []step, err error) {
	const topic = "__transaction_state"
	ends, err := h.spy.admin.ListEndOffsets(ctx, topic)
	if err != nil {
		return nil, fmt.Errorf("ask for the ends of %s: %w", topic, err)
	}
	from, left := map[int32]kgo.Offset{}, map[int32]int64{}
	ends.Each(func(o kadm.ListedOffset) {
		if o.Offset > 0 {
			from[o.Partition], left[o.Partition] = kgo.NewOffset().AtStart(), o.Offset
		}
	})
	cl, err := kgo.NewClient(kgo.SeedBrokers(h.broker.direct), kgo.DialTimeout(time.Second),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: from}))
	if err != nil {
		return nil, err
	}
	defer cl.Close()
	for len(left) > 0 && ctx.Err() == nil {
		cl.PollFetches(ctx).EachRecord(func(r *kgo.Record) {
			if r.Offset+1 >= left[r.Partition] {
				delete(left, r.Partition)
			}
			var v kmsg.TxnMetadataValue
			if r.Value != nil && v.ReadFrom(r.Value) == nil && v.ProducerID == producer {
				steps = append(steps, step{v.ProducerEpoch, v.State})
			}
		})
	}
	return steps, ctx.Err()
}
