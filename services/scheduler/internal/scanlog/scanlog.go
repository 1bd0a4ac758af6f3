// Package scanlog is scan.Log over Kafka: one member of the consumer group over
// a stream's topic, whose transactions write to the exchange.
//
// [Log] decides nothing but where reading begins when the group has lost its
// offsets: at the newest position that checkpoints and exchange speak of.
//
//	log, err := scanlog.Open(ctx, cfg, topics, source, slot, sizes)
//	stage, err := scan.NewStage(scan.Config{Log: log, …})
package scanlog

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/millrace/millrace/libs/exec/merge"
	"github.com/millrace/millrace/libs/exec/scan"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/wire"
)

// pollRecords bounds one Poll: records are batches of up to a megabyte, and
// between two polls no transaction can be made.
const pollRecords = 8

// Log is a member of the group. It belongs to one goroutine.
type Log struct {
	source Source
	cfg    kafka.Config
	group  *kafka.Group
	admin  *kafka.Admin
	sizes  *Sizes
	failed error // of the open transaction
}

// Open takes the slot's transactional id over and joins the group. What sizes
// knows outlives the Log: hand the same to the next one.
func Open(ctx context.Context, cfg kafka.Config, topics *kafka.Topics, source Source, slot int, sizes *Sizes) (*Log, error) {
	admin, err := kafka.NewAdmin(cfg)
	if err != nil {
		return nil, err
	}
	group, err := kafka.NewGroup(ctx, cfg, kafka.GroupConfig{
		Group:           source.Group(),
		Topic:           source.topic(),
		TransactionalID: source.TransactionalID(slot),
		MaxPollRecords:  pollRecords,
		Recycle:         true,
		Adjust: func(ctx context.Context, offsets map[int32]int64) (map[int32]int64, error) {
			return resolve(ctx, admin, &source, topics, offsets)
		},
	})
	if err != nil {
		admin.Close()
		return nil, fmt.Errorf("join group %s: %w", source.Group(), err)
	}
	return &Log{source: source, cfg: cfg, group: group, admin: admin, sizes: sizes}, nil
}

// Close leaves the group.
func (l *Log) Close() {
	l.group.Close()
	l.admin.Close()
}

// Given returns how many partitions the group has given this member, and false while
// it has given nothing yet.
func (l *Log) Given() (partitions int, joined bool) { return l.group.Given() }

// Poll implements [scan.Log].
func (l *Log) Poll(ctx context.Context, wait time.Duration) (scan.Polled, error) {
	timed, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	polled, err := l.group.Poll(timed)
	if err != nil {
		if ctx.Err() == nil && timed.Err() != nil && errors.Is(err, timed.Err()) {
			return scan.Polled{}, nil
		}
		return scan.Polled{}, err
	}
	out := scan.Polled{Lost: polled.OutOfRange, Revoked: polled.Revoked}
	if polled.Assignment != nil {
		out.Assignment = map[int32]scan.Assigned{}
		for p, a := range polled.Assignment.Partitions {
			out.Assignment[p] = scan.Assigned{Offset: a.Offset, Generation: a.Generation}
		}
		return out, nil
	}
	out.Records = make([]scan.Record, len(polled.Records))
	for i := range polled.Records {
		r := &polled.Records[i]
		batch, _ := r.Header(wire.HeaderBatch)
		_, end := r.Header(wire.HeaderEndOfInput)
		out.Records[i] = scan.Record{
			Partition: r.Partition, Offset: r.Offset, Value: r.Value,
			Lines: string(batch) == wire.BatchNDJSON, End: end && len(r.Value) == 0, Control: r.Control,
			Time: r.Time, Place: placing(r), Release: releasing(*r),
		}
	}
	return out, nil
}

// releasing returns what gives the memory of a record back.
func releasing(r kafka.Record) func() { return r.Recycle }

// placing returns what finds the places of a record's documents, nil if the record
// does not tell them. A header that cannot be read tells none: anybody may write
// to the topic.
func placing(r *kafka.Record) func(at int) scan.Place {
	header, ok := r.Header(wire.HeaderOrigin)
	if !ok {
		return nil
	}
	value := r.Value
	origins := sync.OnceValue(func() (o wire.Origins) {
		if o.Unmarshal(header) != nil {
			return nil
		}
		return o
	})
	return func(at int) (p scan.Place) {
		p.File, p.Line, p.Byte, _ = origins().Find(value, at)
		return p
	}
}

// Begin implements [scan.Log].
func (l *Log) Begin() error { return l.group.Begin() }

// Block implements [scan.Log].
func (l *Log) Block(ctx context.Context, exchange int32, block []byte) {
	l.produce(ctx, exchange, merge.TypeBlock, block)
}

// Seal implements [scan.Log].
func (l *Log) Seal(ctx context.Context, exchange int32, seal []byte) {
	l.produce(ctx, exchange, merge.TypeSeal, seal)
	l.sizes.add(1, 0) // the marker of the transaction's end
}

func (l *Log) produce(ctx context.Context, exchange int32, kind string, value []byte) {
	l.sizes.add(1, len(value))
	l.group.Produce(ctx, &kafka.Record{
		Topic: kafka.TopicExchange, Partition: exchange, Value: value,
		Headers: []kafka.Header{{Key: "type", Value: []byte(kind)}},
	})
}

// DeadLetter implements [scan.Log].
func (l *Log) DeadLetter(ctx context.Context, d scan.DeadLetter) {
	letter := wire.NewDeadLetter(d.Data, d.Reason)
	letter.Source = fmt.Sprintf("%s-%d", l.source.topic(), d.Partition)
	letter.Offset, letter.Line = d.Offset, d.Line
	if d.Place.File != "" {
		letter.File, letter.Line, letter.Byte = d.Place.File, d.Place.Line, d.Place.Byte
	}
	value, err := letter.Marshal()
	if err != nil {
		l.failed = fmt.Errorf("dead letter for %s, offset %d, document %d: %w", letter.Source, d.Offset, d.Line, err)
		return
	}
	l.group.Produce(ctx, &kafka.Record{Topic: kafka.TopicDeadLetters, Key: []byte(letter.Source), Value: value})
}

// End implements [scan.Log].
func (l *Log) End(ctx context.Context, offsets map[int32]int64) (bool, error) {
	if l.failed != nil {
		return false, l.failed
	}
	return l.group.End(ctx, true, offsets)
}

// Reason implements [scan.Log].
func (l *Log) Reason(err error) string { return kafka.Reason(err) }

// Seek implements [scan.Log].
func (l *Log) Seek(ctx context.Context, partition int32, generation uint64, offset int64) error {
	err := l.group.SetOffset(ctx, partition, generation, offset)
	if errors.Is(err, kafka.ErrStale) {
		return nil // the new assignment will say where to go on
	}
	return err
}

// Pause implements [scan.Log].
func (l *Log) Pause() { l.group.Pause() }

// Resume implements [scan.Log].
func (l *Log) Resume() { l.group.Resume() }

// Starts implements [scan.Log].
func (l *Log) Starts(ctx context.Context) (map[int32]int64, error) {
	return l.admin.Starts(ctx, l.source.topic())
}

// Ends implements [scan.Log].
func (l *Log) Ends(ctx context.Context) (map[int32]int64, error) {
	return l.admin.Ends(ctx, l.source.topic())
}
