package pipeline_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/millrace/millrace/integration/pipeline"
	"github.com/millrace/millrace/integration/random"
	"github.com/millrace/millrace/integration/reference"
	"github.com/millrace/millrace/integration/slt"
)

// layouts are partition counts of tweets and exchange over which no result may
// differ.
var layouts = []layout{{1, 1}, {1, 8}, {2, 1}, {2, 8}, {8, 1}, {8, 8}}

type layout struct{ tweets, exchange int32 }

func (l layout) String() string {
	return fmt.Sprintf("%d tweets, %d exchange partitions", l.tweets, l.exchange)
}

func limit(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

func logger(t *testing.T) *slog.Logger {
	return slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
}

func TestSQLLogicThroughThePipeline(t *testing.T) {
	cases, err := slt.Cases()
	if err != nil {
		t.Fatal(err)
	}
	slt.Shared(t, pipeline.Engine{Dir: t.TempDir(), Partitions: 3, ExchangePartitions: 2, Log: logger(t)}, cases)
}

func TestRandomQueriesOverEveryLayout(t *testing.T) {
	const seed = 5
	docs := append(random.Documents(seed, 800), random.Broken(seed, 40)...)
	queries := map[string]string{}
	for i, text := range random.Queries(seed, 300, docs) {
		queries[fmt.Sprintf("q%03d", i)] = text
	}
	want, err := reference.Answer(queries, docs)
	if err != nil {
		t.Fatal(err)
	}
	over := layouts
	if racing {
		over = []layout{{2, 8}}
	}
	for _, l := range over {
		t.Run(l.String(), func(t *testing.T) {
			e := pipeline.Engine{Dir: t.TempDir(), Partitions: l.tweets, ExchangePartitions: l.exchange, Log: logger(t)}
			got, err := e.Run(limit(t, 2*time.Minute), queries, docs)
			if err != nil {
				t.Fatal(err)
			}
			compare(t, queries, got, want)
		})
	}
}

func compare(t *testing.T, queries map[string]string, got, want map[string][]reference.Row) {
	t.Helper()
	for id, text := range queries {
		if err := reference.Diff(got[id], want[id]); err != nil {
			t.Errorf("query %s: %v\n%s", id, err, text)
		}
	}
}
