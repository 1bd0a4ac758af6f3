package direct_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/millrace/millrace/integration/direct"
	"github.com/millrace/millrace/integration/random"
	"github.com/millrace/millrace/integration/reference"
)

// TestExpressionsAgree puts random queries over the whole dialect to three: the engine
// with all queries merged, the engine with each alone, and the reference. A failure
// names its seed: go test -run ExpressionsAgree -seed N -rich 1000. It tells how often
// each production and function was drawn, and how many results say something.
func TestExpressionsAgree(t *testing.T) {
	const together = 500 // queries that are merged
	drawn := map[string]int{}
	telling, asked := 0, 0
	for seed := *first; asked < *rich && !t.Failed(); seed++ {
		n := min(together, *rich-asked)
		telling += agreeRich(t, seed, n, drawn)
		asked += n
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

// agreeRich compares the answers to n queries, and returns how many of them say something.
func agreeRich(t *testing.T, seed uint64, n int, drawn map[string]int) (telling int) {
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
	names, _ := g.Coverage()
	for name, times := range names {
		drawn[name] += times
	}
	cat := tweets(t)
	set, err := reference.NewSet(texts)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range docs {
		_ = set.Add(d) // bad documents are part of the input
	}
	want, counters := set.Rows(), set.Counters()
	merged := run(t, seed, shape(rnd, cat), texts, docs)

	shapes := make([]direct.Engine, n)
	for i := range shapes {
		shapes[i] = shape(rnd, cat)
	}
	alone, outcomes := make([]map[string][]reference.Row, n), make([]direct.Outcome, n)
	var wg sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		wg.Go(func() {
			for i := w; i < n; i += workers {
				shapes[i].Outcome = &outcomes[i]
				rows, err := shapes[i].Run(t.Context(), map[string]string{ids[i]: texts[ids[i]]}, docs)
				if err != nil {
					t.Errorf("seed %d, query %s alone: %v\n%s", seed, ids[i], err, texts[ids[i]])
				}
				alone[i] = rows
			}
		})
	}
	wg.Wait()
	failures := 0
	for i, id := range ids {
		q := question{id: id, text: texts[id]}
		ok := agree(t, seed, q, "merged", merged[id], want[id])
		ok = agree(t, seed, q, "alone", alone[i][id], want[id]) && ok
		for name, n := range counters[id] {
			if got := outcomes[i].Counted[id][name]; got != n {
				ok = false
				t.Errorf("seed %d, query %s, alone: its counter %s is %d, expected %d\n%s", seed, id, name, got, n, q.text)
			}
		}
		if !ok {
			if failures++; failures > 10 {
				t.Fatalf("seed %d: and more", seed)
			}
		}
		if random.Telling(want[id]) {
			telling++
		}
	}
	return telling
}
