package millrace

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/libs/embedded"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/metrics"
	"github.com/millrace/millrace/libs/results"
	"github.com/millrace/millrace/libs/sql/catalog"
	monitor "github.com/millrace/millrace/services/directory-monitor"
	"github.com/millrace/millrace/services/presentation"
	queryparser "github.com/millrace/millrace/services/query-parser"
	"github.com/millrace/millrace/services/scheduler"
)

// Config says over what a Stack runs.
type Config struct {
	Kafka  kafka.Config   // without brokers: an embedded log
	Redis  results.Server // without an address: an embedded store
	Layout kafka.Layout   // of topics that are missing
	Dir    string         // where the embedded log's temporary folder is made; empty: the system's

	Log   *slog.Logger // nil: nothing is logged
	Clock daemon.Clock // nil: the computer's

	compactBytes int64 // of the embedded log; 0: its default
}

// Stack is a log and a result store, and what runs over them.
type Stack struct {
	Config
	servers *embedded.Servers // nil: neither is embedded
}

// Open starts what is to be embedded.
func Open(cfg Config) (*Stack, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Clock == nil {
		cfg.Clock = daemon.RealClock{}
	}
	s := &Stack{Config: cfg}
	s.Kafka.Reach = kafka.NewReach(cfg.Log)
	o := embedded.Options{Log: len(cfg.Kafka.Brokers) == 0, Redis: cfg.Redis.Addr == "", Dir: cfg.Dir, CompactBytes: cfg.compactBytes}
	if !o.Log && !o.Redis {
		s.Kafka.Redis = s.Redis.Addr
		return s, nil
	}
	servers, err := embedded.Start(o)
	if err != nil {
		return nil, err
	}
	s.servers = servers
	if o.Log {
		s.Kafka.Brokers, s.Kafka.Embedded = servers.Brokers, true
	}
	if o.Redis {
		s.Redis.Addr = servers.RedisAddr
	}
	s.Kafka.Redis = s.Redis.Addr
	return s, nil
}

// Close stops what is embedded, and forgets what it held.
func (s *Stack) Close() {
	if s.servers != nil {
		s.servers.Close()
	}
}

// Embedded says what is embedded, for people: "" if nothing is.
func (s *Stack) Embedded() string {
	switch {
	case s.servers == nil:
		return ""
	case s.servers.RedisAddr == "":
		return "embedded log"
	case len(s.servers.Brokers) == 0:
		return "embedded result store"
	default:
		return "embedded log and result store"
	}
}

// Options say which services run, and how.
type Options struct {
	Catalog   *catalog.Catalog   // what queries may name; nil: the streams that Millrace comes with
	Limits    queryparser.Limits // of queries that name none; zero: without limit, and everything is kept
	Scheduler SchedulerOptions
	Listen    string          // of presentation; "": it does not run
	Listener  net.Listener    // instead of Listen; presentation closes it
	Watch     string          // the folder of posts of directory-monitor; "": none
	Watches   []monitor.Watch // its other folders
	Input     monitor.Input   // how the files of posts are written; zero: as their names say
	MaxLine   int             // bytes of a line; 0: directory-monitor's default

	Ready   *daemon.Readiness // may be nil
	Metrics *metrics.Registry // may be nil
}

// labelScheduler tells the metrics of several schedulers apart.
const labelScheduler = "scheduler"

// SchedulerOptions are the scheduler's part.
type SchedulerOptions struct {
	Count              int // of schedulers, in slots from Slot on; 0: one
	Slot               int
	Bounded            bool
	Catalog            *catalog.Catalog // the streams that are scanned; nil: those that Millrace comes with
	CheckpointInterval time.Duration
	BacklogBytes       int64
}

