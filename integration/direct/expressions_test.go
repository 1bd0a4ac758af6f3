package direct_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/millrace/millrace/integration/direct"
	"github.com/millrace/millrace/integration/random"
	"github.com/millrace/millrace/integration/reference"
	"github.com/millrace/millrace/libs/sql/catalog"
)

// TestExpressionsAgree puts random queries over the whole dialect to three: the engine
// with all queries merged, the engine with each alone, and the reference. A failure
// names its seed: go test -run ExpressionsAgree -seed N -rich 1000. It tells how often
// each production and function was drawn, and how many results say something.
func TestExpressionsAgree(t *testing.T) {
	const together = 500 // queries that are merged
	cat := tweets(t)
	drawn := map[string]int{}
	telling, asked := 0, 0
	for seed := *first; asked < *rich && !t.Failed(); seed++ {
		trial := tryRich(t, cat, seed, min(together, *rich-asked))
		const shown = 10
		for _, d := range trial.differences[:min(shown, len(trial.differences))] {
			t.Errorf("seed %d, %s", seed, d)
		}
		for name, times := range trial.drawn {
			drawn[name] += times
		}
		asked += trial.asked
		telling += trial.telling
	}
	for _, name := range slices.Sorted(maps.Keys(drawn)) {
		t.Logf("%6d × %s", drawn[name], name)
		if drawn[name] == 0 && *rich >= richQueries {
			t.Errorf("never drawn: %s", name)
		}
	}
	t.Logf("%d queries have three equal answers, of which %d are neither empty nor all NULL", asked, telling)
	if telling < asked*30/100 && !t.Failed() {
		t.Errorf("only %d of %d results say something", telling, asked)
	}
}

// trial is what came of putting queries to all three.
type trial struct {
	asked, telling int
	drawn          map[string]int // production or function → times
	differences    []string
}

// tryRich compares the answers to n queries, and what each alone has counted.
func tryRich(t *testing.T, cat *catalog.Catalog, seed uint64, n int) trial {
	t.Helper()
	docs := append(random.Documents(seed, 60), random.Broken(seed, 3)...)
	rnd := rand.New(rand.NewPCG(seed, 23))
	rnd.Shuffle(len(docs), func(i, j int) { docs[i], docs[j] = docs[j], docs[i] })
	g := random.New(seed, docs)
	texts, ids := map[string]string{}, make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("q%04d", i)
		texts[ids[i]] = g.Rich()
	}
	set, err := reference.NewSet(texts)
	if err != nil {
		t.Fatalf("seed %d: %v", seed, err)
	}
	for _, d := range docs {
		_ = set.Add(d) // bad documents are part of the input
	}
	want, counters := set.Rows(), set.Counters()
	merged := run(t, seed, shape(rnd, cat), texts, docs)
	alone, outcomes := eachRich(t, rnd, cat, ids, texts, docs)

	out := trial{asked: n}
	out.drawn, _ = g.Coverage()
	for i, id := range ids {
		differ := func(who, format string, args ...any) {
			out.differences = append(out.differences, fmt.Sprintf("query %s, %s: %s\n%s", id, who, fmt.Sprintf(format, args...), texts[id]))
		}
		if err := reference.Diff(merged[id], want[id]); err != nil {
			differ("merged against the reference", "%v", err)
		}
		if err := reference.Diff(alone[i], want[id]); err != nil {
			differ("alone against the reference", "%v", err)
		}
		for _, name := range slices.Sorted(maps.Keys(counters[id])) {
			if name == "errors" && strings.Contains(texts[id], " UNION ALL ") {
				continue // counted by node, which branches with the same WHERE share
			}
			if got, n := outcomes[i].Counted[id][name], counters[id][name]; got != n {
				differ("alone", "its counter %s is %d, expected %d", name, got, n)
			}
		}
		if random.Telling(want[id]) {
			out.telling++
		}
	}
	return out
}

// eachRich runs each query by itself.
func eachRich(t *testing.T, rnd *rand.Rand, cat *catalog.Catalog, ids []string, texts map[string]string, docs [][]byte) ([][]reference.Row, []direct.Outcome) {
	t.Helper()
	rows, outcomes := make([][]reference.Row, len(ids)), make([]direct.Outcome, len(ids))
	engines := make([]direct.Engine, len(ids))
	for i := range engines {
		engines[i] = shape(rnd, cat)
		engines[i].Outcome = &outcomes[i]
	}
	var wg sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		wg.Go(func() {
			for i := w; i < len(ids); i += workers {
				id := ids[i]
				got, err := engines[i].Run(t.Context(), map[string]string{id: texts[id]}, docs)
				if err != nil {
					t.Errorf("query %s alone: %v\n%s", id, err, texts[id])
				}
				rows[i] = got[id]
			}
		})
	}
	wg.Wait()
	return rows, outcomes
}
