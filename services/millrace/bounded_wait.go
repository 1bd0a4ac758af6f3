package millrace

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/results"
	"github.com/millrace/millrace/libs/wire"
)

// waitShared waits until each of several schedulers has partitions to scan.
func (b *bounded) waitShared(ctx context.Context) error {
	for b.Schedulers > 1 {
		n, err := b.counters.scanning()
		if err != nil {
			return err
		}
		if n >= b.Schedulers {
			return nil
		}
		if err := b.stack.Clock.Sleep(ctx, 20*time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

// waitLive follows the status topic until every query is live.
func (b *bounded) waitLive(ctx context.Context) error {
	waiting := map[string]bool{}
	for _, q := range b.Queries {
		waiting[q.ID] = true
	}
	done := func() bool { return len(waiting) == 0 }
	return FollowStatus(ctx, b.stack.Kafka, done, func(st *wire.Status) error {
		switch st.Transition {
		case wire.Live:
			delete(waiting, st.ID)
		case wire.Rejected, wire.Failed:
			return &StatementError{st.ID, errors.New(st.Message)}
		default:
		}
		return nil
	})
}

// FollowStatus hands the transitions of queries on the status topic to fn, from the first on, until
// done, which is asked at first and after each poll, or until an error of fn.
func FollowStatus(ctx context.Context, cfg kafka.Config, done func() bool, fn func(*wire.Status) error) error {
	r, err := kafka.NewReader(cfg, kafka.TopicStatus, map[int32]int64{0: 0})
	if err != nil {
		return err
	}
	defer r.Close()
	for !done() {
		records, err := r.Poll(ctx)
		if err != nil {
			return err
		}
		for i := range records {
			if records[i].Control {
				continue
			}
			var st wire.Status
			if err := st.Unmarshal(records[i].Value); err != nil {
				return fmt.Errorf("status record at offset %d: %w", records[i].Offset, err)
			}
			if st.Object != "" {
				continue // of a stream or a view
			}
			if err := fn(&st); err != nil {
				return err
			}
		}
	}
	return nil
}

// waitEnded waits until every merge partition has written what it made of the
// ends of all inputs.
func (b *bounded) waitEnded(ctx context.Context, reader *results.Reader, topics *kafka.Topics) error {
	ended := func(at map[string]map[int32]int64) bool {
		for _, s := range b.scanned.Streams() {
			if len(at[s.Topic]) != int(topics.Partitions(s.Topic)) {
				return false
			}
		}
		return true
	}
	for {
		b.tell(b.read.sum())
		asOf, all, err := reader.AsOf(ctx)
		if err != nil {
			return err
		}
		if all && asOf.Ended && ended(asOf.Vector) {
			return nil
		}
		if err := b.stack.Clock.Sleep(ctx, 10*time.Millisecond); err != nil {
			return err
		}
	}
}
