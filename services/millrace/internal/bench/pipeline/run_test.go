package pipeline

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/libs/embedded"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/results"
	"github.com/millrace/millrace/services/millrace/internal/bench"
	"github.com/millrace/millrace/services/millrace/internal/bench/stand"
	"github.com/millrace/millrace/services/millrace/internal/bench/standtest"
)

const documents = 300

// newConfig returns a small run over servers of its own.
func newConfig(t *testing.T) Config {
	t.Helper()
	servers, command := standtest.Start(t)
	in, err := bench.Generated(1, documents, true)
	if err != nil {
		t.Fatal(err)
	}
	return Config{
		Servers: servers, Command: command, Input: in.Cut(8 << 10), Bytes: 2*in.Bytes - 1,
		Compressions: []string{None}, Mixes: []string{"keywords"}, Queries: 12, Seed: 1,
		Rounds: 1, Round: time.Millisecond, Load: 0.5, Sample: 10 * time.Millisecond,
	}
}

// open returns a runner whose topics are there.
func open(t *testing.T, cfg Config) *runner {
	t.Helper()
	cfg.Log = slog.New(slog.DiscardHandler)
	r := &runner{Config: cfg}
	if err := r.open(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	if err := r.Fresh(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	return r
}

// The whole of it sees every document, and leaves nothing behind.
func TestRun(t *testing.T) {
	cfg := newConfig(t)
	cfg.Compressions, cfg.Mixes = Compressions(), []string{"keywords", "mixed"}
	cfg.Latency, cfg.Steady = 200*time.Millisecond, 300*time.Millisecond
	var profile bytes.Buffer
	cfg.Profile = &profile
	lines, err := Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if len(lines) != 8 {
		t.Fatalf("%d lines", len(lines))
	}
	for i, l := range lines {
		scan, mix := i%2 == 0, []string{"keywords", "mixed"}[i/2%2]
		if l.Mix != mix || l.Queries != 12 || l.Rounds != 1 || l.Input != "generated lean" || l.TweetsPerS <= 0 || l.Date == "" || l.Machine == "" {
			t.Errorf("line %d: %+v", i, l)
		}
		if scan {
			if l.Engine != "shared" || l.Compression != "" || l.Documents != documents || l.Ratio != nil {
				t.Errorf("line %d: %+v", i, l)
			}
			continue
		}
		if l.Engine != "pipeline" || l.Compression != Compressions()[i/4] || l.Documents != 2*documents || l.Bytes != 2*cfg.Input.Bytes || l.Ratio == nil || l.Note != embedded.Label {
			t.Errorf("line %d: %+v", i, l)
		}
		if l.Latency == nil || l.Latency.Count == 0 || l.Latency.P50 > l.Latency.P99 || l.Latency.P99 > l.Latency.Most {
			t.Errorf("line %d: latency %+v", i, l.Latency)
		}
		if l.Steady == nil || l.Steady.Samples == 0 || l.Steady.RSS.Mean <= 0 || l.Steady.Goroutines.Least < 1 || l.Steady.Live.Mean <= 0 || l.Steady.Heap.Most < l.Steady.Heap.Least {
			t.Errorf("line %d: steady %+v", i, l.Steady)
		}
	}
	if profile.Len() == 0 {
		t.Error("there is no profile")
	}
	if topics, keys := standtest.Holdings(t, &cfg.Servers); topics != 0 || keys != 0 {
		t.Errorf("%d topics and %d keys are left", topics, keys)
	}
	var table, object bytes.Buffer
	if err := errors.Join(WriteTable(&table, lines), bench.WriteJSON(&object, lines)); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"ratio to scan", embedded.Label, "From append to Redis", "second half of a steady load", "goroutines"} {
		if !strings.Contains(table.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, table.String())
		}
	}
	for _, want := range []string{`"ratio_to_scan":`, `"p99_ms":`, `"slope_per_minute":`, `"compression":"lz4"`, `"tweets_per_cpu_s":`} {
		if strings.Count(object.String(), "\n") != len(lines) || !strings.Contains(object.String(), want) {
			t.Errorf("the objects lack %q:\n%s", want, object.String())
		}
	}
}

