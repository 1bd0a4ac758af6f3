package registry

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"testing"

	"go.uber.org/goleak"

	"github.com/millrace/millrace/services/millrace/internal/bench/stand"
)

// childVariable makes this test binary the scheduler of a run.
const childVariable = "BENCH_REGISTRY_CHILD"

func TestMain(m *testing.M) {
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
