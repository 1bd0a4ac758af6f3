package monitor

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/wire"
)

func TestWatchFlag(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.Mkdir("a=b", 0o755); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		args []string
		env  string
		want string // or the error
	}{
		{[]string{"--watch", "in"}, "", "[in]"},
		{[]string{"--watch", "in", "--watch", "logs=/var/log", "--watch", "logs=/x"}, "", "[in logs=/var/log logs=/x]"},
		{[]string{"--watch", "one,two"}, "", "[one,two]"},
		{nil, "in,logs=/var/log/a,b,more=/x", "[in logs=/var/log/a,b more=/x]"},
		{[]string{"--watch", "a=b"}, "", "[a=b]"},
		{[]string{"--watch", "tweets=in"}, "", "[in]"},
		{[]string{"--watch", "./c=d"}, "", "[./c=d]"},
		{[]string{"--watch", "in", "--watch", "on"}, "", "posts come from one folder, and in and on are two"},
		{[]string{"--watch", "x=in", "--watch", "x=in"}, "", "x=in is given twice"},
		{[]string{"--watch", "x="}, "", `"x=" names no folder`},
	} {
		var all []Watch
		f := daemon.NewFlags("test")
		WatchFlag(f, &all, "")
		err := f.Parse(tt.args, func(name string) (string, bool) { return tt.env, name == "MILLRACE_WATCH" && tt.env != "" })
		got := fmt.Sprint(all)
		if err != nil {
			got = err.Error()
		}
		if err == nil && got != tt.want || err != nil && !strings.Contains(got, tt.want) {
			t.Errorf("%q %s: %s, want %s", tt.args, tt.env, got, tt.want)
		}
	}
	if w := watchOf("a=b"); w != (Watch{Folder: "a=b"}) {
		t.Errorf("a folder that is there: %+v", w)
	}
}

// declares writes what query-parser writes of a stream over a topic, which is made.
func (h *harness) declares(epoch int64, topic, sql string) {
	h.t.Helper()
	a, err := kafka.NewAdmin(h.config.Kafka)
	if err != nil {
		h.t.Fatal(err)
	}
	defer a.Close()
	found, err := a.EnsureStream(h.t.Context(), kafka.Layout{Partitions: 2}, topic)
	if err != nil {
		h.t.Fatal(err)
	}
	s := wire.Stream{
		Name: "logs", Epoch: epoch, SQL: sql, Topic: topic, TopicID: found.ID, Partitions: int32(len(found.Ends)), From: found.Ends,
		Submitted: time.Unix(1, 0),
	}
	value, err := s.Marshal()
	if err != nil {
		h.t.Fatal(err)
	}
	h.registers(epoch, value)
}

func (h *harness) registers(epoch int64, value []byte) {
	h.t.Helper()
	p, err := kafka.NewProducer(h.config.Kafka)
	if err != nil {
		h.t.Fatal(err)
	}
	defer p.Close()
	if err := p.Produce(h.t.Context(), kafka.Record{
		Topic: kafka.TopicRegistry, Key: wire.StreamKey("logs"), Value: value,
		Headers: []kafka.Header{{Key: wire.HeaderEpoch, Value: wire.FormatEpoch(epoch)}},
	}); err != nil {
		h.t.Fatal(err)
	}
}

// holds waits until a topic has as many documents, and compares them.
func (h *harness) holds(topic string, want ...string) {
	h.t.Helper()
	a, err := kafka.NewAdmin(h.config.Kafka)
	if err != nil {
		h.t.Fatal(err)
	}
	defer a.Close()
	var got []string
	h.wait(topic, func() bool {
		got = nil
		err := a.ReadAll(h.t.Context(), topic, func(rec *kafka.Record) error {
			if !rec.Control {
				got = append(got, strings.Split(strings.TrimSuffix(string(rec.Value), "\n"), "\n")...)
			}
			return nil
		})
		return err == nil && len(got) >= len(want)
	})
	if slices.Sort(got); !slices.Equal(got, want) {
		h.t.Errorf("%s holds %q, want %q", topic, got, want)
	}
}

