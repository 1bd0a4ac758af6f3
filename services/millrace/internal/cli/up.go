package cli

import (
	"context"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/results"
	monitor "github.com/millrace/millrace/services/directory-monitor"
	"github.com/millrace/millrace/services/millrace"
	"github.com/millrace/millrace/services/presentation"
	queryparser "github.com/millrace/millrace/services/query-parser"
	"github.com/millrace/millrace/services/scheduler"
)

// servers are the flags that say where the log and the result store are; without
// them both are embedded.
type servers struct {
	kafka  daemon.KafkaSettings
	redis  daemon.RedisSettings
	topics daemon.TopicSettings
}

func (s *servers) flags(f *daemon.Flags) {
	s.kafka.Optional, s.redis.Optional = true, true
	f.Kafka(&s.kafka)
	f.Redis(&s.redis)
	f.Topics(&s.topics)
	for _, name := range []string{"brokers", "redis"} {
		flag := f.Set().Lookup(name)
		flag.DefValue = ""
		flag.Usage += "; none: embedded in this process"
		_ = flag.Value.Set("")
		flag.Changed = false
	}
}

func (s *servers) config() (millrace.Config, error) {
	tls, err := s.redis.TLS.Config()
	if err != nil {
		return millrace.Config{}, err
	}
	cfg := millrace.Config{
		Kafka:  s.kafka.Config("millrace", nil),
		Layout: s.topics.Layout(),
		Redis:  results.Server{Addr: s.redis.Address, Username: s.redis.User, Password: s.redis.Password, DB: s.redis.DB, TLS: tls},
	}
	cfg.Kafka.MaxRecordBytes = s.topics.MaxRecordBytes()
	return cfg, nil
}

func upCommand() *cobra.Command {
	var (
		where  servers
		listen string
		watch  []monitor.Watch
		input  monitor.Input
		limits queryparser.Limits
		slot   string

		checkpoint time.Duration
		backlog    int64
	)
	cmd := &cobra.Command{
		Use:   "up",
		Short: "Run all services in one process",
		Long: "Runs query-parser, scheduler and presentation, and directory-monitor with --watch, in one process.\n" +
			"Without --brokers and --redis the log and the result store are embedded: for trying out, and gone at the end.",
		Example: "  millrace up --watch inbox\n" +
			"  millrace up --brokers kafka:9092 --redis redis:6379 --watch /data/in --watch logs=/var/log/app",
		Args: noArguments,
	}
	f := daemon.WrapFlags(cmd.Flags())
	where.flags(f)
	f.Listen(&listen, presentation.DefaultPort, "`ADDRESS` of the HTTP API, /healthz, /readyz and /metrics, host:port")
	monitor.WatchFlag(f, &watch, "; none: nothing is read")
	input.Flags(f)
	limits.Flags(f, queryparser.DefaultLimits())
	scheduler.SlotFlag(f, &slot)
	scheduler.PaceFlags(f, &checkpoint, &backlog)
	logger := logging(f)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := f.Resolve(os.LookupEnv); err != nil {
			return err
		}
		if listen == "" {
			return daemon.Usagef("--listen is empty: give an address, as in --listen 127.0.0.1:%d", presentation.DefaultPort)
		}
		place, err := scheduler.ParseSlot(slot)
		if err != nil {
			return err
		}
		cfg, err := where.config()
		if err != nil {
			return err
		}
		cfg.Log = logger(cmd.ErrOrStderr())
		results.LogClient(cfg.Log)
		stack, err := millrace.Open(cfg)
		if err != nil {
			return err
		}
		defer stack.Close()
		out := cmd.ErrOrStderr()
		if what := stack.Embedded(); what != "" {
			fmt.Fprintf(out, "%s: for trying out, gone when this ends\n", what)
		}
		fmt.Fprintf(out, "brokers %s, redis %s, HTTP on http://%s\n", join(stack.Kafka), stack.Redis.Addr, listen)
		ready := daemon.NewReadiness()
		g, ctx := errgroup.WithContext(cmd.Context())
		g.Go(func() error {
			return stack.Run(ctx, millrace.Options{
				Limits: limits, Listen: listen, Watches: watch, Input: input, MaxLine: int(where.topics.MaxLine),
				Scheduler: millrace.SchedulerOptions{
					Slot: place, CheckpointInterval: checkpoint, BacklogBytes: backlog,
				},
				Ready: ready, Metrics: daemon.NewRegistry(),
			})
		})
		g.Go(func() error {
			if waitReady(ctx, ready) {
				fmt.Fprintln(out, "ready")
				fmt.Fprintln(out, tryNext(listen))
			}
			return nil
		})
		return g.Wait()
	}
	return cmd
}

// tryNext is the command to type once all is ready.
func tryNext(listen string) string {
	text := "in another terminal, try: millrace query submit --id langs --wait live"
	host, port, err := net.SplitHostPort(listen)
	if err == nil {
		if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
			host = "127.0.0.1"
		}
		if at := net.JoinHostPort(host, port); at != fmt.Sprintf("127.0.0.1:%d", presentation.DefaultPort) {
			text += " --server http://" + at
		}
	}
	return text + ` "SELECT lang, count(*) AS posts FROM tweets GROUP BY lang"`
}

func join(k kafka.Config) string {
	out := ""
	for i, b := range k.Brokers {
		if i > 0 {
			out += ","
		}
		out += b
	}
	return out
}

// waitReady waits until every condition holds.
func waitReady(ctx context.Context, ready *daemon.Readiness) bool {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		if conditions, ok := ready.Conditions(); ok && len(conditions) > 0 {
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case <-tick.C:
		}
	}
}
