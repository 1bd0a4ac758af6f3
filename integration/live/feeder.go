package live

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/wire"
)

// Feeder writes posts without end, chunk by chunk.
type Feeder struct {
	sys  *System
	docs *Documents
	r    *rand.Rand
	sink func(ctx context.Context, lines [][]byte) error

	common chan chan struct{}
	chunks atomic.Int64
	lines  atomic.Int64
	cancel context.CancelFunc
	done   chan error
	close  func() error
}

// FeedTopic starts a Feeder that writes to all partitions of the tweets in turns
// of chance: records of several documents, and of one.
func FeedTopic(sys *System, seed uint64, docs *Documents) (*Feeder, error) {
	producer, err := kafka.NewProducer(sys.Kafka)
	if err != nil {
		return nil, err
	}
	f := &Feeder{sys: sys, docs: docs, common: make(chan chan struct{}), r: rand.New(rand.NewPCG(seed, 12))}
	f.sink = func(ctx context.Context, lines [][]byte) error {
		return producer.Produce(ctx, f.records(lines)...)
	}
	f.close = func() error {
		producer.Close()
		return nil
	}
	f.run()
	return f, nil
}

// records puts lines into records of one partition.
func (f *Feeder) records(lines [][]byte) []kafka.Record {
	p := f.r.Int32N(f.sys.Topics.Partitions(kafka.TopicTweets))
	if f.r.IntN(4) > 0 {
		return []kafka.Record{{
			Topic: kafka.TopicTweets, Partition: p, Value: append(bytes.Join(lines, []byte("\n")), '\n'),
			Headers: []kafka.Header{{Key: wire.HeaderBatch, Value: []byte(wire.BatchNDJSON)}},
		}}
	}
	out := make([]kafka.Record, len(lines))
	for i, line := range lines {
		out[i] = kafka.Record{Topic: kafka.TopicTweets, Partition: p, Value: line}
	}
	return out
}

// FeedFolder starts a Feeder that makes several files grow in a folder, by
// pieces that end anywhere in a line.
func FeedFolder(sys *System, seed uint64, docs *Documents, dir string, files int) (*Feeder, error) {
	f := &Feeder{sys: sys, docs: docs, common: make(chan chan struct{}), r: rand.New(rand.NewPCG(seed, 13))}
	out := make([]*os.File, files)
	rest := make([][]byte, files)
	for i := range out {
		var err error
		if out[i], err = os.Create(filepath.Join(dir, fmt.Sprintf("part-%d.ndjson", i))); err != nil {
			return nil, err
		}
	}
	f.sink = func(_ context.Context, lines [][]byte) error {
		i := f.r.IntN(files)
		rest[i] = append(append(rest[i], bytes.Join(lines, []byte("\n"))...), '\n')
		n := 1 + f.r.IntN(len(rest[i]))
		_, err := out[i].Write(rest[i][:n])
		rest[i] = rest[i][n:]
		return err
	}
	f.close = func() error {
		for i, file := range out {
			if _, err := file.Write(rest[i]); err != nil {
				return err
			}
			if err := file.Close(); err != nil {
				return err
			}
		}
		return nil
	}
	f.run()
	return f, nil
}

// pause is how long a Feeder rests after a chunk: it is to leave room for others.
const pause = 4 * time.Millisecond

func (f *Feeder) run() {
	ctx, cancel := context.WithCancel(f.sys.Context())
	f.cancel, f.done = cancel, make(chan error, 1)
	go func() {
		f.done <- f.feed(ctx)
		close(f.done)
	}()
}

func (f *Feeder) feed(ctx context.Context) error {
	var asked chan struct{}
	for ctx.Err() == nil || asked != nil {
		lines := f.docs.Next(1 + f.r.IntN(12))
		if asked != nil {
			lines = append(lines, f.docs.Common())
		}
		// A chunk that has been begun is finished: whether a record was written
		// must be known.
		if err := f.sink(context.WithoutCancel(ctx), lines); err != nil {
			f.sys.fail(fmt.Errorf("feed: %w", err))
			if asked != nil {
				close(asked)
			}
			return err
		}
		f.lines.Add(int64(len(lines)))
		f.chunks.Add(1)
		if asked != nil {
			close(asked)
			asked = nil
		}
		select {
		case <-ctx.Done():
		case asked = <-f.common:
		case <-time.After(pause):
		}
	}
	return nil
}

// Wait returns after n more chunks.
func (f *Feeder) Wait(ctx context.Context, n int) error {
	goal := f.chunks.Load() + int64(n)
	return f.sys.poll(ctx, "wait for the feeder", func() (bool, error) { return f.chunks.Load() >= goal, nil })
}

// Common returns when a document that most queries have has been written.
func (f *Feeder) Common(ctx context.Context) error {
	done := make(chan struct{})
	select {
	case f.common <- done:
	case <-ctx.Done():
		return ctx.Err()
	case <-f.sys.Context().Done():
		return context.Cause(f.sys.Context())
	}
	<-done
	return nil
}

// Lines returns how many lines were written.
func (f *Feeder) Lines() int64 { return f.lines.Load() }

// Stop stops feeding.
func (f *Feeder) Stop() error {
	f.cancel()
	if err, ok := <-f.done; !ok || err != nil {
		return err
	}
	return f.close()
}

// Flush writes to every partition of the tweets a document so late that all
// windows before it close.
func (s *System) Flush(ctx context.Context) error {
	producer, err := kafka.NewProducer(s.Kafka)
	if err != nil {
		return err
	}
	defer producer.Close()
	var records []kafka.Record
	for p := range s.Topics.Partitions(kafka.TopicTweets) {
		records = append(records, kafka.Record{Topic: kafka.TopicTweets, Partition: p, Value: flushDocument()})
	}
	return producer.Produce(ctx, records...)
}
