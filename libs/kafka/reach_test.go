package kafka_test

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

	"github.com/millrace/millrace/libs/kafka"
)

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

func (l *lines) reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.buf.Reset()
}

func (l *lines) count(text string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.buf.String(), text)
}

// Brokers that cannot be reached are an error at once for who begins, and one
// line in the log, not one per attempt, from who waits for them.
func TestUnreachableBrokersAreNamed(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	addr := ln.Addr().String()
	check(t, ln.Close())
	log := new(lines)
	cfg := kafka.Config{Brokers: []string{addr}, Logger: slog.New(slog.NewTextHandler(log, nil))}

	var unreachable *kafka.UnreachableError
	if _, err := kafka.NewTxn(within(t), cfg, "id", 0); !errors.As(err, &unreachable) {
		t.Errorf("take a transactional id over: %v, want an UnreachableError", err)
	}
	if _, err := kafka.NewGroup(within(t), cfg, kafka.GroupConfig{Group: "g", Topic: "t", TransactionalID: "id"}); !errors.As(err, &unreachable) {
		t.Errorf("join a group: %v, want an UnreachableError", err)
	}

	p, err := kafka.NewProducer(cfg)
	check(t, err)
	defer p.Close()
	log.reset()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if err := p.Produce(ctx, kafka.Record{Topic: "t"}); err == nil {
		t.Error("written without brokers")
	}
	if n := log.count("cannot reach Kafka at " + addr); n != 1 {
		t.Errorf("mentioned %d times, want once", n)
	}
}

// Clients that share a Reach say together what each would say, and that it is
// over.
func TestReachIsShared(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	addr := ln.Addr().String()
	check(t, ln.Close())
	log := new(lines)
	logger := slog.New(slog.NewTextHandler(log, nil))
	cfg := kafka.Config{Brokers: []string{addr}, Logger: logger, Reach: kafka.NewReach(logger)}
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	var all sync.WaitGroup
	for range 8 {
		p, err := kafka.NewProducer(cfg)
		check(t, err)
		all.Go(func() {
			defer p.Close()
			if p.Produce(ctx, kafka.Record{Topic: "t"}) == nil {
				t.Error("written without brokers")
			}
		})
	}
	all.Wait()
	if n := log.count("cannot reach Kafka"); n != 1 {
		t.Errorf("8 clients mentioned it %d times, want once", n)
	}
	_, err = kafka.Ensure(within(t), cfg, kafka.Layout{})
	var away *kafka.UnreachableError
	if !errors.As(err, &away) || !away.Told {
		t.Errorf("%v: want an UnreachableError that says that it was told", err)
	}
}

// A server that is no Kafka is told from one that is not there.
func TestStranger(t *testing.T) {
	for answer, want := range map[string]string{
		"+PONG\r\n":                      "are --brokers and --redis swapped?",
		"-NOAUTH Authentication needed":  "are --brokers and --redis swapped?",
		"HTTP/1.1 400 Bad Request\r\n":   "it is an HTTP server",
		"\x15\x03\x03\x00\x02\x02\x32xx": "this port speaks TLS",
		"":                               "connected, but it does not answer as Kafka (is this Redis, or a TLS port?)",
	} {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		check(t, err)
		t.Cleanup(func() { _ = ln.Close() })
		go func() {
			for {
				conn, err := ln.Accept()
				if err != nil {
					return
				}
				go func() {
					defer conn.Close()
					head := make([]byte, 6)
					if n, _ := conn.Read(head); string(head[:n]) == "PING\r\n" {
						_, _ = conn.Write([]byte(answer))
					}
					_, _ = io.Copy(io.Discard, conn) // until the client goes
				}()
			}
		}()
		_, err = kafka.Ensure(within(t), kafka.Config{Brokers: []string{ln.Addr().String()}, DialTimeout: 3 * time.Second}, kafka.Layout{})
		var away *kafka.UnreachableError
		if !errors.As(err, &away) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q in it", answer, err, want)
		}
	}
}
