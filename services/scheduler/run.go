package scheduler

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/errgroup"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/libs/exec/merge"
	"github.com/millrace/millrace/libs/exec/scan"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/results"
	"github.com/millrace/millrace/services/scheduler/internal/history"
	"github.com/millrace/millrace/services/scheduler/internal/mergelog"
	"github.com/millrace/millrace/services/scheduler/internal/notify"
	"github.com/millrace/millrace/services/scheduler/internal/registry"
	"github.com/millrace/millrace/services/scheduler/internal/resultstore"
)

// spokenOf are the topics whose ids seals, checkpoints and Redis remember.
func (c *Config) spokenOf() []string {
	names := []string{kafka.TopicQueries, kafka.TopicRegistry, kafka.TopicExchange, kafka.TopicCheckpoints}
	for _, s := range c.Catalog.Streams() {
		names = append(names, s.Topic)
	}
	return names
}

// service is a running scheduler.
type service struct {
	Config          // Slot is the one that is held now
	owner    string // names this run of this process
	program  func() string
	topics   *kafka.Topics
	topology merge.Topology
	rdb      redis.UniversalClient
	registry *registry.Reader
	history  *history.Keeper
	producer *kafka.Producer
	admin    *kafka.Admin

	scans   *scans
	samples *scan.Mailbox
	merged  *merge.Metrics
	answers *resultstore.Answers // of Redis to merge's writes
}

// Run answers queries until ctx ends, and then returns nil. Kafka or Redis that
// cannot be reached are waited for. It returns an error where going on could
// lose or repeat posts, or trying again cannot help, [ErrFenced] where the slot is
// another's now, and [ErrAlone] where others reach Redis and this one does not.
func Run(ctx context.Context, cfg Config) error {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return err
	}
	cfg.Kafka.Redis = cfg.Redis.Addr
	err = run(ctx, cfg)
	if err != nil && strings.Contains(err.Error(), plainReset) {
		return &resetError{err: err, command: cfg.Kafka.ResetCommand(false)}
	}
	return err
}

// plainReset is how messages name the command that clears derived state where
// nobody knows the servers' addresses.
const plainReset = "`millrace reset`"

// resetError names the whole command.
type resetError struct {
	err     error
	command string
}

func (e *resetError) Error() string {
	return strings.ReplaceAll(e.err.Error(), plainReset, "`"+e.command+"`")
}

func (e *resetError) Unwrap() error { return e.err }

func run(ctx context.Context, cfg Config) error {
	s := &service{Config: cfg, owner: newOwner(), program: sync.OnceValue(programOf(cfg.Catalog)), scans: newScans(scansOf(cfg.Catalog)), samples: new(scan.Mailbox), merged: &merge.Metrics{}, answers: &resultstore.Answers{Now: cfg.Clock.Now}}
	s.Ready.Require("kafka", "redis", "registry", "merge")
	always := s.scans.list()
	for _, sc := range always {
		s.Ready.Require(sc.name())
	}
	if err := s.open(ctx); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	defer s.close()
	defer s.Metrics.Register(newCollector(s).collect)()
	for _, sc := range always {
		s.Ready.Note(sc.name(), func() string { return sc.note(s.BacklogBytes) })
		defer s.Ready.Note(sc.name(), nil)
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return s.registry.Run(ctx) })
	g.Go(func() error { return s.runInSlots(ctx) })
	g.Go(func() error { return s.history.Run(ctx) })
	g.Go(func() error { return s.watchServers(ctx) })
	g.Go(func() error { return s.watchAlone(ctx) })
	return g.Wait()
}

