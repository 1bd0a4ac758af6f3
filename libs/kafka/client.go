package kafka

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// options are those of every client.
func (c Config) options() ([]kgo.Opt, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	id := c.ClientID
	if id == "" {
		id = "millrace"
	}
	opts := []kgo.Opt{
		kgo.SeedBrokers(c.Brokers...),
		kgo.ClientID(id),
		kgo.DialTimeout(c.dialTimeout()),
		kgo.MetadataMinAge(500 * time.Millisecond),
		kgo.DisableClientMetrics(),
		kgo.ProducerBatchCompression(compression()...),
		kgo.ProducerBatchMaxBytes(c.maxRecordBytes()),
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.RequiredAcks(kgo.AllISRAcks()),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.KeepControlRecords(),
		kgo.FetchMaxPartitionBytes(2 * c.maxRecordBytes()),
		kgo.FetchMaxWait(500 * time.Millisecond), // what is resumed waits for the fetch under way
	}
	t, err := c.tlsConfig()
	if err != nil {
		return nil, err
	}
	if t != nil {
		opts = append(opts, kgo.DialTLSConfig(t))
	}
	m, err := c.mechanism()
	if err != nil {
		return nil, err
	}
	if m != nil {
		opts = append(opts, kgo.SASL(m))
	}
	if c.Logger != nil {
		opts = append(opts, kgo.WithHooks(&reach{cfg: c, log: c.Logger, lost: map[string]time.Time{}}))
	}
	return opts, nil
}

func (c Config) client(more ...kgo.Opt) (*kgo.Client, error) {
	opts, err := c.options()
	if err != nil {
		return nil, err
	}
	cl, err := kgo.NewClient(append(opts, more...)...)
	if err != nil {
		return nil, fmt.Errorf("set up a Kafka client: %w", err)
	}
	return cl, nil
}

// reachEvery is how often an unreachable broker is mentioned.
const reachEvery = 10 * time.Second

// reach says in the log that a broker cannot be reached, and that it answers
// again: clients retry for ever and would otherwise do so in silence.
type reach struct {
	cfg Config
	log *slog.Logger

	mu   sync.Mutex
	lost map[string]time.Time // address → when last mentioned
}

// OnBrokerConnect implements kgo.HookBrokerConnect.
func (r *reach) OnBrokerConnect(meta kgo.BrokerMetadata, _ time.Duration, _ net.Conn, err error) {
	if errors.Is(err, context.Canceled) || errors.Is(err, kgo.ErrClientClosed) {
		return // the client was closed while it dialled
	}
	addr := net.JoinHostPort(meta.Host, fmt.Sprint(meta.Port))
	r.mu.Lock()
	last, was := r.lost[addr]
	now := time.Now()
	say := false
	switch {
	case err == nil:
		delete(r.lost, addr)
	case !was || now.Sub(last) >= reachEvery:
		r.lost[addr] = now
		say = true
	}
	r.mu.Unlock()
	switch {
	case say:
		r.log.Warn(fmt.Sprintf("cannot reach Kafka at %s: %v; retrying", addr, r.cfg.advise(err)))
	case was && err == nil:
		r.log.Info(fmt.Sprintf("Kafka at %s answers again", addr))
	}
}
