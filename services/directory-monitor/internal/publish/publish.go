// Package publish writes Items to Kafka in transactions. Its main noun is the
// [Publisher]: a transaction holds whole Items, their batches, their dead letters
// and the progress of the files that they cover, lasts a fraction of a second
// and holds a bounded number of bytes.
//
// It knows nothing of files. After any error it is of no further use: what had
// not been committed is read anew from the progress that was.
//
//	p := publish.New(publish.Config{Log: txn, Partitions: 8, …})
//	err := p.Run(ctx, items)
package publish

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/wire"
	"github.com/millrace/millrace/services/directory-monitor/internal/batch"
	"github.com/millrace/millrace/services/directory-monitor/internal/progress"
	"github.com/millrace/millrace/services/directory-monitor/internal/stats"
)

const (
	// longest is when a transaction is ended even though more is at hand: with
	// the commit itself it stays below the half second for which it may hold back
	// the readers of the topic.
	longest = 250 * time.Millisecond
	// tooLong is when the next transactions are to hold less.
	tooLong = 400 * time.Millisecond
	// A transaction is ended when it holds so many bytes. The limit follows what
	// Kafka takes in time.
	leastBytes, mostBytes = 1 << 20, 32 << 20
	// slow is when a commit that is still not answered is mentioned.
	slow = 5 * time.Second
)

// Transactions is the log as a Publisher writes it.
type Transactions interface {
	Begin() error
	Produce(ctx context.Context, record *kafka.Record)
	Commit(ctx context.Context) error
}

// Config is what a Publisher needs.
type Config struct {
	Log        Transactions
	Topic      string        // where documents go; "": the tweets topic
	Partitions int32         // of it
	Interval   time.Duration // least time between commits while there is no more at hand
	EndKey     string        // key of the progress record that goes with the end of the input
	Clock      daemon.Clock
	Logger     *slog.Logger
	Stats      *stats.Stats
	// Committed, if set, is told after every commit; Delayed when one takes long.
	Committed func()
	Delayed   func(error)
}

// Publisher writes Items. It belongs to one goroutine.
type Publisher struct {
	Config
	next  int32 // partition of the next batch
	limit int   // bytes of a transaction

	open      bool
	began     time.Time
	committed time.Time // end of the last commit
	bytes     int
	items     []*batch.Item
	progress  map[string]*progress.Entry
	dead      []string // classes
	documents int
}

// New returns a Publisher.
func New(c Config) *Publisher {
	if c.Topic == "" {
		c.Topic = kafka.TopicTweets
	}
	return &Publisher{Config: c, next: rand.Int32N(c.Partitions), limit: mostBytes / 4, progress: map[string]*progress.Entry{}}
}

// Run writes what comes until items is closed and all of it is committed. An
// end of ctx makes a commit under way fail.
func (p *Publisher) Run(ctx context.Context, items <-chan *batch.Item) error {
	timer := p.Clock.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		var due <-chan time.Time
		if p.open {
			timer.Reset(p.committed.Add(p.Interval).Sub(p.Clock.Now()))
			due = timer.C()
		}
		select {
		case item, ok := <-items:
			if !ok {
				return p.commit(ctx)
			}
			if err := p.add(ctx, item); err != nil {
				return err
			}
			if p.bytes < p.limit && !item.End && p.Clock.Now().Sub(p.began) < longest {
				continue
			}
		case <-due:
			if len(items) > 0 && p.Clock.Now().Sub(p.began) < longest {
				continue // there is more at hand
			}
		}
		if err := p.commit(ctx); err != nil {
			return err
		}
	}
}

