// Package mergelog is merge.Log over Kafka: one member of the consumer group
// over the exchange, whose transactions write checkpoints.
//
// [Log] keeps no state of its own but the assignment; what is polled and what is
// committed is decided by package merge.
//
//	log, err := mergelog.Open(ctx, cfg, slot)
//	stage := merge.NewStage(merge.Config{Log: log, …})
package mergelog

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/millrace/millrace/libs/exec/merge"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/planted"
)

// Log is a member of the group. It belongs to one goroutine.
type Log struct {
	cfg    kafka.Config
	group  *kafka.Group
	admin  *kafka.Admin
	logger *slog.Logger

	assigned map[int32]kafka.Assigned
	sought   map[int32]uint64 // partition → generation under which it was last sought
	next     map[int32]int64  // partition → offset of the record that is expected then
}

// TransactionalID returns the id under which the merge stage of a slot writes.
func TransactionalID(slot int) string {
	return fmt.Sprintf("millrace-merge-%d", slot) + planted.Suffix(planted.RandomIDs)
}

// Open takes the slot's transactional id over and joins the group.
func Open(ctx context.Context, cfg kafka.Config, slot int, logger *slog.Logger) (*Log, error) {
	admin, err := kafka.NewAdmin(cfg)
	if err != nil {
		return nil, err
	}
	group, err := kafka.NewGroup(ctx, cfg, kafka.GroupConfig{
		Group:           kafka.GroupMerge,
		Topic:           kafka.TopicExchange,
		TransactionalID: TransactionalID(slot),
		Adjust: func(ctx context.Context, offsets map[int32]int64) (map[int32]int64, error) {
			return adjust(ctx, admin, offsets)
		},
	})
	if err != nil {
		admin.Close()
		return nil, fmt.Errorf("join group %s: %w", kafka.GroupMerge, err)
	}
	return &Log{cfg: cfg, group: group, admin: admin, logger: logger, sought: map[int32]uint64{}, next: map[int32]int64{}}, nil
}

// adjust makes reading begin where the log does wherever that is later than the
// group's offset, or the group has none: the checkpoint's offset decides, and
// the stage seeks to it.
func adjust(ctx context.Context, admin *kafka.Admin, offsets map[int32]int64) (map[int32]int64, error) {
	starts, err := admin.Starts(ctx, kafka.TopicExchange)
	if err != nil {
		return nil, err
	}
	for p, o := range offsets {
		offsets[p] = max(o, starts[p])
	}
	return offsets, nil
}

// Close leaves the group.
func (l *Log) Close() {
	l.group.Close()
	l.admin.Close()
}

// Given returns how many partitions the group has given this member, and false while
// it has given nothing yet.
func (l *Log) Given() (partitions int, joined bool) { return l.group.Given() }

// Poll implements [merge.Log].
func (l *Log) Poll(ctx context.Context) ([]merge.Record, error) {
	polled, err := l.group.Poll(ctx)
	if err != nil {
		if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
			return nil, nil
		}
		return nil, err
	}
	switch {
	case polled.Assignment != nil:
		l.assigned = polled.Assignment.Partitions
		return nil, nil
	case polled.Revoked:
		l.assigned = nil
		return nil, nil
	}
	for _, p := range polled.OutOfRange {
		if err := l.outOfRange(ctx, p); err != nil {
			return nil, err
		}
	}
	var out []merge.Record
	for i := range polled.Records {
		r := &polled.Records[i]
		if !l.isSought(r.Partition) {
			continue
		}
		l.next[r.Partition] = r.Offset + 1
		kind, _ := r.Header("type")
		out = append(out, merge.Record{
			Partition: r.Partition, Offset: r.Offset, Key: r.Key, Value: r.Value,
			Type: string(kind), Control: r.Control,
		})
	}
	return out, nil
}

// askPatience is how long a poll waits for brokers to say what they hold.
const askPatience = 5 * time.Second

// asking returns a context that ends with ctx if that is cancelled, and not when
// its time is over: a poll's patience is about records, and too short for
// questions to busy brokers.
func asking(ctx context.Context) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithTimeout(context.WithoutCancel(ctx), askPatience)
	stop := context.AfterFunc(ctx, func() {
		if errors.Is(ctx.Err(), context.Canceled) {
			cancel()
		}
	})
	return longer, func() { stop(); cancel() }
}

