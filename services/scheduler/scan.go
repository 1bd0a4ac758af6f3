package scheduler

import (
	"context"
	"fmt"

	"github.com/millrace/millrace/libs/exec/scan"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/services/scheduler/internal/costs"
	"github.com/millrace/millrace/services/scheduler/internal/registry"
	"github.com/millrace/millrace/services/scheduler/internal/scanlog"
)

// stream is the stream whose posts this version scans.
const stream = "tweets"

func (s *service) runScan(ctx context.Context) error {
	log, err := scanlog.Open(ctx, s.Kafka, s.topics, s.Slot, &s.sizes)
	if err != nil {
		return err
	}
	defer log.Close()
	admin, err := kafka.NewAdmin(s.Kafka)
	if err != nil {
		return err
	}
	defer admin.Close()
	stage, err := scan.NewStage(scan.Config{
		Log:          log,
		Programs:     &programs{s.registry, admin},
		Clock:        s.Clock,
		Stream:       stream,
		Topic:        kafka.TopicTweets,
		Topics:       s.topology.Topics,
		Exchange:     int(s.topology.Partitions),
		Slot:         int32(s.Slot),
		BacklogLimit: s.BacklogBytes,
		Logger:       s.Log,
		Metrics:      s.scanned,
		Samples:      s.samples,
		Holds:        s.begun("scan", log),
	})
	if err != nil {
		return err
	}
	return stage.Run(ctx)
}

// scanNote says that scanning is paused. That is no reason to take the scheduler
// for not ready: merge, which is behind, runs in it, and a restart would make it
// later still.
func (s *service) scanNote() string {
	if !s.scanned.Paused.Load() {
		return ""
	}
	return fmt.Sprintf("scanning is paused: the exchange holds about %d bytes that merge has not checkpointed, over the %d of --backlog-bytes; it goes on at three quarters of that",
		s.scanned.Backlog.Load(), s.BacklogBytes)
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
