package results_test

import (
	"log/slog"
	"testing"

	"go.uber.org/goleak"

	"github.com/millrace/millrace/libs/results"
)

func TestMain(m *testing.M) {
	results.LogClient(slog.New(slog.DiscardHandler))
	goleak.VerifyTestMain(m)
}
