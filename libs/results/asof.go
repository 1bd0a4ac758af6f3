package results

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/redis/go-redis/v9"
	"github.com/segmentio/encoding/json"
)

// AsOf says what the results of a merge partition include.
type AsOf struct {
	// Vector holds, per topic and partition of it, the offset before which every
	// record is included.
	Vector map[string]map[int32]int64 `json:"vector"`
	// Time is the event time up to which windows over the streams that there always are
	// are final (the least of their watermarks), in milliseconds since 1970; nil before
	// the first.
	Time *int64 `json:"time,omitempty"`
	// Times are the watermarks by stream, in milliseconds since 1970, without those
	// before their first and after the end of the input.
	Times map[string]int64 `json:"times,omitempty"`
	// Ended says that every partition of the vector has come to its end of
	// input.
	Ended bool `json:"ended,omitempty"`
}

// Least returns what all of several partitions' results include. Topics or
// partitions that one of them has not heard of are left out.
func Least(all []AsOf) AsOf {
	if len(all) == 0 {
		return AsOf{}
	}
	least := AsOf{Vector: map[string]map[int32]int64{}, Time: all[0].Time, Ended: true}
	for topic, parts := range all[0].Vector {
		least.Vector[topic] = map[int32]int64{}
		for p := range parts {
			if offset, ok := leastOffset(all, topic, p); ok {
				least.Vector[topic][p] = offset
			}
		}
	}
	for name := range all[0].Times {
		if at, ok := leastTime(all, name); ok {
			if least.Times == nil {
				least.Times = map[string]int64{}
			}
			least.Times[name] = at
		}
	}
	for _, a := range all {
		least.Ended = least.Ended && a.Ended
		if least.Time != nil && (a.Time == nil || *a.Time < *least.Time) {
			least.Time = a.Time
		}
	}
	return least
}

// Of returns the same for a query over the streams: Time is the least of theirs, nil while
// one of them has none. Where Times are not told, as by schedulers of before, it is a itself.
func (a AsOf) Of(streams []string) AsOf {
	if a.Times == nil || len(streams) == 0 {
		return a
	}
	least := int64(math.MaxInt64)
	for _, name := range streams {
		at, ok := a.Times[name]
		if !ok {
			a.Time = nil
			return a
		}
		least = min(least, at)
	}
	a.Time = &least
	return a
}

func leastOffset(all []AsOf, topic string, p int32) (int64, bool) {
	least := int64(-1)
	for _, a := range all {
		o, ok := a.Vector[topic][p]
		if !ok {
			return 0, false
		}
		if least < 0 || o < least {
			least = o
		}
	}
	return least, true
}

func leastTime(all []AsOf, stream string) (int64, bool) {
	least := int64(math.MaxInt64)
	for _, a := range all {
		at, ok := a.Times[stream]
		if !ok {
			return 0, false
		}
		least = min(least, at)
	}
	return least, true
}

// AsOf returns what all results include: the least over merge partitions. False
// means that not every merge partition has finished a flush yet.
func (r *Reader) AsOf(ctx context.Context) (AsOf, bool, error) {
	of, err := r.rdb.HGet(ctx, FenceKey(0), "partitions").Int()
	if errors.Is(err, redis.Nil) || err == nil && of < 1 {
		return AsOf{}, false, nil
	}
	if err != nil {
		return AsOf{}, false, fmt.Errorf("read as_of: %w", classify(err))
	}
	cmds, err := r.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i := range of {
			p.HGet(ctx, FenceKey(int32(i)), "as_of")
		}
		return nil
	})
	if err != nil && !errors.Is(err, redis.Nil) {
		return AsOf{}, false, fmt.Errorf("read as_of: %w", classify(err))
	}
	all := make([]AsOf, of)
	for i := range all {
		c, ok := cmds[i].(*redis.StringCmd)
		if !ok || c.Err() != nil {
			return AsOf{}, false, nil
		}
		if err := json.Unmarshal([]byte(c.Val()), &all[i]); err != nil {
			return AsOf{}, false, fmt.Errorf("as_of of merge partition %d: %w", i, err)
		}
	}
	return Least(all), true, nil
}
