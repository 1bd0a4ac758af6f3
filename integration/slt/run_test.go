package slt_test

import (
	"context"
	"errors"
	"testing"

	"github.com/millrace/millrace/integration/reference"
	"github.com/millrace/millrace/integration/slt"
	"github.com/millrace/millrace/integration/sqlite"
)

// referenceEngine runs the reference.
type referenceEngine struct{}

func (referenceEngine) Run(_ context.Context, queries map[string]string, docs [][]byte) (map[string][]reference.Row, error) {
	return reference.Answer(queries, docs)
}

// sqliteEngine runs SQLite.
type sqliteEngine struct{}

func (sqliteEngine) Run(ctx context.Context, queries map[string]string, docs [][]byte) (map[string][]reference.Row, error) {
	db, err := sqlite.Open(ctx, docs)
	if err != nil {
		return nil, err
	}
	defer db.Close() // a database in memory
	out := map[string][]reference.Row{}
	for id, q := range queries {
		rows, err := db.Query(ctx, q)
		var cannot *sqlite.Unsupported
		if errors.As(err, &cannot) {
			return nil, &slt.Skip{Reason: cannot.Error()}
		}
		if err != nil {
			return nil, err
		}
		out[id] = rows
	}
	return out, nil
}

func cases(t *testing.T) []slt.Case {
	t.Helper()
	cs, err := slt.Cases()
	if err != nil {
		t.Fatal(err)
	}
	if len(cs) < 150 {
		t.Errorf("%d cases, at least 150 are promised", len(cs))
	}
	return cs
}

func TestReference(t *testing.T) { slt.Alone(t, referenceEngine{}, cases(t)) }

func TestReferenceShared(t *testing.T) { slt.Shared(t, referenceEngine{}, cases(t)) }

func TestSQLite(t *testing.T) { slt.Alone(t, sqliteEngine{}, cases(t)) }

// TestHowManySQLiteAnswers tells how many cases TestSQLite compares, and why it cannot ask
// about the others.
func TestHowManySQLiteAnswers(t *testing.T) {
	all, reasons := cases(t), map[string]int{}
	for _, c := range all {
		var skip *slt.Skip
		if _, err := (sqliteEngine{}).Run(t.Context(), map[string]string{"q": c.SQL}, c.Docs); errors.As(err, &skip) {
			reasons[skip.Reason]++
		}
	}
	skipped := 0
	for _, n := range reasons {
		skipped += n
	}
	t.Logf("SQLite answers %d of %d cases; the others: %v", len(all)-skipped, len(all), reasons)
	if len(all)-skipped < len(all)/2 {
		t.Errorf("SQLite answers only %d of %d cases", len(all)-skipped, len(all))
	}
}
