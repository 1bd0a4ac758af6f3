package scheduler

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/libs/embedded"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/metrics"
	"github.com/millrace/millrace/libs/results"
)

func TestMain(m *testing.M) {
	results.LogClient(slog.New(slog.DiscardHandler))
	goleak.VerifyTestMain(m)
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// within is the time that a test may take until it is called stuck.
func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
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

func (l *lines) logger() *slog.Logger { return slog.New(slog.NewTextHandler(l, nil)) }

// hasty is a clock whose sleeps are over soon.
type hasty struct{ daemon.RealClock }

func (c hasty) Sleep(ctx context.Context, d time.Duration) error {
	return c.RealClock.Sleep(ctx, min(d, 20*time.Millisecond))
}

// world is an embedded log and store, and how a scheduler is to be started.
type world struct {
	Config
	t       *testing.T
	servers *embedded.Servers
	log     *lines
	reg     *metrics.Registry
}

func newWorld(t *testing.T) *world {
	t.Helper()
	servers, err := embedded.Start(embedded.Options{Log: true, Redis: true, Dir: t.TempDir()})
	check(t, err)
	t.Cleanup(func() { check(t, servers.Close()) })
	w := &world{t: t, servers: servers, log: new(lines), reg: metrics.NewRegistry()}
	w.Config = Config{
		Kafka:  kafka.Config{Brokers: servers.Brokers, Embedded: true},
		Layout: kafka.Layout{Partitions: 2, ExchangePartitions: 2},
		Redis:  results.Server{Addr: servers.RedisAddr},
		Clock:  hasty{}, Log: w.log.logger(), Ready: daemon.NewReadiness(), Metrics: w.reg,
	}
	return w
}

// start runs a scheduler; stop ends it and returns what Run returned.
func (w *world) start() (ended <-chan error, stop func() error) {
	w.t.Helper()
	ctx, cancel := context.WithCancel(within(w.t))
	done := make(chan error, 1)
	go func() { done <- Run(ctx, w.Config) }()
	var once sync.Once
	var err error
	stop = func() error {
		once.Do(func() {
			cancel()
			err = <-done
		})
		return err
	}
	w.t.Cleanup(func() {
		cancel()
		if w.t.Failed() {
			w.t.Logf("log:\n%s", w.log)
		}
	})
	return done, stop
}

// until waits for something to become true.
func (w *world) until(what string, ok func() bool) {
	w.t.Helper()
	for ctx := within(w.t); !ok(); time.Sleep(10 * time.Millisecond) {
		if ctx.Err() != nil {
			w.t.Fatalf("never: %s", what)
		}
	}
}

func (w *world) ready() bool {
	_, ok := w.Ready.Conditions()
	return ok && w.registered()
}

// registered reports whether the scheduler has got as far as its metrics.
func (w *world) registered() bool {
	families, err := w.reg.Gather()
	check(w.t, err)
	return len(families) > 0
}

func (w *world) logged(text string) func() bool {
	return func() bool { return strings.Contains(w.log.String(), text) }
}

// absent is an address of which nobody is there yet.
type absent struct {
	t    *testing.T
	addr string
}

func newAbsent(t *testing.T) *absent {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	defer ln.Close()
	return &absent{t, ln.Addr().String()}
}

// appear forwards the address to another from now on, until vanish.
func (a *absent) appear(to string) (vanish func()) {
	a.t.Helper()
	ln, err := net.Listen("tcp", a.addr)
	check(a.t, err)
	var all sync.WaitGroup
	var mu sync.Mutex
	open := []io.Closer{ln}
	keep := func(c io.Closer) {
		mu.Lock()
		defer mu.Unlock()
		open = append(open, c)
	}
	all.Go(func() {
		for {
			from, err := ln.Accept()
			if err != nil {
				return
			}
			keep(from)
			dest, err := net.Dial("tcp", to)
			if err != nil {
				return
			}
			keep(dest)
			all.Go(func() { forward(dest, from) })
			all.Go(func() { forward(from, dest) })
		}
	})
	vanish = func() {
		mu.Lock()
		for _, c := range open {
			_ = c.Close()
		}
		mu.Unlock()
		all.Wait()
	}
	a.t.Cleanup(vanish)
	return vanish
}

func forward(to io.WriteCloser, from io.Reader) {
	if _, err := io.Copy(to, from); err != nil && !errors.Is(err, net.ErrClosed) {
		return
	}
	_ = to.Close()
}

// stream is the one that tests scan.
const stream = "tweets"
