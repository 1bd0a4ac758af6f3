package monitor

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/libs/embedded"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/wire"
	"github.com/millrace/millrace/services/directory-monitor/internal/publish"
)

func TestMain(m *testing.M) {
	if childMain() {
		return
	}
	goleak.VerifyTestMain(m)
}

// harness is an embedded log, a folder, and what is read from the log.
type harness struct {
	t      *testing.T
	log    *logBuffer
	config Config
	dir    string

	mu     sync.Mutex
	tweets []kafka.Record // without control records
	dead   []wire.DeadLetter
}

func newHarness(t *testing.T) *harness {
	t.Helper()
	servers, err := embedded.Start(embedded.Options{Log: true, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := servers.Close(); err != nil {
			t.Error(err)
		}
	})
	h := &harness{t: t, log: &logBuffer{}, dir: filepath.Join(t.TempDir(), "in")}
	if err := os.Mkdir(h.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	h.config = Config{
		Watch: h.dir, Settle: 150 * time.Millisecond, Rescan: 50 * time.Millisecond, Commit: 20 * time.Millisecond,
		Kafka: kafka.Config{Brokers: servers.Brokers, Embedded: true}, Layout: kafka.Layout{Partitions: 3, ExchangePartitions: 1},
		Log: slog.New(slog.NewTextHandler(h.log, &slog.HandlerOptions{Level: slog.LevelDebug})), Ready: daemon.NewReadiness(),
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(h.log.String())
		}
	})
	return h
}

// start runs a monitor until stop is called, which returns what Run returned.
func (h *harness) start(change ...func(*Config)) (stop func() error) {
	h.t.Helper()
	c := h.config
	for _, f := range change {
		f(&c)
	}
	ctx, cancel := context.WithCancel(h.t.Context())
	ended := make(chan error, 1)
	go func() { ended <- Run(ctx, c) }()
	var once sync.Once
	var err error
	stop = func() error {
		once.Do(func() {
			cancel()
			err = <-ended
			if errors.Is(err, context.Canceled) {
				err = nil
			}
		})
		return err
	}
	h.t.Cleanup(func() { _ = stop() })
	return stop
}

// collect reads the topics from now on, committed records only.
func (h *harness) collect() {
	h.t.Helper()
	ctx, cancel := context.WithCancel(h.t.Context())
	_, err := kafka.Ensure(ctx, h.config.Kafka, h.config.Layout)
	if err != nil {
		h.t.Fatal(err)
	}
	var done sync.WaitGroup
	read := func(topic string, partitions int32, fn func(kafka.Record)) {
		from := map[int32]int64{}
		for p := range partitions {
			from[p] = 0
		}
		reader, err := kafka.NewReader(h.config.Kafka, topic, from)
		if err != nil {
			h.t.Fatal(err)
		}
		done.Go(func() {
			defer reader.Close()
			for {
				records, err := reader.Poll(ctx)
				if err != nil {
					if ctx.Err() == nil {
						h.t.Errorf("read %s: %v", topic, err)
					}
					return
				}
				h.mu.Lock()
				for _, r := range records {
					if !r.Control {
						fn(r)
					}
				}
				h.mu.Unlock()
			}
		})
	}
	read(kafka.TopicTweets, h.config.Layout.Partitions, func(r kafka.Record) { h.tweets = append(h.tweets, r) })
	read(kafka.TopicDeadLetters, 1, func(r kafka.Record) {
		var d wire.DeadLetter
		if err := d.Unmarshal(r.Value); err != nil {
			h.t.Errorf("dead letter: %v", err)
		}
		h.dead = append(h.dead, d)
	})
	h.t.Cleanup(func() { cancel(); done.Wait() })
}

