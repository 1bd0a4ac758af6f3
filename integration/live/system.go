package live

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/millrace/millrace/integration/pipeline"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/results"
	monitor "github.com/millrace/millrace/services/directory-monitor"
	"github.com/millrace/millrace/services/millrace"
	queryparser "github.com/millrace/millrace/services/query-parser"
	"github.com/millrace/millrace/services/scheduler"
)

// Service is one that a System can start.
type Service string

// The services of a System.
const (
	QueryParser      Service = "query-parser"
	Scheduler        Service = "scheduler"
	DirectoryMonitor Service = "directory-monitor"
)

// Options describe a System.
type Options struct {
	Partitions         int32 // of tweets
	ExchangePartitions int32
	CheckpointInterval time.Duration // of the scheduler; 0: its default
	Dir                string        // for the embedded log
	Watch              string        // the folder of directory-monitor
	Log                *slog.Logger  // nil: nothing is logged
}

// System is a log, a result store and services over them. Services are started and
// stopped by one goroutine at a time.
type System struct {
	Kafka  kafka.Config
	Topics *kafka.Topics
	Redis  redis.UniversalClient

	options Options
	stack   *millrace.Stack
	running map[Service]*running
	ctx     context.Context
	fail    context.CancelCauseFunc
}

type running struct {
	stop context.CancelFunc
	done chan struct{}
}

// Open clears the servers that the environment names, or starts embedded ones,
// and makes the topics. No service runs yet.
func Open(ctx context.Context, o Options) (*System, error) {
	if err := pipeline.Clear(ctx); err != nil {
		return nil, fmt.Errorf("clear the servers: %w", err)
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	cfg, _ := pipeline.Servers()
	cfg.Layout = kafka.Layout{Partitions: o.Partitions, ExchangePartitions: o.ExchangePartitions}
	cfg.Dir, cfg.Log = o.Dir, o.Log
	stack, err := millrace.Open(cfg)
	if err != nil {
		return nil, err
	}
	s := &System{Kafka: stack.Kafka, options: o, stack: stack, running: map[Service]*running{}}
	s.Kafka.Logger = o.Log
	if s.Topics, err = kafka.Ensure(ctx, s.Kafka, stack.Layout); err != nil {
		stack.Close()
		return nil, err
	}
	s.Redis = results.Connect(stack.Redis)
	s.ctx, s.fail = context.WithCancelCause(ctx)
	return s, nil
}

// Context ends when a service ends that was not stopped; its cause says why.
func (s *System) Context() context.Context { return s.ctx }

// Start starts services.
func (s *System) Start(services ...Service) {
	for _, name := range services {
		ctx, stop := context.WithCancel(s.ctx)
		r := &running{stop: stop, done: make(chan struct{})}
		s.running[name] = r
		go func() {
			defer close(r.done)
			err := s.run(ctx, name)
			switch {
			case ctx.Err() != nil && errors.Is(err, ctx.Err()):
				err = nil
			case ctx.Err() == nil && err == nil:
				err = errors.New("it ended by itself")
			}
			if err != nil {
				s.fail(fmt.Errorf("%s: %w", name, err))
			}
		}()
	}
}

// Stop stops services, and waits until they are gone.
func (s *System) Stop(services ...Service) {
	for _, name := range services {
		if r := s.running[name]; r != nil {
			r.stop()
			<-r.done
			delete(s.running, name)
		}
	}
}

// Restart stops a service and starts it again.
func (s *System) Restart(name Service) {
	s.Stop(name)
	s.Start(name)
}

// Close stops everything.
func (s *System) Close() error {
	s.Stop(DirectoryMonitor, Scheduler, QueryParser)
	s.fail(nil)
	err := s.Redis.Close()
	s.stack.Close()
	return err
}

func (s *System) run(ctx context.Context, name Service) error {
	log := s.options.Log.With("service", string(name))
	cfg := s.Kafka
	cfg.ClientID, cfg.Logger = "millrace-"+string(name), log
	switch name {
	case QueryParser:
		return queryparser.Run(ctx, queryparser.Config{Kafka: cfg, Layout: s.stack.Layout, Log: log})
	case Scheduler:
		return scheduler.Run(ctx, scheduler.Config{
			Kafka: cfg, Layout: s.stack.Layout, Redis: s.stack.Redis, Log: log,
			CheckpointInterval: s.options.CheckpointInterval,
		})
	case DirectoryMonitor:
		return monitor.Run(ctx, monitor.Config{
			Kafka: cfg, Layout: s.stack.Layout, Watch: s.options.Watch, Log: log,
			Settle: 300 * time.Millisecond, Rescan: 200 * time.Millisecond,
		})
	default:
		return fmt.Errorf("there is no service %q", name)
	}
}

// poll calls done every few milliseconds until it says true, fails, or the
// system or ctx ends.
func (s *System) poll(ctx context.Context, what string, done func() (bool, error)) error {
	for {
		ok, err := done()
		if ok || err != nil {
			return err
		}
		select {
		case <-s.ctx.Done():
			return fmt.Errorf("%s: %w", what, context.Cause(s.ctx))
		case <-ctx.Done():
			return fmt.Errorf("%s: %w", what, ctx.Err())
		case <-time.After(10 * time.Millisecond):
		}
	}
}
