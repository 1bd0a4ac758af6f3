package pipeline_test

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/millrace/millrace/integration/pipeline"
	"github.com/millrace/millrace/integration/random"
	"github.com/millrace/millrace/integration/reference"
	"github.com/millrace/millrace/services/millrace"
)

// TestStandingQueriesOverRealTweets runs a thousand queries over files of real
// tweets in every layout. MILLRACE_TWEETS, MILLRACE_TWEETS_STREAM and
// MILLRACE_TWEETS_SEARCH name the files, plain, .gz or .zst; one that is not set
// is skipped.
func TestStandingQueriesOverRealTweets(t *testing.T) {
	const n = 1000
	for _, env := range []string{"MILLRACE_TWEETS_STREAM", "MILLRACE_TWEETS_SEARCH", "MILLRACE_TWEETS"} {
		t.Run(env, func(t *testing.T) {
			path := os.Getenv(env)
			if path == "" {
				t.Skipf("%s does not name a file of real tweets", env)
			}
			queries := standing(t, path, n)
			want := referenceOver(t, path, queries)
			checkKinds(t, queries, want)
			for _, l := range layouts {
				t.Run(l.String(), func(t *testing.T) {
					var out millrace.Outcome
					e := pipeline.Engine{Dir: t.TempDir(), Partitions: l.tweets, ExchangePartitions: l.exchange, Log: logger(t), Outcome: &out}
					got, err := e.RunFiles(limit(t, 10*time.Minute), queries, path)
					if err != nil {
						t.Fatal(err)
					}
					compare(t, queries, got, want)
					took := out.Took.Seconds()
					t.Logf("%d queries, %d documents in %.1f s: %.0f documents/s, %.1f MB/s, %.1f evaluations per document %s",
						len(queries), out.Documents, took, float64(out.Documents)/took, float64(out.Bytes)/1e6/took,
						float64(out.Evaluations)/float64(out.Documents), out.Embedded)
				})
			}
		})
	}
}

// standing returns queries whose literals come from a file's first documents.
func standing(t *testing.T, path string, n int) map[string]string {
	t.Helper()
	var sample [][]byte
	err := random.Lines(path, func(doc []byte) bool {
		sample = append(sample, bytes.Clone(doc))
		return len(sample) < 2000
	})
	if err != nil {
		t.Fatal(err)
	}
	g := random.New(1, sample)
	queries := map[string]string{}
	for i := range n {
		queries[fmt.Sprintf("q%04d", i)] = g.Standing()
	}
	return queries
}

// referenceOver runs queries over a file by the reference, half of them at a
// time.
func referenceOver(t *testing.T, path string, queries map[string]string) map[string][]reference.Row {
	t.Helper()
	halves := [2]map[string]string{{}, {}}
	for id, text := range queries {
		half := 0
		if len(halves[1]) < len(halves[0]) {
			half = 1
		}
		halves[half][id] = text
	}
	var sets [2]*reference.Set
	var errs [2]error
	var wg sync.WaitGroup
	for i := range halves {
		set, err := reference.NewSet(halves[i])
		if err != nil {
			t.Fatal(err)
		}
		sets[i] = set
		wg.Go(func() {
			errs[i] = random.Lines(path, func(doc []byte) bool {
				_ = set.Add(doc) // bad documents are counted
				return true
			})
		})
	}
	wg.Wait()
	want := map[string][]reference.Row{}
	for i := range sets {
		if errs[i] != nil {
			t.Fatal(errs[i])
		}
		maps.Copy(want, sets[i].Rows())
	}
	return want
}

// checkKinds holds that the queries are of all kinds, with rows that differences
// would show in.
func checkKinds(t *testing.T, queries map[string]string, want map[string][]reference.Row) {
	t.Helper()
	kinds := map[string]int{"global": 0, "global without matches": 0, "grouped": 0, "windowed": 0, "EMIT FINAL": 0, "HAVING": 0, "top-k": 0, "rows": 0}
	for id, text := range queries {
		if len(want[id]) == 0 {
			continue
		}
		is := map[string]bool{
			"grouped":    strings.Contains(text, " GROUP BY "),
			"windowed":   strings.Contains(text, "TUMBLE("),
			"EMIT FINAL": strings.Contains(text, "EMIT FINAL"),
			"HAVING":     strings.Contains(text, " HAVING "),
			"top-k":      strings.Contains(text, " LIMIT "),
			"rows":       !strings.Contains(text, "count(*)"),
		}
		is["global"] = !is["grouped"] && !is["rows"]
		is["global without matches"] = is["global"] && string(want[id][0].Row) == `{"n":0}`
		for kind, yes := range is {
			if yes {
				kinds[kind]++
			}
		}
	}
	for kind, n := range kinds {
		if n == 0 {
			t.Errorf("no query of the kind %s has rows", kind)
		}
	}
	t.Logf("queries that have rows: %v", kinds)
}
