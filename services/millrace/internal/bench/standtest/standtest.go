// Package standtest is what tests of benchmarks over a [stand.Stand] stand on: servers
// in the test's own process, and the test binary as the scheduler that is measured.
//
//	func TestMain(m *testing.M) { standtest.Main(m) }
//
//	servers, command := standtest.Start(t)
package standtest

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"testing"

	"go.uber.org/goleak"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/libs/embedded"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/results"
	"github.com/millrace/millrace/services/millrace/internal/bench/stand"
)

// childVariable makes a test binary the scheduler of a run.
const childVariable = "BENCH_STAND_CHILD"

// Main runs the tests, or is the scheduler of one of them.
func Main(m *testing.M) {
	if os.Getenv(childVariable) != "" {
		os.Exit(child())
	}
	goleak.VerifyTestMain(m)
}

func child() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	if err := stand.Child(ctx, os.Stdin, os.Stdout, log); err != nil {
		log.Error("child", "error", err)
		return 1
	}
	return 0
}

// Start returns servers of the test's own, of few partitions, and the command that
// starts a scheduler.
func Start(t *testing.T) (servers stand.Servers, command []string) {
	t.Helper()
	own, err := embedded.Start(embedded.Options{Log: true, Redis: true, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = own.Close() })
	t.Setenv(childVariable, "1")
	return stand.Servers{
		Kafka: daemon.KafkaSettings{Brokers: own.Brokers}, Redis: daemon.RedisSettings{Address: own.RedisAddr},
		Topics: daemon.TopicSettings{Partitions: 3, ExchangePartitions: 2, MaxLine: daemon.DefaultMaxLine}, Embedded: true,
	}, []string{os.Args[0]}
}

// Holdings counts the topics and keys that there are.
func Holdings(t *testing.T, servers *stand.Servers) (topics int, keys int64) {
	t.Helper()
	admin, err := kafka.NewAdmin(servers.Client("test", nil))
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	found, err := admin.Topics(t.Context(), kafka.AllTopics()...)
	if err != nil {
		t.Fatal(err)
	}
	server, err := servers.Server()
	if err != nil {
		t.Fatal(err)
	}
	rdb := results.Connect(server)
	defer rdb.Close()
	inv, err := results.TakeInventory(t.Context(), rdb)
	if err != nil {
		t.Fatal(err)
	}
	return len(found.Names()), inv.Keys
}
