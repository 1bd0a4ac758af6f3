package direct_test

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/millrace/millrace/integration/direct"
	"github.com/millrace/millrace/integration/random"
	"github.com/millrace/millrace/integration/reference"
	"github.com/millrace/millrace/libs/share"
	"github.com/millrace/millrace/libs/sql"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/sql/plan"
)

var (
	standing  = flag.Int("standing", manyQueries, "queries per seed that come and go in TestQueriesComeAndGo")
	documents = flag.Int("documents", 150, "documents per seed that they stand over, a few of them broken")
	rounds    = flag.Int("rounds", 1, "seeds that it tries, from -seed on")
)

// TestQueriesComeAndGo adds random queries in mid-stream and drops half of them
// again, all merged into one plan, and holds each against the reference over the
// documents between, and against itself alone from the same position. Merged, they
// have the same rows whatever they share, and by both paths of the decoder.
//
// The documents are real tweets, as far as MILLRACE_TWEETS, MILLRACE_TWEETS_STREAM
// and MILLRACE_TWEETS_SEARCH name files of them, and made up otherwise. A failure
// names its seed: go test -run ComeAndGo -seed N. A longer run:
// go test -run ComeAndGo -timeout 1h -rounds 20 -documents 2000.
func TestQueriesComeAndGo(t *testing.T) {
	for seed := *first; seed < *first+uint64(*rounds) && !t.Failed(); seed++ {
		comeAndGo(t, seed)
	}
}

func comeAndGo(t *testing.T, seed uint64) {
	docs, from := corpus(t, seed, *documents)
	queries := visitors(seed, docs, *standing)
	rnd := rand.New(rand.NewPCG(seed, 11))
	t.Logf("seed %d: %d queries over %d documents of %s", seed, len(queries), len(docs), from)

	cat := tweets(t)
	want := wanted(t, cat, seed, queries, docs)
	var merged map[string][]reference.Row
	for _, how := range ways {
		e := shape(rnd, cat)
		e.Apart, e.Portable, e.Ahead = how.apart, how.portable, rnd.IntN(2) == 0
		got, err := e.Stand(t.Context(), queries, docs)
		if err != nil {
			t.Fatalf("seed %d, %s, %+v: %v", seed, how.name, e, err)
		}
		if merged == nil {
			merged = got
		}
		hold(t, seed, how.name, queries, got, want)
		hold(t, seed, how.name+" against merged", queries, got, merged)
	}
	alone := eachAlone(t, cat, seed, queries, docs)
	hold(t, seed, "alone", queries, alone, want)
	hold(t, seed, "merged against alone", queries, merged, alone)

	rows, some := 0, 0
	for id := range queries {
		rows += len(merged[id])
		some += min(1, len(merged[id]))
	}
	t.Logf("seed %d: %d rows of %d queries are equal %d ways, alone and by the reference", seed, rows, some, len(ways))
	if some < len(queries)/2 {
		t.Errorf("seed %d: only %d of %d queries have rows", seed, some, len(queries))
	}
}

// ways are the ways in which queries are merged; the first shares all that there
// is to share.
var ways = []struct {
	name     string
	apart    share.Apart
	portable bool
}{
	{name: "merged"},
	{name: "merged, by the portable decoder", portable: true},
	{name: "merged, with tables apart", apart: share.Apart{Tables: true}},
	{name: "merged, with predicates apart", apart: share.Apart{Predicates: true}, portable: true},
	{name: "merged, with fragments apart", apart: share.Apart{Fragments: true}},
	{name: "merged, with everything apart", apart: share.Apart{Predicates: true, Tables: true, Fragments: true}},
}

// visitors returns n random queries and when each comes and goes. Some have the
// text of one before, and another start.
func visitors(seed uint64, docs [][]byte, n int) map[string]direct.Standing {
	rnd := rand.New(rand.NewPCG(seed, 13))
	g := random.New(seed, docs)
	changes := []int{0}
	for range 24 {
		changes = append(changes, rnd.IntN(len(docs)+1))
	}
	slices.Sort(changes)
	changes = slices.Compact(changes)
	var texts []string
	queries := map[string]direct.Standing{}
	for i := range n {
		var text string
		switch k := rnd.IntN(10); {
		case k < 2 && i > 0:
			text = texts[rnd.IntN(i)]
		case k < 4:
			text = g.Standing()
		case k < 6:
			text = g.Rich()
		default:
			text = g.Query()
		}
		texts = append(texts, text)
		q := direct.Standing{SQL: text}
		at := 0
		if rnd.IntN(3) > 0 {
			at = rnd.IntN(len(changes))
			q.From = changes[at]
		}
		if later := changes[at+1:]; len(later) > 0 && rnd.IntN(2) == 0 {
			q.To = later[rnd.IntN(len(later))]
		}
		queries[fmt.Sprintf("q%04d", i)] = q
	}
	return queries
}

