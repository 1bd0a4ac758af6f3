package kafka

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/millrace/millrace/libs/planted"
)

// Ends returns each partition's high watermark: the offset that the next record
// will have, records of open transactions and control records counted.
func (a *Admin) Ends(ctx context.Context, topic string) (map[int32]int64, error) {
	if planted.On(planted.RestoreToStable) && topic == TopicCheckpoints {
		return a.offsets(ctx, "ask for the stable ends of "+topic, topic, a.adm.ListCommittedOffsets)
	}
	return a.offsets(ctx, "ask for the ends of "+topic, topic, a.adm.ListEndOffsets)
}

// Starts returns each partition's first offset that still exists.
func (a *Admin) Starts(ctx context.Context, topic string) (map[int32]int64, error) {
	return a.offsets(ctx, "ask for the starts of "+topic, topic, a.adm.ListStartOffsets)
}

func (a *Admin) offsets(ctx context.Context, what, topic string, list func(context.Context, ...string) (kadm.ListedOffsets, error)) (map[int32]int64, error) {
	out := map[int32]int64{}
	err := a.call(ctx, what, func(ctx context.Context) error {
		listed, err := list(ctx, topic)
		if err != nil {
			return err
		}
		if err := listed.Error(); err != nil {
			return err
		}
		for p, o := range listed[topic] {
			out[p] = o.Offset
		}
		if len(out) == 0 {
			return kerr.UnknownTopicOrPartition
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// DeleteRecords makes each partition start at the given offset. An offset that
// is already below the start is left alone.
func (a *Admin) DeleteRecords(ctx context.Context, topic string, before map[int32]int64) error {
	if len(before) == 0 {
		return nil
	}
	offsets := kadm.Offsets{}
	for p, o := range before {
		offsets.AddOffset(topic, p, o, -1)
	}
	return a.call(ctx, "delete records of "+topic, func(ctx context.Context) error {
		done, err := a.adm.DeleteRecords(ctx, offsets)
		if err != nil {
			return err
		}
		for p, d := range done[topic] {
			if d.Err != nil && !errors.Is(d.Err, kerr.OffsetOutOfRange) {
				return fmt.Errorf("partition %d before %d: %w", p, before[p], d.Err)
			}
		}
		return nil
	})
}
