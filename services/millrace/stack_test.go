package millrace_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/results"
	"github.com/millrace/millrace/services/millrace"
)

// hasty is a clock whose sleeps are over soon.
type hasty struct{ daemon.RealClock }

func (c hasty) Sleep(ctx context.Context, d time.Duration) error {
	return c.RealClock.Sleep(ctx, min(d, 20*time.Millisecond))
}

// lines is a log that several goroutines write to.
type lines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(b)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// A scheduler that lost its slot, as after the computer slept, is started again
// by the process that all services share, which says so; nothing is lost.
func TestFencedSchedulerIsStartedAgain(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	log := new(lines)
	stack, err := millrace.Open(millrace.Config{
		Log: slog.New(slog.NewTextHandler(log, nil)), Clock: hasty{}, Dir: t.TempDir(),
		Layout: kafka.Layout{Partitions: 1, ExchangePartitions: 1},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer stack.Close()
	run, stop := context.WithCancel(ctx)
	defer stop()
	done := make(chan error, 1)
	go func() {
		done <- stack.Run(run, millrace.Options{Scheduler: millrace.SchedulerOptions{CheckpointInterval: 100 * time.Millisecond}})
	}()
	defer func() {
		if t.Failed() {
			t.Logf("log:\n%s", log)
		}
	}()
	if _, err := kafka.Ensure(ctx, stack.Kafka, stack.Layout); err != nil {
		t.Fatal(err)
	}
	producer, err := kafka.NewProducer(stack.Kafka)
	if err != nil {
		t.Fatal(err)
	}
	defer producer.Close()
	rdb := results.Connect(stack.Redis)
	defer rdb.Close()
	produce := func(r kafka.Record) {
		t.Helper()
		if err := producer.Produce(ctx, r); err != nil {
			t.Fatal(err)
		}
	}
	until := func(what string, ok func() bool) {
		t.Helper()
		for ; !ok(); time.Sleep(10 * time.Millisecond) {
			select {
			case err := <-done:
				t.Fatalf("the services ended: %v", err)
			case <-ctx.Done():
				t.Fatalf("never: %s", what)
			default:
			}
		}
	}
	counted := func(n int) func() bool {
		return func() bool {
			row, _ := rdb.HGet(ctx, results.RowsKey("q", results.Window{}), "[]").Result()
			return row == fmt.Sprintf(`{"n":%d}`, n)
		}
	}
	post := kafka.Record{Topic: kafka.TopicTweets, Value: []byte(`{"id":1,"created_at":1700000000000}`)}

	produce(kafka.Record{Topic: kafka.TopicQueries, Key: []byte("q"), Value: []byte("SELECT count(*) AS n FROM tweets")})
	until("the query is live", counted(0))
	produce(post)
	until("the first post is counted", counted(1))
	for i, id := range []string{"millrace-scan-0", "millrace-merge-0"} {
		thief, err := kafka.NewTxn(ctx, stack.Kafka, id, 0)
		if err != nil {
			t.Fatal(err)
		}
		thief.Close()
		produce(post) // gives both stages something to commit
		until("started again", func() bool {
			return strings.Count(log.String(), "the scheduler is started again") == i+1
		})
		until("goes on", counted(2+i))
	}
	if !strings.Contains(log.String(), "slot 0 is fenced") {
		t.Error("the log does not say why")
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
