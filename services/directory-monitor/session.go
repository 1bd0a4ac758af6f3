package monitor

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/services/directory-monitor/internal/batch"
	"github.com/millrace/millrace/services/directory-monitor/internal/feed"
	"github.com/millrace/millrace/services/directory-monitor/internal/folder"
	"github.com/millrace/millrace/services/directory-monitor/internal/progress"
	"github.com/millrace/millrace/services/directory-monitor/internal/publish"
)

// connection is a transactional id that has been taken over, and the progress
// that its former owner had committed.
type connection struct {
	txn        *kafka.Txn
	partitions int32 // of the tweets topic
	table      *progress.Table
	ended      bool // the end of the input has been written
}

// session takes the transactional id over, reads the progress back, and feeds
// until something fails or, with Inputs, all is done.
func (m *monitor) session(ctx context.Context) error {
	formats, err := m.formats()
	if err != nil {
		return &fatalError{err}
	}
	fc := feed.Config{
		Formats: formats,
		Inputs:  m.Inputs, End: m.EndOfInput, Stats: m.stats, Clock: m.Clock, Log: m.Log, MaxLine: m.MaxLine, Settle: m.Settle, Rescan: m.Rescan,
		Builder: batch.NewBuilder(batchTarget, batchMost),
	}
	if m.Watch != "" {
		f, err := m.openFolder(ctx)
		if err != nil {
			return err
		}
		defer f.Close()
		fc.Folder = f
		fc.Scanned = func() { m.Ready.Report(m.condition(conditionFolder), nil) }
	} else if m.Progress != nil {
		fc.Read = m.report
	}
	conn, err := m.connect(ctx)
	if err != nil {
		return err
	}
	defer conn.txn.Close()
	if conn.ended {
		return nil
	}
	fc.Table = conn.table
	if fc.Folder != nil {
		// Only now: events are about what the walk that follows has not seen.
		fc.Watcher = folder.Watch(m.Watch, m.Log)
		defer fc.Watcher.Close()
	}
	return m.feed(ctx, fc, conn)
}

// connect makes the topics, fences the former owner of the name, and only then
// reads what it had committed. It waits while Kafka is away.
func (m *monitor) connect(ctx context.Context) (*connection, error) {
	var conn *connection
	what := "reach Kafka at " + strings.Join(m.Kafka.Brokers, ",")
	err := daemon.RetryClock(ctx, m.Clock, m.Log, what, func(ctx context.Context) error {
		var err error
		conn, err = m.connectOnce(ctx)
		m.Ready.Report(m.condition(conditionKafka), err)
		return err
	})
	return conn, err
}

func (m *monitor) connectOnce(ctx context.Context) (*connection, error) {
	topics, err := kafka.Ensure(ctx, m.Kafka, m.Layout)
	if err != nil {
		var unreachable *kafka.UnreachableError
		if !errors.As(err, &unreachable) && ctx.Err() == nil && !m.outage.Failing() {
			err = daemon.Permanent(&fatalError{err})
		}
		return nil, err
	}
	conn := &connection{partitions: topics.Partitions(m.topic())}
	if m.declared != nil {
		if conn.partitions, err = m.declaredPartitions(ctx); err != nil {
			return nil, err
		}
	}
	if conn.txn, err = kafka.NewTxn(ctx, m.Kafka, m.transactionalID(), 0); err != nil {
		return nil, err
	}
	m.stats.Sessions.Add(1)
	if err := m.load(ctx, conn); err != nil {
		conn.txn.Close()
		return nil, err
	}
	m.Log.Info("progress read", "name", m.Name, "files", conn.table.Len())
	return conn, nil
}

// declaredPartitions returns how many partitions the topic of a declared stream has. It
// must be the one that the stream was declared with: schedulers read no other.
func (m *monitor) declaredPartitions(ctx context.Context) (int32, error) {
	admin, err := kafka.NewAdmin(m.Kafka)
	if err != nil {
		return 0, err
	}
	defer admin.Close()
	topics, err := admin.Topics(ctx, m.declared.Topic)
	if err != nil {
		return 0, err
	}
	if topics.ID(m.declared.Topic) != m.declared.TopicID {
		return 0, fmt.Errorf("topic %s is not the one that stream %s was declared with: it was deleted, or made anew; DROP STREAM %s and CREATE STREAM it again",
			m.declared.Topic, m.declared.Name, m.declared.Name)
	}
	return topics.Partitions(m.declared.Topic), nil
}

// load reads the progress of this monitor's files.
func (m *monitor) load(ctx context.Context, conn *connection) error {
	conn.table = progress.NewTable(m.Name)
	admin, err := kafka.NewAdmin(m.Kafka)
	if err != nil {
		return err
	}
	defer admin.Close()
	return admin.ReadAll(ctx, kafka.TopicFiles, func(r *kafka.Record) error {
		key := string(r.Key)
		switch {
		case r.Control || !strings.HasPrefix(key, m.keyPrefix()):
			return nil
		case key == m.endKey():
			conn.ended = r.Value != nil
			return nil
		case r.Value == nil:
			conn.table.Delete(key)
			return nil
		}
		entry, err := progress.Decode(key, r.Value)
		if err != nil {
			return &fatalError{fmt.Errorf("%s partition %d offset %d: %w", kafka.TopicFiles, r.Partition, r.Offset, err)}
		}
		conn.table.Put(entry)
		return nil
	})
}

// endKey is the key of the record that says that the end of the input is written.
func (m *monitor) endKey() string { return m.keyPrefix() + "end-of-input" }

// feed runs the feed and the publisher side by side. When ctx ends the feed
// stops at once, and what it has handed over is still committed, within grace.
func (m *monitor) feed(ctx context.Context, fc feed.Config, conn *connection) error {
	var log publish.Transactions = conn.txn
	if m.wrap != nil {
		log = m.wrap(log)
	}
	publisher := publish.New(publish.Config{
		Log: log, Topic: m.topic(), Partitions: conn.partitions, Interval: m.Commit, EndKey: m.endKey(), Clock: m.Clock, Logger: m.Log, Stats: m.stats,
		Committed: func() {
			m.outage.Recovered()
			m.Ready.Report(m.condition(conditionKafka), nil)
		},
		Delayed: func(err error) { m.Ready.Report(m.condition(conditionKafka), err) },
	})
	writing, stopWriting := context.WithCancel(context.WithoutCancel(ctx))
	defer stopWriting()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(grace, stopWriting) })()
	reading, stopReading := context.WithCancel(ctx)
	defer stopReading()

	items := make(chan *batch.Item, 2)
	fed := make(chan error, 1)
	go func() {
		defer close(items)
		fed <- feed.New(fc).Run(reading, items)
	}()
	err := publisher.Run(writing, items)
	stopReading()
	feedErr := <-fed
	if err != nil {
		return err
	}
	if feedErr == nil && m.Progress != nil {
		m.report(m.total)
	}
	return feedErr
}

// report tells how far the Inputs are.
func (m *monitor) report(read int64) {
	m.Progress(Progress{
		Read: min(read, m.total), Total: m.total,
		Documents: m.stats.CommittedDocuments.Load(), DeadLetters: m.stats.CommittedDead.Load(),
		DeadFiles: m.stats.CommittedDeadFiles.Load(),
	})
}
