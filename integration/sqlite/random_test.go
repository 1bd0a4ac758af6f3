package sqlite_test

import (
	"errors"
	"flag"
	"testing"

	"github.com/millrace/millrace/integration/random"
	"github.com/millrace/millrace/integration/reference"
	"github.com/millrace/millrace/integration/sqlite"
)

var (
	seeds   = flag.Int("seeds", someSeeds, "seeds that TestReferenceEqualsSQLite tries")
	first   = flag.Uint64("seed", 1, "the first of them")
	queries = flag.Int("queries", 150, "queries per seed")
)

// TestReferenceEqualsSQLite holds the two oracles against each other. A failure
// names its seed: go test -run ReferenceEqualsSQLite -seed N -seeds 1.
func TestReferenceEqualsSQLite(t *testing.T) {
	reasons := map[string]int{}
	compared, rows := 0, 0
	for seed := *first; seed < *first+uint64(*seeds); seed++ {
		docs := random.Documents(seed, 120)
		docs = append(docs, random.Broken(seed, 10)...)
		db, err := sqlite.Open(t.Context(), docs)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		parsed := make([]*reference.Document, 0, len(docs))
		for _, d := range docs {
			if doc, err := reference.Parse(d); err == nil {
				parsed = append(parsed, doc)
			}
		}
		for i, text := range random.Queries(seed, *queries, docs) {
			q, err := reference.New(text)
			if err != nil {
				t.Errorf("seed %d query %d: %v\n%s", seed, i, err, text)
				continue
			}
			got, err := db.Query(t.Context(), text)
			var skip *sqlite.Unsupported
			if errors.As(err, &skip) {
				reasons[skip.Reason]++
				continue
			}
			if err != nil {
				t.Errorf("seed %d query %d: %v\n%s", seed, i, err, text)
				continue
			}
			for _, d := range parsed {
				q.AddDocument(d)
			}
			want := q.Rows()
			if err := reference.Diff(got, want); err != nil {
				t.Errorf("seed %d query %d: SQLite against the reference: %v\n%s", seed, i, err, text)
			}
			compared++
			rows += len(want)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			break
		}
	}
	t.Logf("%d queries with %d rows compared from seed %d on; not expressible: %v", compared, rows, *first, reasons)
	if compared < *seeds**queries*8/10 {
		t.Errorf("only %d of %d queries could be compared", compared, *seeds**queries)
	}
}
