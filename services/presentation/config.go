package presentation

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/metrics"
	"github.com/millrace/millrace/libs/results"
	"github.com/millrace/millrace/libs/sql/catalog"
)

// DefaultPort is where the service listens, on loopback.
const DefaultPort = 8080

// DefaultMaxStreams bounds the event streams of one instance.
const DefaultMaxStreams = 1000

// Config is what [Run] needs.
type Config struct {
	Kafka   kafka.Config
	Layout  kafka.Layout // of topics that are missing
	Redis   results.Server
	Catalog *catalog.Catalog // nil: the streams that Millrace comes with

	Listen   string       // host:port
	Listener net.Listener // instead of Listen; Run closes it
	// Hosts are names under which the service may be called besides localhost and
	// addresses. None: no other on loopback, and all elsewhere.
	Hosts      []string
	MaxStreams int           // event streams at once; 0: DefaultMaxStreams
	Drain      time.Duration // for requests in hand when ctx ends; 0: 10 s

	Log      *slog.Logger      // nil: nothing is logged
	Clock    daemon.Clock      // nil: the computer's
	Ready    *daemon.Readiness // nil: one of the service's own
	Registry *metrics.Registry // nil: one of the service's own
}

func (c Config) withDefaults() (Config, error) {
	if err := c.Kafka.Validate(); err != nil {
		return c, err
	}
	if c.Redis.Addr == "" {
		return c, errors.New("no Redis given: set --redis to host:port")
	}
	if c.Listen == "" && c.Listener == nil {
		return c, errors.New("nowhere to listen: set --listen to host:port")
	}
	if c.MaxStreams < 0 {
		return c, fmt.Errorf("--max-streams is %d: expected a number from 1 on", c.MaxStreams)
	}
	if c.MaxStreams == 0 {
		c.MaxStreams = DefaultMaxStreams
	}
	if c.Drain == 0 {
		c.Drain = 10 * time.Second
	}
	if c.Catalog == nil {
		var err error
		if c.Catalog, err = catalog.Default(); err != nil {
			return c, err
		}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Clock == nil {
		c.Clock = daemon.RealClock{}
	}
	if c.Ready == nil {
		c.Ready = daemon.NewReadiness()
	}
	if c.Registry == nil {
		c.Registry = daemon.NewRegistry()
	}
	return c, nil
}

// Settings are the service's own flags.
type Settings struct {
	Kafka      daemon.KafkaSettings
	Topics     daemon.TopicSettings
	Redis      daemon.RedisSettings
	Hosts      []string
	MaxStreams int
}

// Flags registers the settings.
func (s *Settings) Flags(f *daemon.Flags) {
	f.Kafka(&s.Kafka)
	f.Topics(&s.Topics)
	f.Redis(&s.Redis)
	f.List(&s.Hosts, "allow-host", nil, "`NAMES`, comma separated, under which the service may be called besides localhost and addresses; none: no other on loopback, all elsewhere")
	f.Int(&s.MaxStreams, "max-streams", DefaultMaxStreams, 1, 1_000_000, "how many event streams may be open at once")
}

// Config returns the settings as those of a process.
func (s *Settings) Config(p *daemon.Process) (Config, error) {
	k := s.Kafka.Config(p.Name, p.Log)
	k.MaxRecordBytes, k.Redis = s.Topics.MaxRecordBytes(), s.Redis.Address
	tls, err := s.Redis.TLS.Config()
	if err != nil {
		return Config{}, fmt.Errorf("TLS settings of Redis: %w", err)
	}
	return Config{
		Kafka: k, Layout: s.Topics.Layout(),
		Redis:  results.Server{Addr: s.Redis.Address, Username: s.Redis.User, Password: s.Redis.Password, DB: s.Redis.DB, TLS: tls},
		Listen: p.Listen, Hosts: s.Hosts, MaxStreams: s.MaxStreams, Drain: p.Drain,
		Log: p.Log, Clock: p.Clock, Ready: p.Ready, Registry: p.Registry,
	}, nil
}
