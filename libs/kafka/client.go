package kafka

import (
	"fmt"
	"math/rand/v2"
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
		kgo.RetryBackoffFn(backoff),
		kgo.DisableClientMetrics(),
		kgo.ProducerBatchCompression(compression()...),
		kgo.ProducerBatchMaxBytes(c.maxRecordBytes()),
		kgo.MaxBufferedBytes(max(maxBuffered, 2*int(c.maxRecordBytes()))),
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.RequiredAcks(kgo.AllISRAcks()),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.KeepControlRecords(),
		kgo.FetchMaxPartitionBytes(2 * c.maxRecordBytes()),
		kgo.WithDecompressor(unpacker{kgo.DefaultDecompressor(), new(memory)}),
		kgo.FetchMaxWait(500 * time.Millisecond), // what is resumed waits for the fetch under way
	}
	if c.Uncompressed {
		opts = append(opts, kgo.ProducerBatchCompression(kgo.NoCompression()))
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
	if r := c.withReach().Reach; r != nil {
		opts = append(opts, kgo.WithHooks(&reachHook{cfg: c, reach: r}))
	}
	return opts, nil
}

// maxBuffered is how many bytes that are not acknowledged yet a producer holds before it
// waits: a transaction may be large.
const maxBuffered = 64 << 20

// backoff returns how long a request waits before it is made for the nth time
// more. The first waits are short: a new cluster is a moment away from having its
// transaction coordinator.
func backoff(n int) time.Duration {
	const first, most = 40 * time.Millisecond, 2500 * time.Millisecond
	wait := min(most, first<<min(max(n, 1)-1, 16))
	return wait*4/5 + rand.N(wait*2/5)
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