// wanted returns what the reference answers over the documents of each query.
func wanted(t *testing.T, cat *catalog.Catalog, seed uint64, queries map[string]direct.Standing, docs [][]byte) map[string][]reference.Row {
	t.Helper()
	parsed := make([]*reference.Document, len(docs))
	for i, d := range docs {
		parsed[i], _ = reference.Parse(d) // nil: bad documents are part of the input
	}
	want := map[string][]reference.Row{}
	for id, s := range queries {
		q, err := reference.New(s.SQL)
		if err != nil {
			t.Fatalf("seed %d, query %s: %v\n%s", seed, id, err, s.SQL)
		}
		q.ID = id
		for _, d := range parsed[s.From:end(s, docs)] {
			if d != nil {
				q.AddDocument(d)
			}
		}
		if s.To == 0 || !final(t, cat, s.SQL) {
			want[id] = q.Rows()
		}
	}
	return want
}

// final reports whether a query shows closed windows only: as none closes before
// the end, it has nothing when it is dropped.
func final(t *testing.T, cat *catalog.Catalog, text string) bool {
	t.Helper()
	root, err := sql.Compile(text, cat)
	if err != nil {
		t.Fatal(err)
	}
	return root.Emit == plan.EmitFinal
}

func end(s direct.Standing, docs [][]byte) int {
	if s.To == 0 {
		return len(docs)
	}
	return s.To
}

// eachAlone runs each query by itself over its documents.
func eachAlone(t *testing.T, cat *catalog.Catalog, seed uint64, queries map[string]direct.Standing, docs [][]byte) map[string][]reference.Row {
	t.Helper()
	var mu sync.Mutex
	var wg sync.WaitGroup
	out := map[string][]reference.Row{}
	ids := slices.Sorted(maps.Keys(queries))
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		wg.Go(func() {
			rnd := rand.New(rand.NewPCG(seed, 17+uint64(w)))
			for i := w; i < len(ids); i += workers {
				id := ids[i]
				rows, err := alone(t.Context(), shape(rnd, cat), id, queries[id], docs)
				if err != nil {
					t.Errorf("seed %d, query %s alone: %v\n%s", seed, id, err, queries[id].SQL)
				}
				mu.Lock()
				out[id] = rows
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return out
}

func alone(ctx context.Context, e direct.Engine, id string, s direct.Standing, docs [][]byte) ([]reference.Row, error) {
	docs = docs[s.From:end(s, docs)]
	s.From, s.To = 0, max(0, s.To-s.From)
	rows, err := e.Stand(ctx, map[string]direct.Standing{id: s}, docs)
	return rows[id], err
}

// hold compares the rows of every query.
func hold(t *testing.T, seed uint64, who string, queries map[string]direct.Standing, got, want map[string][]reference.Row) {
	t.Helper()
	failures := 0
	for _, id := range slices.Sorted(maps.Keys(queries)) {
		err := reference.Diff(got[id], want[id])
		if err == nil {
			continue
		}
		if failures++; failures > 5 {
			t.Fatalf("seed %d: and more", seed)
		}
		q := queries[id]
		t.Errorf("seed %d, query %s from document %d to %d, %s: %v\n%s", seed, id, q.From, q.To, who, err, q.SQL)
	}
}

// corpus returns n documents and says where they are from.
func corpus(t *testing.T, seed uint64, n int) (docs [][]byte, from string) {
	t.Helper()
	rnd := rand.New(rand.NewPCG(seed, 19))
	var files, names []string
	for _, env := range []string{"MILLRACE_TWEETS", "MILLRACE_TWEETS_STREAM", "MILLRACE_TWEETS_SEARCH"} {
		if path := os.Getenv(env); path != "" {
			files, names = append(files, path), append(names, env)
		}
	}
	broken := random.Broken(seed, n/20)
	n -= len(broken)
	for i, path := range files {
		some, err := random.Read(path, 1000+n)
		if err != nil {
			t.Fatal(err)
		}
		if len(some) == 0 {
			t.Fatalf("%s names a file without documents", names[i])
		}
		start := rnd.IntN(1 + max(0, len(some)-n/len(files)))
		docs = append(docs, some[start:min(len(some), start+n/len(files))]...)
	}
	if len(files) == 0 {
		docs, names = random.Documents(seed, n), []string{"package random"}
	}
	docs = append(docs, broken...)
	rnd.Shuffle(len(docs), func(i, j int) { docs[i], docs[j] = docs[j], docs[i] })
	return docs, strings.Join(names, ", ")
}
