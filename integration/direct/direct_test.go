package direct_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/millrace/millrace/integration/direct"
	"github.com/millrace/millrace/integration/random"
	"github.com/millrace/millrace/integration/reference"
	"github.com/millrace/millrace/integration/slt"
	"github.com/millrace/millrace/libs/exec/scan"
)

var (
	seeds   = flag.Int("seeds", 4, "seeds that TestMergedEqualsAloneEqualsReference tries")
	first   = flag.Uint64("seed", 1, "the first of them")
	queries = flag.Int("queries", 500, "queries per seed")
)

func TestSQLLogicAlone(t *testing.T) {
	slt.Alone(t, direct.Engine{Merges: 2}, cases(t))
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

// TestMergedEqualsAloneEqualsReference runs random queries together and each
// alone, the input cut in different ways, and holds both against the reference
// (which package sqlite holds against SQLite). A failure names its seed.
func TestMergedEqualsAloneEqualsReference(t *testing.T) {
	total := 0
	for seed := *first; seed < *first+uint64(*seeds); seed++ {
		docs := append(random.Documents(seed, 150), random.Broken(seed, 10)...)
		rnd := rand.New(rand.NewPCG(seed, 7))
		rnd.Shuffle(len(docs), func(i, j int) { docs[i], docs[j] = docs[j], docs[i] })
		texts := map[string]string{}
		for i, text := range random.Queries(seed, *queries, docs) {
			texts[fmt.Sprintf("q%04d", i)] = text
		}
		want := referenceRows(t, texts, docs)
		merged := run(t, seed, shape(rnd), texts, docs)
		for id, text := range texts {
			if err := reference.Diff(merged[id], want[id]); err != nil {
				t.Errorf("seed %d, merged: %v\n%s", seed, err, text)
			}
			alone := run(t, seed, shape(rnd), map[string]string{id: text}, docs)
			if err := reference.Diff(alone[id], want[id]); err != nil {
				t.Errorf("seed %d, alone: %v\n%s", seed, err, text)
			}
			total++
		}
	}
	t.Logf("%d queries", total)
}

// shape cuts the input at random.
func shape(rnd *rand.Rand) direct.Engine {
	return direct.Engine{Scans: 1 + rnd.IntN(8), Merges: 1 + rnd.IntN(8), Batch: 1 + rnd.IntN(60), Transaction: 1 + rnd.IntN(20)}
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
	set, err := reference.NewSet(texts)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range docs {
		_ = set.Add(d) // bad documents are counted
	}
	return set.Rows()
}

// TestSixtyPredicatesForAThousandQueries: queries that combine the same atomic
// predicates in any way cost what the predicates cost.
func TestSixtyPredicatesForAThousandQueries(t *testing.T) {
	docs := random.Documents(11, 400)
	g := random.New(11, docs)
	atoms := g.Atoms(60)
	texts := map[string]string{}
	for i := range 1000 {
		cond := g.Over(atoms)
		if i%5 == 0 {
			cond = "(" + atoms[0] + ") AND (" + atoms[1+i%59] + ")"
		}
		texts[fmt.Sprintf("q%04d", i)] = "SELECT count(*) AS n FROM tweets WHERE " + cond
	}
	var counters scan.Counters
	got := run(t, 11, direct.Engine{Merges: 2, Batch: 50, Counters: &counters}, texts, docs)
	want := referenceRows(t, texts, docs)
	for id, text := range texts {
		if err := reference.Diff(got[id], want[id]); err != nil {
			t.Errorf("%v\n%s", err, text)
		}
	}
	per := float64(counters.Evaluations) / float64(counters.Documents)
	if per > 60 {
		t.Errorf("%.1f evaluations per document, want at most 60 for 60 atoms:\n%s", per, strings.Join(atoms, "\n"))
	}
	t.Logf("%d queries, %.1f predicate evaluations per document", len(texts), per)
}
