package scheduler

import (
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/metrics"
	"github.com/millrace/millrace/libs/results"
	"github.com/millrace/millrace/libs/sql/catalog"
)

// AutoSlot is the [Config.Slot] of a scheduler that finds a place by itself.
const AutoSlot = -1

const maxSlot = 9999

// ParseSlot reads a slot as a setting spells it: auto, or a number from 0.
func ParseSlot(s string) (int, error) {
	if s == "auto" {
		return AutoSlot, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > maxSlot {
		return 0, daemon.Usagef("--slot %q: expected auto or a number from 0 to %d", s, maxSlot)
	}
	return n, nil
}

// SlotFlag registers the setting of a slot.
func SlotFlag(f *daemon.Flags, p *string) {
	f.String(p, "slot", "auto", "this scheduler's place in the fleet: `auto` takes a free one by a lease in Redis; a number, from 0, is for those whose supervisor numbers them, and no two may share one")
}

// Defaults of [Config].
const (
	DefaultCheckpointInterval = 10 * time.Second
	DefaultBacklogBytes       = 1 << 30
)

// Config is what [Run] needs.
type Config struct {
	Kafka   kafka.Config
	Layout  kafka.Layout // of topics that are missing
	Redis   results.Server
	Catalog *catalog.Catalog // nil: the streams that Millrace comes with

	// Slot is this scheduler's place in the fleet, from 0: its transactional ids
	// follow from it, so that a scheduler that takes the place of a dead one
	// fences it. No two may be given one slot. With [AutoSlot] it takes a free
	// one, and another when that is taken from it.
	Slot int

	// Bounded says that the inputs end and that nothing in them is late.
	Bounded bool

	CheckpointInterval time.Duration
	CostInterval       time.Duration // between two tellings of what scanning costs; 0: costs.DefaultEvery
	BacklogBytes       int64         // of the exchange not yet merged, beyond which scanning pauses; 0: no limit

	Log     *slog.Logger      // nil: nothing is logged
	Clock   daemon.Clock      // nil: the computer's
	Ready   *daemon.Readiness // may be nil
	Metrics *metrics.Registry // nil: none
}

func (c Config) withDefaults() (Config, error) {
	if err := c.Kafka.Validate(); err != nil {
		return c, err
	}
	if c.Slot != AutoSlot && (c.Slot < 0 || c.Slot > maxSlot) {
		return c, fmt.Errorf("slot %d is not between 0 and %d", c.Slot, maxSlot)
	}
	if c.Catalog == nil {
		var err error
		if c.Catalog, err = catalog.Default(); err != nil {
			return c, err
		}
	}
	for _, s := range c.Catalog.Streams() {
		c.Layout = c.Layout.With(s.Topic)
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Clock == nil {
		c.Clock = daemon.RealClock{}
	}
	if c.CheckpointInterval == 0 {
		c.CheckpointInterval = DefaultCheckpointInterval
	}
	return c, nil
}

// Settings are the service's own flags.
type Settings struct {
	Kafka      daemon.KafkaSettings
	Redis      daemon.RedisSettings
	Topics     daemon.TopicSettings
	Slot       string
	Checkpoint time.Duration
	Backlog    int64
}

// Flags registers the settings.
func (s *Settings) Flags(f *daemon.Flags) {
	f.Kafka(&s.Kafka)
	f.Redis(&s.Redis)
	f.Topics(&s.Topics)
	SlotFlag(f, &s.Slot)
	PaceFlags(f, &s.Checkpoint, &s.Backlog)
}

// PaceFlags registers how often state is checkpointed, and how far merge may fall
// behind.
func PaceFlags(f *daemon.Flags, checkpoint *time.Duration, backlog *int64) {
	f.Duration(checkpoint, "checkpoint-interval", DefaultCheckpointInterval, 100*time.Millisecond, time.Hour, "how often changed state is checkpointed")
	f.Size(backlog, "backlog-bytes", DefaultBacklogBytes, 0, 1<<50, "bytes of unmerged deltas beyond which scanning pauses; 0 for no limit")
}

// Config returns the settings as those of a process.
func (s *Settings) Config(p *daemon.Process) (Config, error) {
	tls, err := s.Redis.TLS.Config()
	if err != nil {
		return Config{}, err
	}
	slot, err := ParseSlot(s.Slot)
	if err != nil {
		return Config{}, err
	}
	k := s.Kafka.Config(p.Name, p.Log)
	k.MaxRecordBytes, k.Redis = s.Topics.MaxRecordBytes(), s.Redis.Address
	return Config{
		Kafka: k, Layout: s.Topics.Layout(),
		Redis:              results.Server{Addr: s.Redis.Address, Username: s.Redis.User, Password: s.Redis.Password, DB: s.Redis.DB, TLS: tls},
		Slot:               slot,
		CheckpointInterval: s.Checkpoint, BacklogBytes: s.Backlog,
		Log: p.Log, Clock: p.Clock, Ready: p.Ready, Metrics: p.Registry,
	}, nil
}
