package kafka

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/millrace/millrace/libs/planted"
)

// Reader reads assigned partitions of one topic from given offsets, committed
// records only. It belongs to one goroutine.
type Reader struct {
	cl    *kgo.Client
	topic string
	pos   map[int32]int64
	ends  map[int32]int64 // last stable offsets, as the last fetch of records had them
	buf   []Record
}

// NewReader returns a Reader of the partitions in from, beginning at those
// offsets, which must lie within what the partitions hold (see [Admin.Starts]):
// nothing is ever reset. It does not connect before the first Poll.
func NewReader(cfg Config, topic string, from map[int32]int64) (*Reader, error) {
	if len(from) == 0 {
		return nil, fmt.Errorf("read %s: no partitions given", topic)
	}
	offsets := make(map[int32]kgo.Offset, len(from))
	for p, o := range from {
		if o < 0 {
			return nil, fmt.Errorf("read %s partition %d: offset %d is not one", topic, p, o)
		}
		offsets[p] = kgo.NewOffset().At(o)
	}
	cl, err := cfg.client(
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: offsets}),
		kgo.ConsumeResetOffset(kgo.NoResetOffset()),
	)
	if err != nil {
		return nil, err
	}
	return &Reader{cl: cl, topic: topic, pos: maps.Clone(from), ends: map[int32]int64{}}, nil
}

// Poll waits for records and returns them, in order per partition; control
// records are among them. They are valid until the next Poll. When ctx ends it
// returns ctx's error. A partition that cannot be read on is a
// [PartitionError]; then the Reader is of no further use.
func (r *Reader) Poll(ctx context.Context) ([]Record, error) {
	r.buf = forgotten(r.buf)
	for {
		fetches := r.cl.PollFetches(ctx)
		recs, err := collect(fetches, r.buf[:0])
		r.buf = recs
		fetches.EachPartition(func(p kgo.FetchTopicPartition) {
			if len(p.Records) > 0 {
				r.ends[p.Partition] = p.LastStableOffset
			}
		})
		if err != nil {
			return nil, err
		}
		for i := range recs {
			r.pos[recs[i].Partition] = recs[i].Offset + 1
		}
		if len(recs) > 0 {
			return recs, nil
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
}

// forgotten lets go of records returned, and of the room for them if they were many:
// it may be long until there are more.
func forgotten(records []Record) []Record {
	const many = 4096
	clear(records)
	if cap(records) > many {
		return nil
	}
	return records[:0]
}

// Position returns the offset that the partition is read up to: one more than
// that of the last record returned, control records counted.
func (r *Reader) Position(partition int32) int64 { return r.pos[partition] }

// CaughtUp reports whether the last records that were returned of the partition
// were, when the broker sent them, all that could be read.
func (r *Reader) CaughtUp(partition int32) bool {
	end, known := r.ends[partition]
	return known && r.pos[partition] >= end
}

// ReadTo polls until the position of every partition in ends has reached that
// offset, and hands every record to fn, those beyond the ends too. An error of
// fn stops it. Ends are high watermarks ([Admin.Ends]): silence tells nothing.
func (r *Reader) ReadTo(ctx context.Context, ends map[int32]int64, fn func(*Record) error) error {
	for {
		reached := true
		for p, end := range ends {
			if pos, ok := r.pos[p]; ok && pos < end {
				reached = false
			}
		}
		if reached {
			return nil
		}
		recs, err := r.listen(ctx)
		if err != nil {
			return err
		}
		if planted.On(planted.RestoreBySilence) && len(recs) == 0 {
			return nil
		}
		for i := range recs {
			if err := fn(&recs[i]); err != nil {
				return err
			}
		}
	}
}

// listen is Poll.
func (r *Reader) listen(ctx context.Context) ([]Record, error) {
	if planted.On(planted.RestoreBySilence) {
		short, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
		defer cancel()
		if recs, err := r.Poll(short); err == nil || short.Err() == nil || ctx.Err() != nil {
			return recs, err
		}
		return nil, nil
	}
	return r.Poll(ctx)
}

// Close lets go of the connections.
func (r *Reader) Close() { r.cl.Close() }

// collect appends the records of a poll and returns the first error that is not
// that of the poll's own context.
func collect(fetches kgo.Fetches, into []Record) ([]Record, error) {
	var failed error
	fetches.EachPartition(func(p kgo.FetchTopicPartition) {
		if p.Err != nil && failed == nil && !ended(p) {
			failed = p.Err
			if p.Topic != "" {
				failed = &PartitionError{Topic: p.Topic, Partition: p.Partition, Err: p.Err}
			}
		}
		for _, rec := range p.Records {
			into = append(into, fromKgo(rec))
		}
	})
	return into, failed
}

// ended tells the fetch by which a poll reports the end of its context.
func ended(p kgo.FetchTopicPartition) bool {
	return p.Topic == "" && (errors.Is(p.Err, context.Canceled) || errors.Is(p.Err, context.DeadlineExceeded))
}