// lines returns all documents read so far, sorted.
func (h *harness) lines() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	var all []string
	for _, r := range h.tweets {
		if _, end := r.Header(wire.HeaderEndOfInput); end {
			continue
		}
		if v, _ := r.Header(wire.HeaderBatch); string(v) != wire.BatchNDJSON || !bytes.HasSuffix(r.Value, []byte("\n")) {
			h.t.Errorf("record at %d/%d is not a batch of lines", r.Partition, r.Offset)
		}
		all = append(all, strings.Split(strings.TrimSuffix(string(r.Value), "\n"), "\n")...)
	}
	slices.Sort(all)
	return all
}

func (h *harness) deadLetters() []wire.DeadLetter {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.dead)
}

// patience is how long something may take until it is called stuck: retries after
// repeated failures wait for seconds, and machines are busy.
const patience = 2 * time.Minute

// wait returns when ok holds.
func (h *harness) wait(what string, ok func() bool) {
	h.t.Helper()
	deadline := time.Now().Add(patience)
	for !ok() {
		if time.Now().After(deadline) {
			h.t.Fatalf("%s: not within %s", what, patience)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// expect waits until as many documents have come, and compares them.
func (h *harness) expect(want ...string) {
	h.t.Helper()
	want = slices.Sorted(slices.Values(want))
	h.wait(fmt.Sprintf("%d documents", len(want)), func() bool { return len(h.lines()) >= len(want) })
	got := h.lines()
	if slices.Equal(got, want) {
		return
	}
	missing, extra := difference(want, got), difference(got, want)
	h.t.Fatalf("%d documents, want %d; missing %d, first %.80q, too many %d, first %.80q", len(got), len(want), len(missing), first(missing), len(extra), first(extra))
}

// expectNoMore is expect, and that nothing else comes for a while.
func (h *harness) expectNoMore(want ...string) {
	h.t.Helper()
	h.expect(want...)
	time.Sleep(3 * h.config.Settle)
	h.expect(want...)
}

// difference returns what a holds beyond b, as multisets.
func difference(a, b []string) []string {
	n := map[string]int{}
	for _, s := range b {
		n[s]++
	}
	var rest []string
	for _, s := range a {
		if n[s]--; n[s] < 0 {
			rest = append(rest, s)
		}
	}
	return rest
}

func (h *harness) path(name string) string { return filepath.Join(h.dir, name) }

func (h *harness) write(name, text string) {
	h.t.Helper()
	if err := os.MkdirAll(filepath.Dir(h.path(name)), 0o755); err != nil {
		h.t.Fatal(err)
	}
	if err := os.WriteFile(h.path(name), []byte(text), 0o600); err != nil {
		h.t.Fatal(err)
	}
}

func (h *harness) appendTo(name, text string) {
	h.t.Helper()
	file, err := os.OpenFile(h.path(name), os.O_APPEND|os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		h.t.Fatal(err)
	}
	if _, err := file.WriteString(text); err != nil {
		h.t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		h.t.Fatal(err)
	}
}

// numbered makes n documents of about size bytes.
func numbered(prefix string, n, size int) []string {
	docs := make([]string, n)
	for i := range docs {
		doc := fmt.Sprintf(`{"id":"%s-%d"`, prefix, i)
		if pad := size - len(doc) - 9; pad > 0 {
			doc += `,"pad":"` + strings.Repeat(hex.EncodeToString([]byte{byte(i)}), pad/2) + `"`
		}
		docs[i] = doc + "}"
	}
	return docs
}

func join(docs []string) string { return strings.Join(docs, "\n") + "\n" }

// logBuffer is a log that several goroutines write and the test reads.
type logBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// failing makes commits fail, before or after they reach the log.
type failing struct {
	publish.Transactions
	next func() (before, after error)
}

func (f failing) Commit(ctx context.Context) error {
	before, after := f.next()
	if before != nil {
		return before
	}
	if err := f.Transactions.Commit(ctx); err != nil {
		return err
	}
	return after
}

func first(all []string) string {
	if len(all) == 0 {
		return ""
	}
	return all[0]
}
