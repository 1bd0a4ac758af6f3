package pipeline_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/millrace/millrace/integration/pipeline"
	"github.com/millrace/millrace/integration/random"
	"github.com/millrace/millrace/integration/reference"
	"github.com/millrace/millrace/integration/slt"
	"github.com/millrace/millrace/services/millrace"
)

// Three schedulers answer as one does.
func TestSQLLogicByThreeSchedulers(t *testing.T) {
	cases, err := slt.Cases()
	if err != nil {
		t.Fatal(err)
	}
	if racing {
		cases = cases[:len(cases)/4]
	}
	slt.Shared(t, pipeline.Engine{Dir: t.TempDir(), Partitions: 6, ExchangePartitions: 4, Schedulers: 3, Log: logger(t)}, cases)
}

// Three schedulers share the work: each scans more than a tenth of the documents,
// and the answers are those of the reference.
func TestThreeSchedulersShareTheWork(t *testing.T) {
	const seed = 11
	docs := append(random.Documents(seed, 6000), random.Broken(seed, 40)...)
	queries := map[string]string{}
	for i, text := range random.Queries(seed, 200, docs) {
		queries[fmt.Sprintf("q%03d", i)] = text
	}
	want, err := reference.Answer(queries, docs)
	if err != nil {
		t.Fatal(err)
	}
	over := []layout{{3, 1}, {6, 4}, {8, 8}}
	if racing {
		over = over[1:2]
	}
	for _, l := range over {
		t.Run(l.String(), func(t *testing.T) {
			var out millrace.Outcome
			e := pipeline.Engine{
				Dir: t.TempDir(), Partitions: l.tweets, ExchangePartitions: l.exchange, Schedulers: 3,
				Log: logger(t), Outcome: &out,
			}
			got, err := e.Run(limit(t, 3*time.Minute), queries, docs)
			if err != nil {
				t.Fatal(err)
			}
			compare(t, queries, got, want)
			t.Logf("scanned by each: %d of %d", out.ScannedBy, out.Documents)
			for i, n := range out.ScannedBy {
				if n*10 <= out.Documents {
					t.Errorf("scheduler %d scanned %d of %d documents", i, n, out.Documents)
				}
			}
		})
	}
}
