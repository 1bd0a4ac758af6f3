package direct_test

import (
	"math/rand/v2"
	"testing"

	"github.com/millrace/millrace/integration/direct"
	"github.com/millrace/millrace/integration/reference"
	"github.com/millrace/millrace/integration/slt"
	"github.com/millrace/millrace/libs/sql/catalog"
)

func TestSQLLogicAlone(t *testing.T) {
	slt.Alone(t, direct.Engine{Merges: 2, Catalog: tweets(t)}, cases(t))
}

func TestSQLLogicShared(t *testing.T) {
	slt.Shared(t, direct.Engine{Scans: 3, Merges: 4, Batch: 2, Transaction: 2}, cases(t))
}

func cases(t *testing.T) []slt.Case {
	t.Helper()
	all, err := slt.Cases()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func tweets(t *testing.T) *catalog.Catalog {
	t.Helper()
	c, err := catalog.Default()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// shape cuts the input at random.
func shape(rnd *rand.Rand, c *catalog.Catalog) direct.Engine {
	return direct.Engine{
		Scans: 1 + rnd.IntN(8), Merges: 1 + rnd.IntN(8),
		Batch: 1 + rnd.IntN(60), Transaction: 1 + rnd.IntN(20), Together: 1 + rnd.IntN(10), Catalog: c,
	}
}

func run(t *testing.T, seed uint64, e direct.Engine, texts map[string]string, docs [][]byte) map[string][]reference.Row {
	t.Helper()
	rows, err := e.Run(t.Context(), texts, docs)
	if err != nil {
		t.Fatalf("seed %d, %+v: %v", seed, e, err)
	}
	return rows
}

func referenceRows(t *testing.T, texts map[string]string, docs [][]byte) map[string][]reference.Row {
	t.Helper()
	rows, err := reference.Answer(texts, docs)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}
