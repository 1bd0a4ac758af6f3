package scheduler

import (
	"context"
	"fmt"
	"maps"
	"sync/atomic"

	"github.com/millrace/millrace/libs/exec/scan"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/services/scheduler/internal/costs"
	"github.com/millrace/millrace/services/scheduler/internal/registry"
	"github.com/millrace/millrace/services/scheduler/internal/scanlog"
)

// scanning is the scan of one stream: a stage with a consumer group and transactions of
// its own, so that streams do not wait for each other.
type scanning struct {
	stream  *catalog.Stream
	since   int64 // see [scan.Stream.Since]
	source  scanlog.Source
	sizes   scanlog.Sizes
	metrics *scan.Metrics
	trouble atomic.Pointer[trouble] // why it does not run; nil: it does
}

// scansOf returns the scans of the streams that there always are.
func scansOf(c *catalog.Catalog) []*scanning {
	var all []*scanning
	for _, st := range c.Streams() {
		all = append(all, &scanning{stream: st, source: scanlog.Source{Stream: st.Name, Topic: st.Topic}, metrics: &scan.Metrics{}})
	}
	return all
}

// declaredScan returns the scan of a stream that was declared while services run.
func declaredScan(st *registry.Stream) *scanning {
	return &scanning{
		stream: st.Def, since: st.Since(), metrics: &scan.Metrics{},
		source: scanlog.Source{Stream: st.Name, Topic: st.Topic, Declared: &scanlog.Declared{
			Epoch: st.Epoch, Position: st.Position, TopicID: st.TopicID, From: st.From,
		}},
	}
}

// name is what the stage is called.
func (sc *scanning) name() string {
	if sc.stream.Declared {
		return "scan of " + sc.stream.Name
	}
	return "scan"
}

func (s *service) runScan(ctx context.Context, sc *scanning) error {
	log, err := scanlog.Open(ctx, s.Kafka, s.topics, sc.source, s.Slot, &sc.sizes)
	if err != nil {
		return err
	}
	defer log.Close()
	admin, err := kafka.NewAdmin(s.Kafka)
	if err != nil {
		return err
	}
	defer admin.Close()
	cfg := scan.Config{
		Log:          log,
		Programs:     &programs{s.registry, admin},
		Clock:        s.Clock,
		Stream:       sc.stream.Name,
		Since:        sc.since,
		Topic:        sc.stream.Topic,
		Topics:       s.topology.Topics,
		Exchange:     int(s.topology.Partitions),
		Slot:         int32(s.Slot),
		BacklogLimit: s.BacklogBytes,
		Logger:       s.Log,
		Metrics:      sc.metrics,
		Samples:      s.samples,
	}
	if d := sc.source.Declared; d != nil {
		cfg.Topics = maps.Clone(cfg.Topics)
		cfg.Topics[sc.stream.Topic] = d.TopicID
	} else {
		cfg.Holds = s.begun(sc.name(), log)
	}
	stage, err := scan.NewStage(cfg)
	if err != nil {
		return err
	}
	return stage.Run(ctx)
}

// note says that scanning is paused, or does not run. That is no reason to take the
// scheduler for not ready: merge, which is behind, runs in it, and a restart would make
// it later still.
func (sc *scanning) note(limit int64) string {
	if now := sc.trouble.Load(); now != nil {
		return now.why
	}
	if !sc.metrics.Paused.Load() {
		return ""
	}
	return fmt.Sprintf("scanning is paused: the exchange holds about %d bytes that merge has not checkpointed, over the %d of --backlog-bytes; it goes on at three quarters of that",
		sc.metrics.Backlog.Load(), limit)
}

// programs is scan.Programs over the registry reader.
type programs struct {
	reader *registry.Reader
	admin  *kafka.Admin
}

// Current implements [scan.Programs].
func (p *programs) Current() (*scan.Program, int64) {
	snapshot := p.reader.Current()
	return snapshot.Program, snapshot.Position - 1
}

// End implements [scan.Programs].
func (p *programs) End(ctx context.Context) (int64, error) {
	ends, err := p.admin.Ends(ctx, kafka.TopicRegistry)
	return ends[0], err
}

// Wait implements [scan.Programs].
func (p *programs) Wait(ctx context.Context, end int64) error { return p.reader.Wait(ctx, end) }

// publisher tells what scanning costs, from the slot that is held now.
func (s *service) publisher() *costs.Publisher {
	return &costs.Publisher{
		Slot: int32(s.Slot), Box: s.samples, Read: s.readCosts, Write: s.producer.Produce, Clock: s.Clock, Log: s.Log,
		Program: func() *scan.Program { return s.registry.Current().Program },
		Every:   s.CostInterval,
	}
}

// readCosts hands over what millrace.costs holds now.
func (s *service) readCosts(ctx context.Context, each func(*kafka.Record) error) error {
	return s.admin.ReadAll(ctx, kafka.TopicCosts, each)
}
