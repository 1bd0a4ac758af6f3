package scanlog

import (
	"context"
	"fmt"

	"github.com/segmentio/encoding/json"

	"github.com/millrace/millrace/libs/exec/delta"
	"github.com/millrace/millrace/libs/exec/merge"
	"github.com/millrace/millrace/libs/kafka"
)

// resolve holds that the group's offsets are those of the topic that will be read, and
// gives explicit ones to partitions for which the group has none: a group that was idle for a week loses them, and beginning at the log's start
// would count everything twice. Without any that others speak of, a stream begins where
// it was declared, or, if it has been there always, at the log's start. That of a new
// stream mostly has them by its declaration.
func resolve(ctx context.Context, admin *kafka.Admin, source *Source, topics *kafka.Topics, offsets map[int32]int64) (map[int32]int64, error) {
	if err := source.same(ctx, admin, topics); err != nil {
		return nil, err
	}
	missing := false
	for p, o := range offsets {
		missing = missing || o < 0
		if d := source.Declared; d != nil && int(p) >= len(d.From) {
			return nil, fmt.Errorf("%w: topic %s has a partition %d, and had %d when stream %s was declared", ErrTopic, source.topic(), p, len(d.From), source.Stream)
		}
	}
	if !missing {
		return offsets, nil
	}
	known, err := newestVector(ctx, admin, source, topics)
	if err != nil {
		return nil, fmt.Errorf("find where scanning went on to: %w", err)
	}
	starts, err := source.starts(ctx, admin)
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

// starts returns where the stream begins. What is deleted of it meanwhile, is a gap.
func (s *Source) starts(ctx context.Context, admin *kafka.Admin) (map[int32]int64, error) {
	if s.Declared == nil {
		return admin.Starts(ctx, s.topic())
	}
	starts := map[int32]int64{}
	for p, from := range s.Declared.From {
		starts[int32(p)] = from
	}
	return starts, nil
}

// newestVector returns the greatest position that checkpoints and the exchange
// hold per partition of the stream's topic: for one that was declared, from its position
// on, for what was said before is of a stream before it.
func newestVector(ctx context.Context, admin *kafka.Admin, source *Source, topics *kafka.Topics) (map[int32]int64, error) {
	known := map[int32]int64{}
	topic, position, id := source.topic(), int64(-1), ""
	if d := source.Declared; d != nil {
		position, id = d.Position, d.TopicID
	} else {
		id = topics.ID(topic)
	}
	reach := func(name string, of string, p int32, to, plan int64) {
		if name == topic && of == id && plan >= position {
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
			if seal.Parts[i].Since != position+1 {
				continue
			}
			reach(seal.Parts[i].Topic, seal.Topics[seal.Parts[i].Topic], seal.Parts[i].Partition, seal.Parts[i].To, seal.Plan)
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
			of := c.Topics[v.Topic]
			if source.Declared != nil {
				of = id // the vector has no seals of other topics of its name
			}
			reach(v.Topic, of, v.Partition, v.To, v.Plan)
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
