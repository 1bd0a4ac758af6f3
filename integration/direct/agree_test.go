package direct_test

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/millrace/millrace/integration/random"
	"github.com/millrace/millrace/integration/reference"
	"github.com/millrace/millrace/integration/sqlite"
)

var (
	seeds   = flag.Int("seeds", someSeeds, "seeds that TestFourAnswersAgree tries")
	first   = flag.Uint64("seed", 1, "the first of them")
	queries = flag.Int("queries", 500, "queries per seed that SQLite can answer too")
	rich    = flag.Int("rich", richQueries, "queries over the whole dialect that TestExpressionsAgree tries")
)

// TestFourAnswersAgree puts the same random queries over the same documents to
// four: the engine with all queries merged, the engine with each alone, the
// reference, and SQLite. The engine's input is cut in different ways. Queries
// that SQLite cannot express are counted, compared between the other three, and
// made up for by further ones. A failure names its seed:
// go test -run FourAnswers -seed N -seeds 1.
func TestFourAnswersAgree(t *testing.T) {
	sum := tally{reasons: map[string]int{}}
	for seed := *first; seed < *first+uint64(*seeds) && !t.Failed(); seed++ {
		compareFour(t, seed, &sum)
	}
	t.Logf("seeds %d to %d: %d queries with %d rows have four equal answers: merged, alone, reference and SQLite",
		*first, *first+uint64(*seeds)-1, sum.four, sum.rows)
	t.Logf("%d queries more have three, for SQLite cannot express them: %v", sum.three, sum.reasons)
	if want := *seeds * *queries; sum.four != want && !t.Failed() {
		t.Errorf("%d queries have four equal answers, want %d", sum.four, want)
	}
}

type tally struct {
	four, three, rows int
	reasons           map[string]int // why SQLite was not asked → queries
}

// question is a query, with SQLite's answer where it has one.
type question struct {
	id, text string
	asked    bool
	answer   []reference.Row
}

func compareFour(t *testing.T, seed uint64, sum *tally) {
	docs := append(random.Documents(seed, 150), random.Broken(seed, 10)...)
	rnd := rand.New(rand.NewPCG(seed, 7))
	rnd.Shuffle(len(docs), func(i, j int) { docs[i], docs[j] = docs[j], docs[i] })

	cat := tweets(t)
	asked := questions(t, seed, docs, sum.reasons)
	texts := map[string]string{}
	for _, q := range asked {
		texts[q.id] = q.text
	}
	want := referenceRows(t, texts, docs)
	merged := run(t, seed, shape(rnd, cat), texts, docs)
	for _, q := range asked {
		alone := run(t, seed, shape(rnd, cat), map[string]string{q.id: q.text}, docs)
		ok := agree(t, seed, q, "merged", merged[q.id], want[q.id])
		ok = agree(t, seed, q, "alone", alone[q.id], want[q.id]) && ok
		if q.asked {
			ok = agree(t, seed, q, "SQLite", q.answer, want[q.id]) && ok
		}
		switch {
		case !ok:
		case q.asked:
			sum.four++
			sum.rows += len(want[q.id])
		default:
			sum.three++
		}
	}
}

// questions asks SQLite until it has answered as many as it is to.
func questions(t *testing.T, seed uint64, docs [][]byte, reasons map[string]int) []question {
	t.Helper()
	db, err := sqlite.Open(t.Context(), docs)
	if err != nil {
		t.Fatalf("seed %d: %v", seed, err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	g := random.New(seed, docs)
	var out []question
	for answered := 0; answered < *queries; {
		q := question{id: fmt.Sprintf("q%04d", len(out)), text: g.Query(), asked: true}
		if len(out) > 2**queries {
			t.Fatalf("seed %d: SQLite can answer only %d of %d queries: %v", seed, answered, len(out), reasons)
		}
		var skip *sqlite.Unsupported
		switch q.answer, err = db.Query(t.Context(), q.text); {
		case errors.As(err, &skip):
			q.asked = false
			reasons[skip.Reason]++
		case err != nil:
			t.Fatalf("seed %d, query %s: %v\n%s", seed, q.id, err, q.text)
		default:
			answered++
			for i := range q.answer {
				q.answer[i].Query = q.id
			}
		}
		out = append(out, q)
	}
	return out
}

func agree(t *testing.T, seed uint64, q question, who string, got, want []reference.Row) bool {
	t.Helper()
	err := reference.Diff(got, want)
	if err != nil {
		t.Errorf("seed %d, query %s, %s against the reference: %v\n%s", seed, q.id, who, err, q.text)
	}
	return err == nil
}