// startAll runs monitors until stop is called, which returns what RunAll returned.
func (h *harness) startAll(watches ...Watch) (stop func() error) {
	h.t.Helper()
	c := h.config
	c.Watch = ""
	ctx, cancel := context.WithCancel(h.t.Context())
	ended := make(chan error, 1)
	go func() { ended <- RunAll(ctx, c, watches) }()
	stopped := false
	stop = func() error {
		if stopped {
			return nil
		}
		stopped = true
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			return err
		}
		return nil
	}
	h.t.Cleanup(func() { _ = stop() })
	return stop
}

// TestWatchDeclared feeds posts from a folder, and from the same folder and another one a
// stream that is declared later, dropped, and declared again over another topic.
func TestWatchDeclared(t *testing.T) {
	h := newHarness(t)
	h.collect()
	more := filepath.Join(t.TempDir(), "more")
	if err := os.Mkdir(more, 0o755); err != nil {
		t.Fatal(err)
	}
	h.write("a.json", `{"id":1}`+"\n")
	watches := []Watch{{Folder: h.dir}, {Stream: "logs", Folder: h.dir}, {Stream: "logs", Folder: more}}
	stop := h.startAll(watches...)
	h.expect(`{"id":1}`)
	h.wait("told", func() bool { return strings.Contains(h.log.String(), "waiting until it is, by CREATE STREAM") })
	if conditions, ready := h.config.Ready.Conditions(); !ready || conditions["folder"] != "ok" {
		t.Errorf("waiting for a stream is no reason not to be ready: %v", conditions)
	}

	h.declares(5, "millrace.logs", "CREATE STREAM logs (level VARCHAR, source VARCHAR)")
	h.holds("millrace.logs", `{"id":1}`)
	if err := os.WriteFile(filepath.Join(more, "b.tsv"), []byte("level\tsource\nERROR\tx\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	h.holds("millrace.logs", `{"id":1}`, `{"level":"ERROR","source":"x"}`)

	// A restart knows what was read.
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	stop = h.startAll(watches...)
	h.appendTo("a.json", `{"id":2}`+"\n")
	h.expect(`{"id":1}`, `{"id":2}`)
	h.holds("millrace.logs", `{"id":1}`, `{"id":2}`, `{"level":"ERROR","source":"x"}`)

	// Dropped, it is fed no more; declared again, it goes on where it was.
	h.registers(6, nil)
	h.wait("told", func() bool { return strings.Count(h.log.String(), "waiting until it is, by CREATE STREAM") == 4 })
	h.appendTo("a.json", `{"id":3}`+"\n")
	h.expect(`{"id":1}`, `{"id":2}`, `{"id":3}`)
	h.declares(7, "app", "CREATE STREAM logs (level VARCHAR) WITH (topic = 'app')")
	h.holds("app", `{"id":3}`)
	h.holds("millrace.logs", `{"id":1}`, `{"id":2}`, `{"level":"ERROR","source":"x"}`)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
}

// TestWatchDeclaredElsewhere: documents for a topic that schedulers do not read are not sent.
func TestWatchDeclaredElsewhere(t *testing.T) {
	h := newHarness(t)
	h.collect()
	h.write("a.json", `{"id":1}`+"\n")
	h.declares(5, "millrace.logs", "CREATE STREAM logs (level VARCHAR)")
	a, err := kafka.NewAdmin(h.config.Kafka)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	if err := a.DeleteTopics(t.Context(), "millrace.logs"); err != nil {
		t.Fatal(err)
	}
	stop := h.startAll(Watch{Stream: "logs", Folder: h.dir})
	h.wait("told", func() bool { return strings.Contains(h.log.String(), "DROP STREAM logs and CREATE STREAM it again") })
	if conditions, _ := h.config.Ready.Conditions(); !strings.Contains(conditions["kafka logs="+h.dir], "is not the one that stream logs was declared with") {
		t.Errorf("%v", conditions)
	}
	h.declares(6, "millrace.logs", "CREATE OR REPLACE STREAM logs (level VARCHAR)")
	h.holds("millrace.logs", `{"id":1}`)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
}

func TestWatchesAreChecked(t *testing.T) {
	c := Config{Name: "n", Kafka: kafka.Config{Brokers: []string{"127.0.0.1:1"}}}
	var usage *daemon.UsageError
	err := RunAll(t.Context(), c, []Watch{{Stream: "s", Folder: "a"}, {Stream: "s", Folder: "b"}})
	if !errors.As(err, &usage) || !strings.Contains(err.Error(), "one name is for one folder of a stream") {
		t.Errorf("%v", err)
	}
}