// What the clock waits for are results with every document, from the topic's start.
func TestDrainCountsAll(t *testing.T) {
	r := open(t, newConfig(t))
	if err := r.fill(t.Context(), LZ4); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time over what was filled in before
		d, err := r.drain(t.Context(), []string{"SELECT count(*) AS n FROM tweets"}, nil)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := r.Reader.AllRows(t.Context(), queryID(0), results.Window{})
		if err != nil {
			t.Fatal(err)
		}
		if got := string(rows["[]"]); got != `{"n":600}` || d.documents != 2*documents || d.took <= 0 {
			t.Errorf("%s, %+v", got, d)
		}
		if err := r.Fresh(t.Context(), true); err != nil {
			t.Fatal(err)
		}
	}
}

// Servers that hold anything are refused and left as they are, unless told otherwise.
func TestRefuses(t *testing.T) {
	cfg := newConfig(t)
	r := open(t, cfg)
	p, err := kafka.NewProducer(cfg.Servers.Client("test", nil))
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if err := p.Produce(t.Context(), kafka.Record{Topic: kafka.TopicQueries, Key: []byte("mine"), Value: []byte("SELECT count(*) FROM tweets")}); err != nil {
		t.Fatal(err)
	}
	if err := r.Redis.HSet(t.Context(), results.MetaKey("mine"), "sql", "x").Err(); err != nil {
		t.Fatal(err)
	}
	_, err = Run(t.Context(), cfg)
	var usage *daemon.UsageError
	if !errors.As(err, &usage) {
		t.Fatal(err)
	}
	for _, want := range []string{"topic millrace.queries with about 1 records", "1 keys in Redis, with the results of 1 queries", "--reset"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v: want %q", err, want)
		}
	}
	if topics, keys := standtest.Holdings(t, &cfg.Servers); topics != len(kafka.AllTopics()) || keys != 1 {
		t.Errorf("%d topics and %d keys are left", topics, keys)
	}
	cfg.Reset = true
	if _, err := Run(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	if topics, keys := standtest.Holdings(t, &cfg.Servers); topics != 0 || keys != 0 {
		t.Errorf("after --reset, %d topics and %d keys are left", topics, keys)
	}
}

// Nothing is deleted of topics that somebody else has come to use.
func TestOthersComeToUseIt(t *testing.T) {
	cfg := newConfig(t)
	r := open(t, cfg)
	if err := r.fill(t.Context(), None); err != nil {
		t.Fatal(err)
	}
	p, err := r.Producer(None)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if err := p.Produce(t.Context(), stand.Batch(0, []byte("{}\n"))); err != nil {
		t.Fatal(err)
	}
	for _, clear := range []func(context.Context) error{func(ctx context.Context) error { return r.Fresh(ctx, true) }, r.Clear} {
		if err := clear(t.Context()); err == nil || !strings.Contains(err.Error(), "somebody else uses it") {
			t.Error(err)
		}
	}
	if topics, _ := standtest.Holdings(t, &cfg.Servers); topics != len(kafka.AllTopics()) {
		t.Errorf("%d topics are left", topics)
	}
	r.Written++
	if err := r.Admin.DeleteTopics(t.Context(), kafka.TopicStatus); err != nil {
		t.Fatal(err)
	}
	if err := r.Clear(t.Context()); err == nil || !strings.Contains(err.Error(), "millrace.status was deleted or made anew") {
		t.Error(err)
	}
}

// A scheduler that ends by itself is told, and not waited for.
func TestSchedulerEnds(t *testing.T) {
	cfg := newConfig(t)
	cfg.Command = []string{"false"}
	if _, err := Run(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "the scheduler ended by itself") {
		t.Error(err)
	}
	if topics, keys := standtest.Holdings(t, &cfg.Servers); topics != 0 || keys != 0 {
		t.Errorf("%d topics and %d keys are left", topics, keys)
	}
}

func TestCheck(t *testing.T) {
	in, err := bench.Generated(1, 1, true)
	if err != nil {
		t.Fatal(err)
	}
	good := Config{Input: in, Command: []string{"x"}, Compressions: []string{LZ4}, Mixes: []string{"mixed"}, Queries: 1, Rounds: 1}
	if err := good.check(); err != nil {
		t.Error(err)
	}
	for want, change := range map[string]func(*Config){
		"the input has no documents":     func(c *Config) { c.Input = nil },
		"nothing to measure":             func(c *Config) { c.Queries = 0 },
		"there is no mix nix":            func(c *Config) { c.Mixes = []string{"nix"} },
		"come and go":                    func(c *Config) { c.Mixes = []string{"churn"} },
		"there is no compression zip":    func(c *Config) { c.Compressions = []string{"zip"} },
		"a load, and how often it is lo": func(c *Config) { c.Latency = time.Second },
	} {
		c := good
		change(&c)
		if err := c.check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; want %s", err, want)
		}
	}
}
