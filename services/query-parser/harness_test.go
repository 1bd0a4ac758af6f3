package queryparser_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/millrace/millrace/libs/embedded"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/wire"
	queryparser "github.com/millrace/millrace/services/query-parser"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds every wait of a test that is not met.
const patience = time.Minute

// log is one embedded log with the topics made.
type log struct {
	cfg      kafka.Config
	producer *kafka.Producer
	admin    *kafka.Admin
}

func newLog(t *testing.T) *log {
	t.Helper()
	servers, err := embedded.Start(embedded.Options{Log: true, Dir: t.TempDir()})
	check(t, err)
	t.Cleanup(func() { check(t, servers.Close()) })
	l := &log{cfg: kafka.Config{Brokers: servers.Brokers, Embedded: true}}
	_, err = kafka.Ensure(t.Context(), l.cfg, kafka.Layout{Partitions: 1, ExchangePartitions: 1})
	check(t, err)
	l.producer, err = kafka.NewProducer(l.cfg)
	check(t, err)
	t.Cleanup(l.producer.Close)
	l.admin, err = kafka.NewAdmin(l.cfg)
	check(t, err)
	t.Cleanup(l.admin.Close)
	return l
}

func (l *log) config() queryparser.Config {
	return queryparser.Config{
		Kafka: l.cfg, Layout: kafka.Layout{Partitions: 1, ExchangePartitions: 1},
		Limits: queryparser.DefaultLimits(), Log: slog.New(slog.DiscardHandler),
	}
}

// start runs a query parser until stop, which returns what Run returned.
func (l *log) start(t *testing.T) (stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- queryparser.Run(ctx, l.config()) }()
	stopped := false
	stop = func() error {
		if stopped {
			return nil
		}
		stopped = true
		cancel()
		return <-ended
	}
	t.Cleanup(func() { check(t, stop()) })
	return stop
}

// submit writes submissions; a value "" is a drop.
func (l *log) submit(t *testing.T, idsAndValues ...string) {
	t.Helper()
	var records []kafka.Record
	for i := 0; i < len(idsAndValues); i += 2 {
		rec := kafka.Record{Topic: kafka.TopicQueries, Key: []byte(idsAndValues[i])}
		if v := idsAndValues[i+1]; v != "" {
			rec.Value = []byte(v)
		}
		records = append(records, rec)
	}
	check(t, l.producer.Produce(t.Context(), records...))
}

// await reads a topic from its start until enough says so of its records.
func (l *log) await(t *testing.T, topic string, enough func([]kafka.Record) bool) []kafka.Record {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	r, err := kafka.NewReader(l.cfg, topic, map[int32]int64{0: 0})
	check(t, err)
	defer r.Close()
	var all []kafka.Record
	for !enough(all) {
		recs, err := r.Poll(ctx)
		if err != nil {
			t.Fatalf("after %d records of %s: %v", len(all), topic, err)
		}
		for _, rec := range recs {
			if !rec.Control {
				all = append(all, rec)
			}
		}
	}
	return all
}

// statuses waits for n status records.
func (l *log) statuses(t *testing.T, n int) []wire.Status {
	t.Helper()
	var all []wire.Status
	for _, rec := range l.await(t, kafka.TopicStatus, func(rs []kafka.Record) bool { return len(rs) >= n }) {
		var s wire.Status
		check(t, s.Unmarshal(rec.Value))
		all = append(all, s)
	}
	return all
}

// registry reads what the registry holds now.
func (l *log) registry(t *testing.T) []kafka.Record {
	t.Helper()
	return l.records(t, kafka.TopicRegistry)
}

// records reads what a topic of one partition holds now.
func (l *log) records(t *testing.T, topic string) []kafka.Record {
	t.Helper()
	ends, err := l.admin.Ends(t.Context(), topic)
	check(t, err)
	r, err := kafka.NewReader(l.cfg, topic, map[int32]int64{0: 0})
	check(t, err)
	defer r.Close()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var all []kafka.Record
	check(t, r.ReadTo(ctx, ends, func(rec *kafka.Record) error {
		if !rec.Control {
			all = append(all, *rec)
		}
		return nil
	}))
	return all
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
