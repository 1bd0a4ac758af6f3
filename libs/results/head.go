package results

import (
	"context"
	"errors"
	"fmt"

	"github.com/redis/go-redis/v9"
)

// head is what Redis knows of a query at one moment.
type head struct {
	epoch   int64 // -1: none
	dropped bool  // the epoch is that of a drop
	facts   Facts // with the status dropped where it is, even if nothing else is left
}

// head reads the epoch and the facts in one step, so that they are of each other.
func (r *Reader) head(ctx context.Context, id string) (head, error) {
	var (
		epoch *redis.StringCmd
		left  *redis.DurationCmd
		facts *redis.MapStringStringCmd
	)
	_, err := r.rdb.TxPipelined(ctx, func(p redis.Pipeliner) error {
		epoch = p.HGet(ctx, VersionsKey(id), "epoch")
		left = p.PTTL(ctx, VersionsKey(id))
		facts = p.HGetAll(ctx, MetaKey(id))
		return nil
	})
	if errors.Is(err, redis.Nil) { // there is no epoch
		err = errors.Join(left.Err(), facts.Err())
	}
	if err != nil {
		return head{}, fmt.Errorf("read what is known of query %s: %w", id, classify(err))
	}
	h := head{epoch: -1, facts: newFacts(facts.Val())}
	if epoch.Err() == nil {
		if h.epoch, err = epoch.Int64(); err != nil {
			return head{}, fmt.Errorf("epoch of query %s: %w", id, err)
		}
		// Only the epoch of a drop goes by itself.
		h.dropped = left.Val() > 0
	}
	if h.dropped {
		h.facts.Fields[FieldStatus] = StatusDropped
	}
	return h, nil
}
