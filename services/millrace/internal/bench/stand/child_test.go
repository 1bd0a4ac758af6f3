package stand_test

import (
	"errors"
	"io"
	"log/slog"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/services/millrace/internal/bench/stand"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A child is started by a run and by nobody else.
func TestChildWithoutOrder(t *testing.T) {
	var usage *daemon.UsageError
	if err := stand.Child(t.Context(), strings.NewReader(""), io.Discard, slog.New(slog.DiscardHandler)); !errors.As(err, &usage) {
		t.Error(err)
	}
	if err := stand.Child(t.Context(), strings.NewReader("[]\n"), io.Discard, slog.New(slog.DiscardHandler)); err == nil {
		t.Error("an order that is none is taken")
	}
}