// open reaches Kafka and Redis and checks that they fit each other.
func (s *service) open(ctx context.Context) error {
	err := daemon.Retry(ctx, s.Log, "reach Kafka", func(ctx context.Context) error {
		topics, err := kafka.Ensure(ctx, s.Kafka, s.Layout)
		var unreachable *kafka.UnreachableError
		s.Ready.Report("kafka", err)
		if err != nil && !errors.As(err, &unreachable) {
			return daemon.Permanent(err)
		}
		s.topics = topics
		return err
	})
	if err != nil {
		return err
	}
	s.topology = merge.Topology{
		Partitions: s.topics.Partitions(kafka.TopicExchange),
		Streams:    map[string]merge.Stream{},
		Topics:     map[string]string{},
		Bounded:    s.Bounded,
	}
	for _, name := range s.spokenOf() {
		s.topology.Topics[name] = s.topics.ID(name)
	}
	for _, st := range s.Catalog.Streams() {
		s.topology.Streams[st.Name] = merge.Stream{
			Topic: st.Topic, Partitions: s.topics.Partitions(st.Topic), Lateness: st.Lateness,
		}
	}
	s.rdb = results.Connect(s.Redis)
	err = daemon.Retry(ctx, s.Log, "reach Redis at "+s.Redis.Addr, func(ctx context.Context) error {
		err := s.checkRedis(ctx)
		s.Ready.Report("redis", err)
		return err
	})
	if err != nil {
		return errors.Join(err, s.rdb.Close())
	}
	if s.producer, err = kafka.NewProducer(s.Kafka); err != nil {
		return errors.Join(err, s.rdb.Close())
	}
	if s.admin, err = kafka.NewAdmin(s.Kafka); err != nil {
		s.producer.Close()
		return errors.Join(err, s.rdb.Close())
	}
	s.registry = registry.New(s.Kafka, s.Catalog, s.Log)
	s.registry.Whole = func() { s.Ready.Report("registry", nil) }
	s.history = history.New(s.rdb, s.topology.Partitions, s.registry.Snapshot, s.Log)
	return nil
}

// checkRedis refuses a Redis that would lose results, or that holds those of
// other topics. Over the embedded log, whose topics are new at every start, old
// results are cleared.
func (s *service) checkRedis(ctx context.Context) error {
	err := results.CheckServer(ctx, s.rdb)
	if errors.Is(err, results.ErrUnsuitable) {
		return daemon.Permanent(err)
	}
	if err != nil {
		return err
	}
	known, err := results.NewReader(s.rdb).Topics(ctx)
	if err != nil {
		return err
	}
	for name, id := range known {
		now, ok := s.topology.Topics[name]
		if !ok || now == id {
			continue
		}
		if !s.Kafka.Embedded {
			return daemon.Permanent(fmt.Errorf("redis holds results made from topic %s with id %s, and today's has id %s: run `millrace reset` to clear the results and adopt the new topics", name, id, now))
		}
		n, err := results.Reset(ctx, s.rdb)
		if err != nil {
			return err
		}
		s.Log.Warn("cleared the results of an earlier embedded log", "keys", n)
		return nil
	}
	return nil
}

func (s *service) close() {
	s.admin.Close()
	s.producer.Close()
	if err := s.rdb.Close(); err != nil && !errors.Is(err, redis.ErrClosed) {
		s.Log.Warn("close the connection to Redis", "error", err)
	}
}

func (s *service) runMerge(ctx context.Context) error {
	store := resultstore.New(s.rdb, s.topology.Partitions, s.topology.Topics)
	store.Answers, store.Changed = s.answers, s.history.Changed
	log, err := mergelog.Open(ctx, s.Kafka, s.Slot, s.Log)
	if err != nil {
		return err
	}
	defer log.Close()
	return merge.NewStage(merge.Config{
		Topology:           s.topology,
		Log:                log,
		Store:              store,
		Registry:           s.registry,
		Notifier:           notify.New(s.producer, s.Clock.Now),
		Owner:              fmt.Sprintf("slot %d, %s", s.Slot, s.owner),
		Program:            s.program(),
		Logger:             s.Log,
		Now:                s.Clock.Now,
		Metrics:            s.merged,
		CheckpointInterval: s.CheckpointInterval,
		Holds:              s.begun("merge", log),
	}).Run(ctx)
}
