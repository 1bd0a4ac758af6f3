package queryparser

import (
	"log/slog"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/services/query-parser/internal/admission"
)

// Names that Kafka knows the service by.
const (
	group           = kafka.GroupQueryParser
	transactionalID = "millrace-query-parser"
)

// Config is what [Run] needs.
type Config struct {
	Kafka   kafka.Config
	Layout  kafka.Layout     // of topics that are missing
	Catalog *catalog.Catalog // nil: the streams that Millrace comes with
	Limits  Limits           // of queries that name none

	Log   *slog.Logger      // nil: nothing is logged
	Clock daemon.Clock      // nil: the computer's
	Ready *daemon.Readiness // may be nil
}

// Limits bound what one standing query may use, so that none harms its
// neighbours. 0 is no limit.
type Limits = admission.Limits

// DefaultLimits are those of queries that name none.
func DefaultLimits() Limits { return admission.DefaultLimits() }

func (c Config) withDefaults() (Config, error) {
	if err := c.Kafka.Validate(); err != nil {
		return c, err
	}
	if err := c.Limits.Check(); err != nil {
		return c, err
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
	return c, nil
}

// Settings are the service's own flags.
type Settings struct {
	Kafka  daemon.KafkaSettings
	Topics daemon.TopicSettings
	Limits Limits
}

// Flags registers the settings.
func (s *Settings) Flags(f *daemon.Flags) {
	f.Kafka(&s.Kafka)
	f.Topics(&s.Topics)
	s.Limits.Flags(f, DefaultLimits())
}

// Config returns the settings as those of a process.
func (s *Settings) Config(p *daemon.Process) Config {
	k := s.Kafka.Config(p.Name, p.Log)
	k.MaxRecordBytes = s.Topics.MaxRecordBytes()
	return Config{
		Kafka: k, Layout: s.Topics.Layout(), Limits: s.Limits,
		Log: p.Log, Clock: p.Clock, Ready: p.Ready,
	}
}