// Run runs the services until ctx ends, and then returns nil, or until one of
// them cannot go on.
func (s *Stack) Run(ctx context.Context, o Options) error {
	g, ctx := errgroup.WithContext(ctx)
	start := func(name string, run func(ctx context.Context, log *slog.Logger) error) {
		g.Go(func() error {
			err := run(ctx, s.Log.With("service", name))
			if err == nil || ctx.Err() != nil && errors.Is(err, context.Canceled) {
				return nil
			}
			return fmt.Errorf("%s: %w", name, err)
		})
	}
	start("query-parser", func(ctx context.Context, log *slog.Logger) error {
		return queryparser.Run(ctx, queryparser.Config{
			Kafka: s.kafka("query-parser", log), Layout: s.Layout, Limits: o.Limits, Catalog: o.Catalog, Log: log, Clock: s.Clock, Ready: o.Ready,
		})
	})
	for i := range max(1, o.Scheduler.Count) {
		name, slot, registry := "scheduler", o.Scheduler.Slot, o.Metrics
		if o.Scheduler.Count > 1 {
			name = fmt.Sprintf("scheduler %d", i)
			registry = registry.With(labelScheduler, strconv.Itoa(i))
			if slot != scheduler.AutoSlot {
				slot += i
			}
		}
		start(name, func(ctx context.Context, log *slog.Logger) error {
			return s.keep(ctx, log, "the scheduler", func(ctx context.Context) error {
				return scheduler.Run(ctx, scheduler.Config{
					Kafka: s.kafka("scheduler", log), Layout: s.Layout, Redis: s.Redis, Catalog: o.Scheduler.Catalog,
					Slot: slot, Bounded: o.Scheduler.Bounded,
					CheckpointInterval: o.Scheduler.CheckpointInterval, BacklogBytes: o.Scheduler.BacklogBytes,
					Log: log, Clock: s.Clock, Ready: o.Ready, Metrics: registry,
				})
			})
		})
	}
	if o.Listen != "" || o.Listener != nil {
		start("presentation", func(ctx context.Context, log *slog.Logger) error {
			return presentation.Run(ctx, presentation.Config{
				Kafka: s.kafka("presentation", log), Layout: s.Layout, Redis: s.Redis, Listen: o.Listen, Listener: o.Listener,
				Log: log, Clock: s.Clock, Ready: o.Ready, Registry: o.Metrics,
			})
		})
	}
	if watches := o.watches(); len(watches) > 0 {
		start("directory-monitor", func(ctx context.Context, log *slog.Logger) error {
			return s.keep(ctx, log, "directory-monitor", func(ctx context.Context) error {
				return monitor.RunAll(ctx, monitor.Config{
					InputFormat: o.Input.Format, Columns: o.Input.Columns, MaxLine: o.MaxLine,
					Kafka: s.kafka("directory-monitor", log), Layout: s.Layout,
					Log: log, Clock: s.Clock, Metrics: o.Metrics, Ready: o.Ready,
				}, watches)
			})
		})
	}
	return g.Wait()
}

// watches are the folders of directory-monitor; none: it does not run.
func (o *Options) watches() []monitor.Watch {
	if o.Watch == "" {
		return o.Watches
	}
	return append([]monitor.Watch{{Folder: o.Watch}}, o.Watches...)
}

// fencedPause is how long a fenced service stays away: long enough for another
// in its place to get something done.
const fencedPause = 5 * time.Second

// keep runs a service and starts it again when its place was taken from it or it has
// left it to others, as a supervisor of processes would: the computer may have been
// asleep.
func (s *Stack) keep(ctx context.Context, log *slog.Logger, what string, run func(ctx context.Context) error) error {
	for {
		err := run(ctx)
		if !errors.Is(err, kafka.ErrFenced) && !errors.Is(err, scheduler.ErrAlone) {
			return err
		}
		log.Warn(what+" is started again", "after", fencedPause, "error", err)
		if err := s.Clock.Sleep(ctx, fencedPause); err != nil {
			return nil
		}
	}
}

// kafka returns the settings as a service's client has them.
func (s *Stack) kafka(clientID string, log *slog.Logger) kafka.Config {
	cfg := s.Kafka
	cfg.ClientID, cfg.Logger = "millrace-"+clientID, log
	return cfg
}
