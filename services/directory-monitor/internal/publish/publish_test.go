package publish

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/wire"
	"github.com/millrace/millrace/services/directory-monitor/internal/batch"
	"github.com/millrace/millrace/services/directory-monitor/internal/progress"
	"github.com/millrace/millrace/services/directory-monitor/internal/source"
	"github.com/millrace/millrace/services/directory-monitor/internal/stats"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fakeLog writes down what it is asked to do.
type fakeLog struct {
	records [][]*kafka.Record // per transaction
	clock   *daemon.FakeClock
	takes   time.Duration // of a commit
	fail    error
	done    chan struct{} // a commit was made
}

func (l *fakeLog) Begin() error {
	l.records = append(l.records, nil)
	return nil
}

func (l *fakeLog) Produce(_ context.Context, r *kafka.Record) {
	last := len(l.records) - 1
	l.records[last] = append(l.records[last], r)
}

func (l *fakeLog) Commit(context.Context) error {
	l.clock.Advance(l.takes)
	if l.fail == nil {
		l.done <- struct{}{}
	}
	return l.fail
}

// spell writes a transaction as one line.
func spell(records []*kafka.Record) string {
	var parts []string
	for _, r := range records {
		name := strings.TrimPrefix(r.Topic, "millrace.")
		switch {
		case r.Topic == kafka.TopicTweets:
			parts = append(parts, fmt.Sprintf("%s/%d %q %s", name, r.Partition, r.Value, r.Headers[0].Key))
		case r.Value == nil:
			parts = append(parts, fmt.Sprintf("%s %s removed", name, r.Key))
		default:
			parts = append(parts, fmt.Sprintf("%s %s", name, r.Key))
		}
	}
	return strings.Join(parts, "; ")
}

func newPublisher(t *testing.T) (*Publisher, *fakeLog, *daemon.FakeClock) {
	t.Helper()
	clock := daemon.NewFakeClock(time.Unix(1000, 0))
	log := &fakeLog{clock: clock, done: make(chan struct{}, 100)}
	st := stats.New()
	p := New(Config{
		Log: log, Partitions: 2, Interval: 100 * time.Millisecond, EndKey: "m/end", Clock: clock,
		Logger: slog.New(slog.DiscardHandler), Stats: st,
	})
	p.next = 0
	return p, log, clock
}

func item(text string, offset int64) *batch.Item {
	e := &progress.Entry{Key: "m/1", Path: "a", Head: source.Hash(nil), Offset: offset}
	return &batch.Item{Value: []byte(text), Documents: 1, Progress: map[string]*progress.Entry{"m/1": e}}
}

func TestTransactionsHoldWholeItems(t *testing.T) {
	p, log, _ := newPublisher(t)
	items := make(chan *batch.Item, 10)
	first := item("1\n", 2)
	dead := wire.NewDeadLetter([]byte("x"), "why")
	dead.Source = "m/1"
	first.Dead = []batch.DeadLetter{{DeadLetter: *dead, Class: stats.Binary}}
	first.Progress["m/0"] = nil
	items <- first
	items <- item("2\n", 4)
	items <- item("3\n", 6)
	items <- &batch.Item{End: true}
	close(items)
	if err := p.Run(t.Context(), items); err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, records := range log.records {
		all = append(all, spell(records))
	}
	// The first commit is due at once; what is at hand meanwhile goes with it or
	// with the next, but progress never goes without its lines.
	got := strings.Join(all, "; ")
	for _, want := range []string{
		`tweets/0 "1\n" batch; dead-letters m/1`, `tweets/1 "2\n" batch`, `tweets/0 "3\n" batch`,
		`tweets/0 "" end-of-input; tweets/1 "" end-of-input`, "files m/0 removed", "files m/end",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%s\nlacks %s", got, want)
		}
	}
	for i, records := range log.records {
		offset, lines := int64(-1), 0
		for _, r := range records {
			switch {
			case r.Topic == kafka.TopicTweets && len(r.Value) > 0:
				lines++
			case r.Topic == kafka.TopicFiles && string(r.Key) == "m/1":
				e, err := progress.Decode("m/1", r.Value)
				if err != nil {
					t.Fatal(err)
				}
				offset = e.Offset
			}
		}
		if lines > 0 && offset < 0 {
			t.Errorf("transaction %d has lines but no progress", i)
		}
	}
	if p.Stats.CommittedDocuments.Load() != 3 || p.Stats.CommittedDead.Load() != 1 {
		t.Errorf("counted %d documents, %d dead letters", p.Stats.CommittedDocuments.Load(), p.Stats.CommittedDead.Load())
	}
}

func TestCommitsAreSpaced(t *testing.T) {
	p, log, clock := newPublisher(t)
	items := make(chan *batch.Item)
	ended := make(chan error, 1)
	go func() { ended <- p.Run(t.Context(), items) }()
	items <- item("1\n", 2)
	<-log.done // nothing was committed lately: at once
	items <- item("2\n", 4)
	// The next one waits for the interval, during which more may come.
	if err := clock.WaitForTimers(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	items <- item("3\n", 6)
	if err := clock.WaitForTimers(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	clock.Advance(100 * time.Millisecond)
	<-log.done
	close(items)
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if n := len(log.records); n != 2 {
		t.Errorf("%d transactions", n)
	}
}

func TestTransactionsAreBounded(t *testing.T) {
	p, log, _ := newPublisher(t)
	log.takes = time.Second // a slow Kafka: transactions get smaller
	items := make(chan *batch.Item, 100)
	for range 100 {
		items <- &batch.Item{Value: make([]byte, 1<<20), Documents: 1}
	}
	close(items)
	if err := p.Run(t.Context(), items); err != nil {
		t.Fatal(err)
	}
	if p.limit != leastBytes {
		t.Errorf("limit %d after slow commits", p.limit)
	}
	for i, records := range log.records {
		if len(records) > mostBytes>>20 {
			t.Errorf("transaction %d holds %d MiB", i, len(records))
		}
	}
	if last := log.records[len(log.records)-1]; len(last) > 1 {
		t.Errorf("the last transaction holds %d MiB", len(last))
	}
}

func TestFailedCommitIsAnError(t *testing.T) {
	p, log, _ := newPublisher(t)
	log.fail = kafka.ErrFenced
	items := make(chan *batch.Item, 1)
	items <- item("1\n", 2)
	close(items)
	err := p.Run(t.Context(), items)
	var failed *CommitError
	if !errors.Is(err, kafka.ErrFenced) || !errors.As(err, &failed) {
		t.Errorf("got %v", err)
	}
	if p.Stats.CommittedDocuments.Load() != 0 {
		t.Error("counted what was not committed")
	}
}
