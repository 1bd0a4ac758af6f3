package kafka_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/goleak"

	"github.com/millrace/millrace/libs/embedded"
	"github.com/millrace/millrace/libs/kafka"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// brokers returns the real brokers of MILLRACE_BROKERS, else embedded ones that
// end with the test.
func brokers(t *testing.T) kafka.Config {
	t.Helper()
	if b := os.Getenv("MILLRACE_BROKERS"); b != "" {
		return kafka.Config{Brokers: strings.Split(b, ",")}
	}
	return embeddedBrokers(t)
}

func embeddedBrokers(t *testing.T) kafka.Config {
	t.Helper()
	s, err := embedded.Start(embedded.Options{Log: true, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return kafka.Config{Brokers: s.Brokers, Embedded: true}
}

// within is the time that a test may take until it is called stuck.
func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// unique makes a name that no other run has used.
func unique(t *testing.T, what string) string {
	t.Helper()
	return fmt.Sprintf("test-%s-%s-%d", strings.NewReplacer("/", "-", "_", "-").Replace(t.Name()), what, time.Now().UnixNano())
}

func admin(t *testing.T, cfg kafka.Config) *kafka.Admin {
	t.Helper()
	a, err := kafka.NewAdmin(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	return a
}

// makeTopic makes a topic of the test's own.
func makeTopic(t *testing.T, cfg kafka.Config, partitions int32) string {
	t.Helper()
	cl, err := kgo.NewClient(kgo.SeedBrokers(cfg.Brokers...))
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	name := unique(t, "topic")
	ctx := within(t)
	if _, err := kadm.NewClient(cl).CreateTopic(ctx, partitions, 1, nil, name); err != nil {
		t.Fatal(err)
	}
	a := admin(t, cfg)
	for { // a broker may take a moment to know it
		if _, err := a.Ends(ctx, name); err == nil {
			return name
		} else if ctx.Err() != nil {
			t.Fatal(err)
		}
	}
}

func newTxn(t *testing.T, cfg kafka.Config, id string) *kafka.Txn {
	t.Helper()
	x, err := kafka.NewTxn(within(t), cfg, id, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(x.Close)
	return x
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// write commits the values in one transaction to partition 0 of topic.
func write(t *testing.T, x *kafka.Txn, topic string, values ...string) []kafka.Record {
	t.Helper()
	check(t, x.Begin())
	rs := produce(t, x, topic, values...)
	check(t, x.Commit(within(t)))
	return rs
}

func produce(t *testing.T, x *kafka.Txn, topic string, values ...string) []kafka.Record {
	t.Helper()
	rs := make([]kafka.Record, len(values))
	for i, v := range values {
		rs[i] = kafka.Record{Topic: topic, Value: []byte(v)}
		x.Produce(within(t), &rs[i])
	}
	return rs
}

// settledEnds returns the ends of the topic once the markers of ended transactions
// are there, which come after the answer to a commit, or, where a transaction is
// still open, after a while.
func settledEnds(t *testing.T, cfg kafka.Config, topic string) map[int32]int64 {
	t.Helper()
	a, ctx := admin(t, cfg), within(t)
	if cfg.TLS || cfg.TLSCAFile != "" { // which the client below does not speak
		ends, err := a.Ends(ctx, topic)
		check(t, err)
		return ends
	}
	cl, err := kgo.NewClient(kgo.SeedBrokers(cfg.Brokers...))
	check(t, err)
	defer cl.Close()
	for since := time.Now(); ; time.Sleep(5 * time.Millisecond) {
		ends, err := a.Ends(ctx, topic)
		check(t, err)
		stable, err := kadm.NewClient(cl).ListCommittedOffsets(ctx, topic)
		check(t, err)
		if s, ok := stable.Lookup(topic, 0); ok && s.Offset >= ends[0] || time.Since(since) > 2*time.Second {
			return ends
		}
	}
}

// readAll reads partition 0 from the offset to its end, as "offset:value" and
// "offset!" for control records.
func readAll(t *testing.T, cfg kafka.Config, topic string, from int64) string {
	t.Helper()
	ends := settledEnds(t, cfg, topic)
	r, err := kafka.NewReader(cfg, topic, map[int32]int64{0: from})
	check(t, err)
	defer r.Close()
	var got []string
	check(t, r.ReadTo(within(t), map[int32]int64{0: ends[0]}, func(rec *kafka.Record) error {
		if rec.Control {
			got = append(got, fmt.Sprintf("%d!", rec.Offset))
		} else {
			got = append(got, fmt.Sprintf("%d:%s", rec.Offset, rec.Value))
		}
		return nil
	}))
	if p := r.Position(0); p < ends[0] {
		t.Errorf("position is %d, the end was %d", p, ends[0])
	}
	return strings.Join(got, " ")
}
