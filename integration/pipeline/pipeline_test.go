package pipeline_test

import (
	"bufio"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/millrace/millrace/integration/pipeline"
	"github.com/millrace/millrace/integration/random"
	"github.com/millrace/millrace/integration/reference"
	"github.com/millrace/millrace/integration/slt"
	"github.com/millrace/millrace/services/millrace"
)

// layouts are partition counts of tweets and exchange over which no result may
// differ.
var layouts = []struct{ tweets, exchange int32 }{{1, 1}, {2, 8}, {8, 1}, {8, 8}}

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
	set, err := reference.NewSet(queries)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range docs {
		_ = set.Add(d)
	}
	want := set.Rows()
	for _, l := range layouts {
		t.Run(fmt.Sprintf("%d tweets, %d exchange partitions", l.tweets, l.exchange), func(t *testing.T) {
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

// TestStandingQueriesOverRealTweets needs real tweets: MILLRACE_TWEETS,
// MILLRACE_TWEETS_STREAM and MILLRACE_TWEETS_SEARCH name files of them.
func TestStandingQueriesOverRealTweets(t *testing.T) {
	for _, c := range []struct {
		env     string
		queries int
		layouts []int
	}{
		{"MILLRACE_TWEETS_STREAM", 200, []int{0, 1, 2, 3}},
		{"MILLRACE_TWEETS_SEARCH", 200, []int{0, 1, 2, 3}},
		{"MILLRACE_TWEETS", 1000, []int{3}},
	} {
		t.Run(c.env, func(t *testing.T) {
			path := os.Getenv(c.env)
			if path == "" {
				t.Skipf("%s does not name a file of real tweets", c.env)
			}
			queries, want := referenceOver(t, path, c.queries)
			for _, i := range c.layouts {
				l := layouts[i]
				t.Run(fmt.Sprintf("%d tweets, %d exchange partitions", l.tweets, l.exchange), func(t *testing.T) {
					var out millrace.Outcome
					e := pipeline.Engine{Dir: t.TempDir(), Partitions: l.tweets, ExchangePartitions: l.exchange, Log: logger(t), Outcome: &out}
					got, err := e.RunFiles(limit(t, 10*time.Minute), queries, path)
					if err != nil {
						t.Fatal(err)
					}
					compare(t, queries, got, want)
					t.Logf("%d queries, %d documents, %.0f MB in %.1f s: %.0f documents/s, %.1f evaluations per document %s",
						len(queries), out.Documents, float64(out.Bytes)/1e6, out.Took.Seconds(), float64(out.Documents)/out.Took.Seconds(),
						float64(out.Evaluations)/float64(out.Documents), out.Embedded)
				})
			}
		})
	}
}

// referenceOver runs standing queries over a file by the reference.
func referenceOver(t *testing.T, path string, n int) (queries map[string]string, want map[string][]reference.Row) {
	t.Helper()
	var sample [][]byte
	lines(t, path, func(doc []byte) bool {
		sample = append(sample, append([]byte(nil), doc...))
		return len(sample) < 2000
	})
	g := random.New(1, sample)
	queries = map[string]string{}
	for i := range n {
		queries[fmt.Sprintf("q%04d", i)] = g.Standing()
	}
	set, err := reference.NewSet(queries)
	if err != nil {
		t.Fatal(err)
	}
	lines(t, path, func(doc []byte) bool {
		_ = set.Add(doc)
		return true
	})
	return queries, set.Rows()
}

// lines calls fn with each line of a file, unpacked, while it returns true.
func lines(t *testing.T, path string, fn func([]byte) bool) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var r io.Reader = f
	switch {
	case strings.HasSuffix(path, ".gz"):
		z, err := gzip.NewReader(f)
		if err != nil {
			t.Fatal(err)
		}
		r = z
	case strings.HasSuffix(path, ".zst"):
		z, err := zstd.NewReader(f)
		if err != nil {
			t.Fatal(err)
		}
		defer z.Close()
		r = z
	}
	s := bufio.NewScanner(r)
	s.Buffer(nil, 2<<20)
	for s.Scan() {
		if len(s.Bytes()) > 0 && !fn(s.Bytes()) {
			return
		}
	}
	if err := s.Err(); err != nil {
		t.Fatal(err)
	}
}
