package monitor

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/libs/declared"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/wire"
)

// declaration is a stream as the registry has it.
type declaration struct {
	record *wire.Stream
	stream *catalog.Stream
}

// declarations follow the registry, and tell monitors what becomes of their streams.
type declarations struct {
	cfg  Config
	subs []*subscriber
}

// subscriber is told of one stream. Of what it has not taken yet only the last counts.
type subscriber struct {
	name    string
	changes chan *declaration // nil: there is no such stream
	told    int64             // epoch; -1: that there is none; -2: nothing yet
}

func newDeclarations(c Config) *declarations { return &declarations{cfg: c} }

func (d *declarations) any() bool { return len(d.subs) > 0 }

func (d *declarations) subscribe(name string) <-chan *declaration {
	s := &subscriber{name: name, changes: make(chan *declaration, 1), told: -2}
	d.subs = append(d.subs, s)
	return s.changes
}

// run follows the registry until ctx ends, whose error it returns, or it holds what cannot
// be.
func (d *declarations) run(ctx context.Context) error {
	c := d.cfg
	if err := c.normalizeServices(); err != nil {
		return err
	}
	d.cfg = c
	return daemon.RetryClock(ctx, c.Clock, c.Log, "follow the registry in kafka", d.follow)
}

func (d *declarations) follow(ctx context.Context) error {
	builtIn, err := catalog.Default()
	if err != nil {
		return daemon.Permanent(err)
	}
	if _, err := kafka.Ensure(ctx, d.cfg.Kafka, d.cfg.Layout); err != nil {
		var away *kafka.UnreachableError
		if errors.As(err, &away) || ctx.Err() != nil {
			return err
		}
		return daemon.Permanent(&fatalError{err})
	}
	admin, err := kafka.NewAdmin(d.cfg.Kafka)
	if err != nil {
		return daemon.Permanent(err)
	}
	defer admin.Close()
	now := declared.New(builtIn)
	read := func(rec *kafka.Record) error { return read(now, rec, d.cfg.Log) }
	return admin.Follow(ctx, kafka.TopicRegistry, read, func() { d.tell(now) })
}

// read takes a record of the registry.
func read(now *declared.Catalog, rec *kafka.Record, log *slog.Logger) error {
	if rec.Control {
		return nil
	}
	epoch, _ := rec.Header(wire.HeaderEpoch)
	change, err := now.Read(rec.Key, rec.Value, epoch)
	if err != nil {
		return daemon.Permanent(&fatalError{fmt.Errorf("%s offset %d: %w", rec.Topic, rec.Offset, err)})
	}
	if change.LeftOut != nil {
		log.Warn("what was declared is left out", "offset", rec.Offset, "error", change.LeftOut)
	}
	return nil
}

// tell tells subscribers what has changed for them.
func (d *declarations) tell(now *declared.Catalog) {
	for _, s := range d.subs {
		var next *declaration
		epoch := int64(-1)
		if record := now.Stream(s.name); record != nil {
			stream, _ := now.Catalog().Stream(s.name)
			next, epoch = &declaration{record: record, stream: stream}, record.Epoch
		}
		if epoch == s.told {
			continue
		}
		s.told = epoch
		select {
		case <-s.changes:
		default:
		}
		s.changes <- next
	}
}
