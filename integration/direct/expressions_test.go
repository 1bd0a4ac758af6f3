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
		if drawn[name] == 0 && asked >= 5000 {
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
	b := newRichBatch(t, seed, n)
	out := trial{asked: n, telling: b.telling, drawn: b.drawn}
	merged, differences := b.merged(t, cat)
	out.differences = append(differences, b.alone(t, cat, merged)...)
	return out
}

// richBatch is random queries over random documents, with the reference's answers.
type richBatch struct {
	seed     uint64
	docs     [][]byte
	ids      []string
	texts    map[string]string
	want     map[string][]reference.Row
	counters map[string]map[string]int64
	arrays   map[string]int64 // of the errors, those of arrays that are unnested
	telling  int
	drawn    map[string]int
}

func newRichBatch(t *testing.T, seed uint64, n int) *richBatch {
	t.Helper()
	b := &richBatch{seed: seed, docs: append(random.Documents(seed, 60), random.Broken(seed, 3)...), ids: make([]string, n), texts: map[string]string{}}
	b.random().Shuffle(len(b.docs), func(i, j int) { b.docs[i], b.docs[j] = b.docs[j], b.docs[i] })
	g := random.New(seed, b.docs)
	for i := range b.ids {
		b.ids[i] = fmt.Sprintf("q%04d", i)
		b.texts[b.ids[i]] = g.Rich()
	}
	b.drawn, _ = g.Coverage()
	set, err := reference.NewSet(b.texts)
	if err != nil {
		t.Fatalf("seed %d: %v", seed, err)
	}
	for _, d := range b.docs {
		_ = set.Add(d) // bad documents are part of the input
	}
	b.want, b.counters, b.arrays = set.Rows(), set.Counters(), set.Arrays()
	for _, rows := range b.want {
		if random.Telling(rows) {
			b.telling++
		}
	}
	return b
}

func (b *richBatch) random() *rand.Rand { return rand.New(rand.NewPCG(b.seed, 23)) }

func (b *richBatch) differ(id, who, format string, args ...any) string {
	return fmt.Sprintf("query %s, %s: %s\n%s", id, who, fmt.Sprintf(format, args...), b.texts[id])
}

// merged returns the answers to all queries together, and how they differ from the
// reference's.
func (b *richBatch) merged(t *testing.T, cat *catalog.Catalog) (got map[string][]reference.Row, differences []string) {
	t.Helper()
	got = run(t, b.seed, shape(b.random(), cat), b.texts, b.docs)
	for _, id := range b.ids {
		if err := reference.Diff(got[id], b.want[id]); err != nil {
			differences = append(differences, b.differ(id, "merged against the reference", "%v", err))
		}
	}
	return got, differences
}

// alone returns how the answers to each query by itself differ, and what it counts. What is
// drawn at random, or approximate, is the same as in the merged answers: the reference does
// not say which it is.
func (b *richBatch) alone(t *testing.T, cat *catalog.Catalog, merged map[string][]reference.Row) (differences []string) {
	t.Helper()
	alone, outcomes := eachRich(t, b.random(), cat, b.ids, b.texts, b.docs)
	for i, id := range b.ids {
		if err := reference.Diff(alone[i], b.want[id]); err != nil {
			differences = append(differences, b.differ(id, "alone against the reference", "%v", err))
		} else if err := reference.Diff(alone[i], merged[id]); err != nil {
			differences = append(differences, b.differ(id, "alone against merged", "%v", err))
		}
		for _, name := range slices.Sorted(maps.Keys(b.counters[id])) {
			got, least, most := outcomes[i].Counted[id][name], b.counters[id][name], b.counters[id][name]
			if name == "errors" {
				least -= b.arrays[id] // conditions on the document alone come before its arrays
				// A post counts once for all that branches with the same WHERE compute of it, and in each of them.
				most *= int64(1 + strings.Count(b.texts[id], " UNION ALL "))
			}
			if got < least || got > most {
				differences = append(differences, b.differ(id, "alone", "its counter %s is %d, expected %d to %d", name, got, least, most))
			}
		}
	}
	return differences
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
