package millrace_test

import (
	"bytes"
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

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

// running is a stack over embedded servers whose services run.
type running struct {
	*millrace.Stack
	t        *testing.T
	ctx      context.Context
	log      *lines
	producer *kafka.Producer
	rdb      redis.UniversalClient
	done     chan error // what Run returned
	stop     func()
}

// run starts the services, and ends them with the test, which fails if they fail.
func run(t *testing.T, layout kafka.Layout) *running {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	r := &running{t: t, ctx: ctx, log: new(lines), done: make(chan error, 1)}
	var err error
	r.Stack, err = millrace.Open(millrace.Config{
		Log: slog.New(slog.NewTextHandler(r.log, nil)), Clock: hasty{}, Dir: t.TempDir(), Layout: layout,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	var services context.Context
	services, r.stop = context.WithCancel(ctx)
	go func() {
		r.done <- r.Run(services, millrace.Options{Scheduler: millrace.SchedulerOptions{CheckpointInterval: 100 * time.Millisecond}})
	}()
	t.Cleanup(func() {
		r.stop()
		if err := <-r.done; err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("log:\n%s", r.log)
		}
	})
	if _, err := kafka.Ensure(ctx, r.Kafka, r.Layout); err != nil {
		t.Fatal(err)
	}
	if r.producer, err = kafka.NewProducer(r.Kafka); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.producer.Close)
	r.rdb = results.Connect(r.Redis)
	t.Cleanup(func() { r.rdb.Close() })
	return r
}

func (r *running) produce(records ...kafka.Record) {
	r.t.Helper()
	if err := r.producer.Produce(r.ctx, records...); err != nil {
		r.t.Fatal(err)
	}
}

func (r *running) submit(id, query string) {
	r.t.Helper()
	r.produce(kafka.Record{Topic: kafka.TopicQueries, Key: []byte(id), Value: []byte(query)})
}

// until waits until something holds.
func (r *running) until(what string, ok func() bool) {
	r.t.Helper()
	for ; !ok(); time.Sleep(10 * time.Millisecond) {
		select {
		case err := <-r.done:
			r.done <- err
			r.t.Fatalf("the services ended: %v", err)
		case <-r.ctx.Done():
			r.t.Fatalf("never: %s", what)
		default:
		}
	}
}

// counts returns the row of a query without GROUP BY, "" where there is none yet.
func (r *running) counts(id string) string {
	return r.rdb.HGet(r.ctx, results.RowsKey(id, results.Window{}), "[]").Val()
}
