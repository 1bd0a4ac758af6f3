package millrace

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/results"
)

// hasty is a clock whose sleeps are over soon.
type hasty struct{ daemon.RealClock }

func (c hasty) Sleep(ctx context.Context, d time.Duration) error {
	return c.RealClock.Sleep(ctx, min(d, 20*time.Millisecond))
}

// restarts counts how often a log says that a scheduler was started again.
type restarts struct{ n atomic.Int32 }

func (r *restarts) Write(b []byte) (int, error) {
	r.n.Add(int32(strings.Count(string(b), "the scheduler is started again")))
	return len(b), nil
}

// The embedded log compacts what a scheduler restores its state from, while the
// scheduler writes: nothing is lost when it is started again.
func TestRestoreFromCompactedLog(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	again := new(restarts)
	stack, err := Open(Config{
		Log: slog.New(slog.NewTextHandler(again, nil)), Clock: hasty{}, Dir: t.TempDir(),
		Layout: kafka.Layout{Partitions: 1, ExchangePartitions: 1}, compactBytes: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer stack.Close()
	run, stop := context.WithCancel(ctx)
	defer stop()
	done := make(chan error, 1)
	go func() {
		done <- stack.Run(run, Options{Scheduler: SchedulerOptions{CheckpointInterval: 30 * time.Millisecond}})
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
	produce := func(topic, key, value string) {
		t.Helper()
		if err := producer.Produce(ctx, kafka.Record{Topic: topic, Key: []byte(key), Value: []byte(value)}); err != nil {
			t.Fatal(err)
		}
	}
	posts := 0
	// Every post changes one group; most groups are checkpointed long before.
	post := func() {
		produce(kafka.TopicTweets, "", fmt.Sprintf(`{"id":%d,"lang":"l%d","created_at":1700000000000}`, posts, posts%50))
		posts++
	}
	counted := func() bool {
		total, groups := 0, rdb.HGetAll(ctx, results.RowsKey("q", results.Window{})).Val()
		for _, row := range groups {
			n := 0
			if _, err := fmt.Sscanf(row[strings.Index(row, `"n":`):], `"n":%d}`, &n); err != nil {
				t.Fatal(row, err)
			}
			total += n
		}
		return total == posts && (len(groups) == 50 || posts < 50)
	}
	produce(kafka.TopicQueries, "q", "SELECT lang, count(*) AS n FROM tweets GROUP BY lang")
	until("live", func() bool { return rdb.HGet(ctx, results.MetaKey("q"), "status").Val() == "live" })
	for round := range 3 {
		before := stack.servers.Compactions()
		until("compacted while it is written", func() bool {
			post()
			stack.servers.Retain()
			return stack.servers.Compactions() >= before+5 && posts >= 60
		})
		until("counted", counted)
		thief, err := kafka.NewTxn(ctx, stack.Kafka, "millrace-merge-0", 0)
		if err != nil {
			t.Fatal(err)
		}
		thief.Close()
		post() // gives the stage something to commit, and to find that it is fenced
		until("started again", func() bool { return int(again.n.Load()) == round+1 })
		until("counted by the next one", counted)
		post()
		until("counted on", counted)
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