// add writes an Item into the transaction, and begins one if there is none.
func (p *Publisher) add(ctx context.Context, item *batch.Item) error {
	if !p.open {
		if err := p.Log.Begin(); err != nil {
			return err
		}
		p.open, p.began = true, p.Clock.Now()
	}
	if item.Value != nil {
		headers := []kafka.Header{{Key: wire.HeaderBatch, Value: []byte(wire.BatchNDJSON)}}
		if len(item.Origins) > 0 {
			origins, err := item.Origins.Marshal()
			if err != nil {
				return err
			}
			headers = append(headers, kafka.Header{Key: wire.HeaderOrigin, Value: origins})
		}
		p.Log.Produce(ctx, &kafka.Record{Topic: p.Topic, Partition: p.next, Value: item.Value, Headers: headers})
		p.next = (p.next + 1) % p.Partitions
		p.bytes += len(item.Value)
		p.documents += item.Documents
		p.items = append(p.items, item)
	}
	for i := range item.Dead {
		d := &item.Dead[i]
		value, err := d.Marshal()
		if err != nil {
			return err
		}
		p.Log.Produce(ctx, &kafka.Record{Topic: kafka.TopicDeadLetters, Key: []byte(d.Source), Value: value})
		p.bytes += len(value)
		p.dead = append(p.dead, d.Class)
	}
	maps.Copy(p.progress, item.Progress)
	if item.End {
		p.end(ctx)
	}
	return nil
}

// end puts the end of the input on every partition.
func (p *Publisher) end(ctx context.Context) {
	for partition := range p.Partitions {
		p.Log.Produce(ctx, &kafka.Record{
			Topic: p.Topic, Partition: partition, Value: []byte{}, Headers: []kafka.Header{{Key: wire.HeaderEndOfInput}},
		})
	}
	p.progress[p.EndKey] = progress.End(p.EndKey)
}

// commit writes the progress and ends the transaction.
func (p *Publisher) commit(ctx context.Context) error {
	if !p.open {
		return nil
	}
	for _, key := range slices.Sorted(maps.Keys(p.progress)) {
		record := &kafka.Record{Topic: kafka.TopicFiles, Key: []byte(key)}
		if e := p.progress[key]; e != nil {
			value, err := progress.Encode(e)
			if err != nil {
				return err
			}
			record.Value = value
		}
		p.Log.Produce(ctx, record)
	}
	watch := time.AfterFunc(slow, p.delayed)
	err := p.Log.Commit(ctx)
	watch.Stop()
	took := p.Clock.Now().Sub(p.began)
	if err != nil {
		return &CommitError{Err: err, After: took}
	}
	p.settle(took)
	return nil
}

// delayed says that a commit takes long.
func (p *Publisher) delayed() {
	p.Logger.Warn("Kafka is slow or away: nothing more is read until it has taken what was read", "waiting", slow.String())
	if p.Delayed != nil {
		p.Delayed(errSlow)
	}
}

var errSlow = errors.New("a commit is not answered")

// settle does the books after a commit and begins anew.
func (p *Publisher) settle(took time.Duration) {
	switch {
	case took > tooLong:
		p.limit = max(p.limit/2, leastBytes)
	case p.bytes >= p.limit:
		p.limit = min(p.limit*5/4, mostBytes)
	}
	p.Stats.Commits.Add(1)
	p.Stats.Commit.Observe(took.Seconds())
	p.Stats.Documents.Add(int64(p.documents))
	p.Stats.CommittedDocuments.Add(int64(p.documents))
	p.Stats.CommittedDead.Add(int64(len(p.dead)))
	for _, class := range p.dead {
		p.Stats.Dead.With(class).Add(1)
		if stats.OfFile(class) {
			p.Stats.CommittedDeadFiles.Add(1)
		}
	}
	for _, item := range p.items {
		item.Release()
	}
	clear(p.items)
	clear(p.progress)
	p.items, p.dead, p.bytes, p.documents, p.open = p.items[:0], p.dead[:0], 0, 0, false
	p.committed = p.Clock.Now()
	if p.Committed != nil {
		p.Committed()
	}
}

// CommitError says that a transaction could not be committed, and how long it
// had been open: one that was open for longer than Kafka lets transactions be
// may have been ended by Kafka itself.
type CommitError struct {
	Err   error
	After time.Duration
}

// Error returns the cause and the time.
func (e *CommitError) Error() string {
	return fmt.Sprintf("%v (after %s)", e.Err, e.After.Round(time.Millisecond))
}

// Unwrap returns the cause.
func (e *CommitError) Unwrap() error { return e.Err }
