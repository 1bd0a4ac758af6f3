package stand

import (
	"context"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/results"
)

// Ways in which batches are compressed in the tweets topic.
const (
	LZ4  = "lz4"
	None = "none"
)

// Servers are Kafka and Redis, and the topics that are made.
type Servers struct {
	Kafka    daemon.KafkaSettings
	Redis    daemon.RedisSettings
	Topics   daemon.TopicSettings
	Embedded bool // the log of package embedded: for tests
}

// Options say where the benchmark of a name stands.
type Options struct {
	Name    string // of the command, for messages
	Servers Servers
	Reset   bool                             // delete what the servers hold of Millrace's before
	Command []string                         // a process that runs [Child]
	Tell    func(format string, args ...any) // is told what is being done; nil: nobody is
}

// Stand holds connections to the servers.
type Stand struct {
	Options
	Admin  *kafka.Admin
	Redis  redis.UniversalClient
	Reader *results.Reader
	Topics *kafka.Topics // nil before the first Fresh

	// What the benchmark has written, whatever became of it: where there is more,
	// somebody else uses the topics.
	Written   int64 // records in the tweets topic
	Submitted int64 // in the queries topic
}

// Open reaches both servers, and refuses such that hold anything of Millrace's, or,
// if it was told so, deletes it.
func Open(ctx context.Context, o Options) (*Stand, error) {
	s := &Stand{Options: o}
	if err := s.open(ctx); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func (s *Stand) tell(format string, args ...any) {
	if s.Tell != nil {
		s.Tell(format, args...)
	}
}

// Client returns the settings of a client of Kafka.
func (s *Servers) Client(name string, log *slog.Logger) kafka.Config {
	cfg := s.Kafka.Config("millrace-"+name, log)
	cfg.MaxRecordBytes, cfg.Redis, cfg.Embedded = s.Topics.MaxRecordBytes(), s.Redis.Address, s.Embedded
	return cfg
}

// Server returns the settings of a client of Redis.
func (s *Servers) Server() (results.Server, error) {
	tls, err := s.Redis.TLS.Config()
	if err != nil {
		return results.Server{}, err
	}
	return results.Server{Addr: s.Redis.Address, Username: s.Redis.User, Password: s.Redis.Password, DB: s.Redis.DB, TLS: tls}, nil
}

func sleep(ctx context.Context, d time.Duration) error { return daemon.RealClock{}.Sleep(ctx, d) }