// outOfRange tells records that are gone from an answer to what was asked for
// before the last Seek: after an abort reading goes back to an offset that may be
// deleted. What cannot be found out now is found out at the next poll, which
// names the partition again.
func (l *Log) outOfRange(ctx context.Context, p int32) error {
	if !l.isSought(p) {
		return nil
	}
	ctx, cancel := asking(ctx)
	defer cancel()
	start, end, err := l.Bounds(ctx, p)
	if err != nil && kafka.Reason(err) == kafka.ReasonTimeout {
		l.logger.Debug("cannot ask what the exchange holds", "partition", p, "error", err)
		return nil
	}
	if err != nil {
		return err
	}
	if next := l.next[p]; next < start || next > end {
		return fmt.Errorf("exchange partition %d holds offsets %d to %d, and reading is to go on at %d: it was deleted or made anew; run `millrace reset` to begin anew", p, start, end, next)
	}
	l.logger.Debug("an offset of before the last seek is gone", "partition", p, "start", start, "next", l.next[p])
	return l.Seek(ctx, p, l.next[p])
}

func (l *Log) isSought(p int32) bool {
	a, ok := l.assigned[p]
	return ok && l.sought[p] == a.Generation
}

// Owned implements [merge.Log].
func (l *Log) Owned() map[int32]int64 {
	out := map[int32]int64{}
	for p, a := range l.assigned {
		if g, ok := l.group.Generation(p); ok && g == a.Generation {
			out[p] = int64(g)
		}
	}
	return out
}

// Committed implements [merge.Log].
func (l *Log) Committed(ctx context.Context, p int32) (int64, bool, error) {
	offsets, err := l.admin.GroupOffsets(ctx, kafka.GroupMerge, kafka.TopicExchange)
	if err != nil {
		return 0, false, err
	}
	o, ok := offsets[p]
	return o, ok, nil
}

// Bounds implements [merge.Log].
func (l *Log) Bounds(ctx context.Context, p int32) (start, end int64, err error) {
	starts, err := l.admin.Starts(ctx, kafka.TopicExchange)
	if err != nil {
		return 0, 0, err
	}
	ends, err := l.admin.Ends(ctx, kafka.TopicExchange)
	if err != nil {
		return 0, 0, err
	}
	return starts[p], ends[p], nil
}

// Seek implements [merge.Log].
func (l *Log) Seek(ctx context.Context, p int32, offset int64) error {
	a, ok := l.assigned[p]
	if !ok {
		return nil
	}
	err := l.group.SetOffset(ctx, p, a.Generation, offset)
	if errors.Is(err, kafka.ErrStale) {
		return nil // the stage sees the change of generation
	}
	if err != nil {
		return err
	}
	l.sought[p], l.next[p] = a.Generation, offset
	return nil
}

// Pause implements [merge.Log].
func (l *Log) Pause(p int32) { l.group.Pause(p) }

// Resume implements [merge.Log].
func (l *Log) Resume(p int32) { l.group.Resume(p) }

// Checkpoints implements [merge.Log].
func (l *Log) Checkpoints(ctx context.Context, p int32, fn func(merge.Record) error) error {
	starts, err := l.admin.Starts(ctx, kafka.TopicCheckpoints)
	if err != nil {
		return err
	}
	ends, err := l.admin.Ends(ctx, kafka.TopicCheckpoints)
	if err != nil {
		return err
	}
	r, err := kafka.NewReader(l.cfg, kafka.TopicCheckpoints, map[int32]int64{p: starts[p]})
	if err != nil {
		return err
	}
	defer r.Close()
	return r.ReadTo(ctx, map[int32]int64{p: ends[p]}, func(rec *kafka.Record) error {
		if rec.Control {
			return nil
		}
		return fn(merge.Record{Partition: p, Offset: rec.Offset, Key: rec.Key, Value: rec.Value})
	})
}

// Commit implements [merge.Log].
func (l *Log) Commit(ctx context.Context, p int32, records []merge.Record, offset int64) (int64, bool, error) {
	if err := l.group.Begin(); err != nil {
		return 0, false, err
	}
	recs := make([]kafka.Record, len(records))
	for i := range records {
		recs[i] = kafka.Record{Topic: kafka.TopicCheckpoints, Partition: p, Key: records[i].Key, Value: records[i].Value}
		l.group.Produce(ctx, &recs[i])
	}
	ok, err := l.group.End(ctx, true, map[int32]int64{p: offset})
	if err != nil || !ok || len(recs) == 0 {
		return 0, false, err
	}
	return recs[len(recs)-1].Offset, true, nil
}

// Truncate implements [merge.Log]. That ctx ended before it was done is no error:
// what is left goes with the next checkpoint, whoever makes it.
func (l *Log) Truncate(ctx context.Context, p int32, before int64) error {
	err := l.admin.DeleteRecords(ctx, kafka.TopicExchange, map[int32]int64{p: before})
	if err != nil && ctx.Err() != nil {
		l.logger.Debug("checkpointed records of the exchange are left for the next checkpoint to delete", "partition", p, "below", before)
		return nil
	}
	return err
}
