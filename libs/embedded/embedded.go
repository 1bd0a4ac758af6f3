// Package embedded runs a log and a result store inside the process, behind
// ordinary TCP addresses on loopback, for trying Millrace out and for tests: the
// services talk to them exactly as to Kafka and Redis. [Servers] are what was
// started.
//
// The log is kfake with its segments in a temporary folder; the store is
// miniredis. Neither keeps anything beyond [Servers.Close], and neither is a
// benchmark: speeds measured over them are to be labelled with [Label].
//
//	servers, err := embedded.Start(embedded.Options{Log: true, Redis: true})
//	defer servers.Close()
//	cfg := kafka.Config{Brokers: servers.Brokers, Embedded: true}
package embedded

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Label goes beside every speed that was measured over the embedded log.
const Label = "(embedded log: not a benchmark)"

// retentionEvery is how often the log's retention is applied, by time and size
// as each topic's settings say.
const retentionEvery = 5 * time.Second

// ageEvery is how often the store lets keys expire.
const ageEvery = time.Second

// Options say what to start.
type Options struct {
	Log   bool   // the log in Kafka's place
	Redis bool   // the store in Redis's place
	Dir   string // where the log's temporary folder is made; empty: the system's

	// MaxMessageBytes is the largest record batch that the log takes; 0: 16 MiB.
	// Topics have their own, lower limits.
	MaxMessageBytes int
	// CompactBytes is by how much compacted topics grow before they are compacted;
	// 0: 32 MiB.
	CompactBytes int64
}

// Servers are the running log and store.
type Servers struct {
	Brokers   []string // nil without a log
	RedisAddr string   // "" without a store

	dir     string
	log     *kfake.Cluster
	cleaner *cleaner
	redis   *miniredis.Miniredis

	once sync.Once
	quit chan struct{}
	done sync.WaitGroup
}

// Start starts what the options ask for, on ports of loopback that are free.
func Start(o Options) (*Servers, error) {
	s := &Servers{quit: make(chan struct{})}
	if o.Log {
		if err := s.startLog(o); err != nil {
			s.Close()
			return nil, err
		}
	}
	if o.Redis {
		if err := s.startRedis(); err != nil {
			s.Close()
			return nil, err
		}
	}
	return s, nil
}

func (s *Servers) startLog(o Options) error {
	dir, err := os.MkdirTemp(o.Dir, "millrace-log-")
	if err != nil {
		return fmt.Errorf("make a folder for the embedded log: %w", err)
	}
	s.dir = dir
	if o.MaxMessageBytes == 0 {
		o.MaxMessageBytes = 16 << 20
	}
	if o.CompactBytes == 0 {
		o.CompactBytes = 32 << 20
	}
	s.log, err = kfake.NewCluster(
		kfake.NumBrokers(1),
		kfake.DataDir(dir),
		kfake.BrokerConfigs(map[string]string{
			"default.replication.factor": "1",
			"message.max.bytes":          fmt.Sprint(o.MaxMessageBytes),
			// Its cleaner loses keys under open transactions: ten years are
			// never. The cleaner here runs it between transactions. Retention,
			// which the same clock would apply, is applied below.
			"log.cleaner.backoff.ms":    fmt.Sprint((10 * 365 * 24 * time.Hour).Milliseconds()),
			"offsets.retention.minutes": fmt.Sprint(365 * 24 * 60),
		}),
	)
	if err != nil {
		return fmt.Errorf("start the embedded log: %w", err)
	}
	s.Brokers = s.log.ListenAddrs()
	s.cleaner = newCleaner(s.log, o.CompactBytes)
	s.done.Add(1)
	go s.retain()
	return nil
}

// retain removes what the topics' settings no longer keep.
func (s *Servers) retain() {
	defer s.done.Done()
	tick := time.NewTicker(retentionEvery)
	defer tick.Stop()
	for {
		select {
		case <-s.quit:
			return
		case <-tick.C:
			s.log.ApplyRetention()
			s.cleaner.look()
		}
	}
}

func (s *Servers) startRedis() error {
	s.redis = miniredis.NewMiniRedis()
	if err := s.redis.Start(); err != nil {
		s.redis = nil
		return fmt.Errorf("start the embedded result store: %w", err)
	}
	s.RedisAddr = s.redis.Addr()
	s.done.Add(1)
	go s.age()
	return nil
}

// age lets keys expire. miniredis would do so by itself with ClockTTL, but looks
// at every key at every command then.
func (s *Servers) age() {
	defer s.done.Done()
	tick := time.NewTicker(ageEvery)
	defer tick.Stop()
	last := time.Now()
	for {
		select {
		case <-s.quit:
			return
		case now := <-tick.C:
			s.redis.FastForward(now.Sub(last))
			last = now
		}
	}
}

// Retain applies retention now, as is done every few seconds anyway, and has the
// log compacted at the end of the next transaction if that is due.
func (s *Servers) Retain() {
	if s.log != nil {
		s.log.ApplyRetention()
		s.cleaner.look()
	}
}

// Compactions returns how often the log was compacted.
func (s *Servers) Compactions() int64 {
	if s.cleaner == nil {
		return 0
	}
	return s.cleaner.runs.Load()
}

// Close stops everything and removes the log's folder.
func (s *Servers) Close() error {
	var err error
	s.once.Do(func() {
		close(s.quit)
		s.done.Wait()
		if s.log != nil {
			s.log.Close()
		}
		if s.redis != nil {
			s.redis.Close()
		}
		if s.dir != "" {
			err = errors.Join(err, os.RemoveAll(s.dir))
		}
	})
	return err
}

// DenyReading has the log refuse reading a topic, as if the login were not allowed to, until
// allow is called. The topic can still be looked at.
func (s *Servers) DenyReading(topic string) (allow func()) {
	return s.log.Fault(kfake.Fault{
		Keys: []kmsg.Key{kmsg.Fetch, kmsg.TxnOffsetCommit}, Topic: topic, Err: kerr.TopicAuthorizationFailed, Count: -1,
	}).Remove
}
