package presentation

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/libs/explain"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/results"
	"github.com/millrace/millrace/libs/submission"
	"github.com/millrace/millrace/libs/wire"
	"github.com/millrace/millrace/services/presentation/internal/api"
	"github.com/millrace/millrace/services/presentation/internal/costs"
	"github.com/millrace/millrace/services/presentation/internal/directory"
	"github.com/millrace/millrace/services/presentation/internal/page"
)

// Conditions of readiness.
const (
	readyRegistry = "presentation-registry"
	readyRedis    = "presentation-redis"
)

// redisEvery is how often Redis is asked for a sign of life.
const redisEvery = 2 * time.Second

// Run serves until ctx ends, and then returns nil. It listens at once; where
// Kafka or Redis cannot be reached it says so, answers what it can, and goes on
// when they are back. It returns an error when trying again cannot help: it
// cannot listen, or a topic is not what it must be.
func Run(ctx context.Context, cfg Config) error {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return err
	}
	listener := cfg.Listener
	if listener == nil {
		if listener, err = new(net.ListenConfig).Listen(ctx, "tcp", cfg.Listen); err != nil {
			return fmt.Errorf("cannot listen on %s (choose another address with --listen): %w", cfg.Listen, err)
		}
	}
	cfg.Ready.Require(readyRegistry, readyRedis)
	producer, err := kafka.NewProducer(cfg.Kafka)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer producer.Close()
	rdb := results.Connect(cfg.Redis)
	defer rdb.Close()

	group, ctx := errgroup.WithContext(ctx)
	dir := directory.Planning(cfg.Catalog, explain.New)
	book := costs.New(cfg.Clock.Now)
	reader := results.NewReader(rdb)
	f := &follower{cfg: cfg, dir: dir, costs: book, results: reader}
	files, err := page.New()
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	handler := api.New(api.Config{
		Directory: dir, Measured: book.Measured, Results: reader, Checker: checker(cfg), Page: files,
		Submit: func(ctx context.Context, subs []api.Submission) ([]int64, error) {
			return submit(ctx, producer, f, subs)
		},
		Ready: f.complete.Load,
		Hosts: cfg.Hosts, AnyHost: len(cfg.Hosts) == 0 && !onLoopback(listener.Addr()),
		MaxStreams: cfg.MaxStreams, Done: ctx.Done(), Log: cfg.Log,
	})
	m := newMeters(handler)
	defer cfg.Registry.Register(m.source(dir))()
	mux := http.NewServeMux()
	daemon.AdminRoutes(mux, cfg.Registry, cfg.Ready)
	mux.Handle("/", m.measure(handler))

	group.Go(func() error { return daemon.ServeListener(ctx, cfg.Log, listener, mux, cfg.Drain) })
	group.Go(func() error { return f.run(ctx) })
	group.Go(func() error { return watchRedis(ctx, cfg, rdb) })
	err = group.Wait()
	if err != nil && errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// checker refuses here what query-parser would refuse later.
func checker(cfg Config) *submission.Checker {
	return &submission.Checker{
		MaxValue: submission.MaxValue(cmp.Or(cfg.Kafka.MaxRecordBytes, kafka.DefaultMaxRecordBytes)),
		Defect: func(sub *wire.Submission, err error) {
			cfg.Log.Error("a query could not be compiled, which is a defect", "sql", sub.SQL, "query", string(sub.Legacy), "error", err)
		},
	}
}

func onLoopback(addr net.Addr) bool {
	tcp, ok := addr.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}

// submit writes submissions once the topics are known to be there.
func submit(ctx context.Context, producer *kafka.Producer, f *follower, subs []api.Submission) ([]int64, error) {
	if !f.ensured.Load() {
		return nil, errors.New("the topics have not been looked at yet")
	}
	records := make([]kafka.Record, len(subs))
	for i, s := range subs {
		records[i] = kafka.Record{Topic: kafka.TopicQueries, Key: []byte(s.ID), Value: s.Value}
	}
	if err := producer.Produce(ctx, records...); err != nil {
		return nil, err
	}
	epochs := make([]int64, len(records))
	for i := range records {
		epochs[i] = records[i].Offset
	}
	return epochs, nil
}
