package scanlog

import (
	"context"
	"fmt"

	"github.com/segmentio/encoding/json"

	"github.com/millrace/millrace/libs/exec/delta"
	"github.com/millrace/millrace/libs/exec/merge"
	"github.com/millrace/millrace/libs/kafka"
)

// resolve gives explicit offsets to partitions for which the group has none: a
// group that was idle for a week loses them, and beginning at the log's start
// would count everything twice.
func resolve(ctx context.Context, admin *kafka.Admin, topic string, topics *kafka.Topics, offsets map[int32]int64) (map[int32]int64, error) {
	missing := false
	for _, o := range offsets {
		missing = missing || o < 0
	}
	if !missing {
		return offsets, nil
	}
	known, err := newestVector(ctx, admin, topic, topics)
	if err != nil {
		return nil, fmt.Errorf("find where scanning went on to: %w", err)
	}
	starts, err := admin.Starts(ctx, topic)
	if err != nil {
		return nil, err
	}
	for p, o := range offsets {
		if o >= 0 {
			continue
		}
		offsets[p] = starts[p]
		if at, ok := known[p]; ok {
			offsets[p] = at
		}
	}
	return offsets, nil
}

// newestVector returns the greatest position that checkpoints and the exchange
// hold per partition of a topic.
func newestVector(ctx context.Context, admin *kafka.Admin, topic string, topics *kafka.Topics) (map[int32]int64, error) {
	known := map[int32]int64{}
	reach := func(name string, id string, p int32, to int64) {
		if name == topic && id == topics.ID(topic) {
			known[p] = max(known[p], to)
		}
	}
	// The exchange comes first: what goes from it meanwhile is in a checkpoint
	// that was written before.
	err := admin.ReadAll(ctx, kafka.TopicExchange, data(func(r *kafka.Record) error {
		if kind, _ := r.Header("type"); string(kind) != merge.TypeSeal {
			return nil
		}
		seal, err := delta.DecodeSeal(r.Value)
		if err != nil {
			return fmt.Errorf("seal at offset %d: %w", r.Offset, err)
		}
		for i := range seal.Parts {
			reach(seal.Parts[i].Topic, seal.Topics[seal.Parts[i].Topic], seal.Parts[i].Partition, seal.Parts[i].To)
		}
		return nil
	}))
	if err != nil {
		return nil, err
	}
	return known, admin.ReadAll(ctx, kafka.TopicCheckpoints, data(func(r *kafka.Record) error {
		if !merge.IsCheckpoint(r.Key) {
			return nil
		}
		var c merge.Checkpoint
		if err := json.Unmarshal(r.Value, &c); err != nil {
			return fmt.Errorf("checkpoint at offset %d: %w", r.Offset, err)
		}
		for _, v := range c.Vector {
			reach(v.Topic, c.Topics[v.Topic], v.Partition, v.To)
		}
		return nil
	}))
}

// data passes on records but those that are markers of transactions.
func data(fn func(*kafka.Record) error) func(*kafka.Record) error {
	return func(rec *kafka.Record) error {
		if rec.Control {
			return nil
		}
		return fn(rec)
	}
}
