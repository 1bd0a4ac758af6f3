package kafka_test

import (
	"bytes"
	"context"
	"errors"
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
