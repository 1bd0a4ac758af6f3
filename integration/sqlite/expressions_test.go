package sqlite_test

import (
	"errors"
	"flag"
	"testing"

	"github.com/millrace/millrace/integration/random"
	"github.com/millrace/millrace/integration/reference"
	"github.com/millrace/millrace/integration/sqlite"
)

var rich = flag.Int("rich", richQueries, "queries over the whole dialect that TestReferenceEqualsSQLiteInExpressions compares")

// TestReferenceEqualsSQLiteInExpressions holds the two oracles against each other over
// those of the queries over the whole dialect that SQLite can express, which are few: it
// has other functions, and is silent where there is an error.
func TestReferenceEqualsSQLiteInExpressions(t *testing.T) {
	const most = 60 // draws for each query that can be compared
	reasons := map[string]int{}
	compared, telling, drawn := 0, 0, 0
	for seed := *first; compared < *rich && drawn < most**rich && !t.Failed(); seed++ {
		docs := random.Documents(seed, 60)
		db, err := sqlite.Open(t.Context(), docs)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		g := random.New(seed, docs)
		for range 2000 {
			text := g.Rich()
			drawn++
			got, err := db.Query(t.Context(), text)
			var skip *sqlite.Unsupported
			if errors.As(err, &skip) {
				reasons[skip.Reason]++
				continue
			}
			if err != nil {
				t.Errorf("seed %d: %v\n%s", seed, err, text)
				continue
			}
			rows, err := reference.Answer(map[string]string{"": text}, docs)
			if err != nil {
				t.Errorf("seed %d: %v\n%s", seed, err, text)
				continue
			}
			if err := reference.Diff(got, rows[""]); err != nil {
				t.Errorf("seed %d: SQLite against the reference: %v\n%s", seed, err, text)
			}
			compared++
			if random.Telling(rows[""]) {
				telling++
			}
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
	t.Logf("%d of %d queries compared from seed %d on, %d of them neither empty nor all NULL; not expressible: %v", compared, drawn, *first, telling, reasons)
	if compared < *rich {
		t.Errorf("only %d queries could be compared, want %d", compared, *rich)
	}
}
