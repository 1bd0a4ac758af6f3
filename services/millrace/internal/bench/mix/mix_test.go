package mix

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/sql"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/sql/plan"
)

// Every mix is SQL, and a smaller set is the beginning of a larger one.
func TestQueriesCompile(t *testing.T) {
	cat, err := catalog.Default()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range All() {
		texts := m.Queries(1, 3000)
		if !slices.Equal(texts[:100], m.Queries(1, 100)) {
			t.Errorf("%s: the first queries depend on how many there are", m.Name)
		}
		if m.Name != "keywords" && m.Name != "groupby" && slices.Equal(texts[:10], m.Queries(2, 10)) {
			t.Errorf("%s: another seed gives the same queries", m.Name)
		}
		for i, text := range texts {
			if _, err := sql.Compile(text, cat); err != nil {
				t.Fatalf("%s: query %d: %s: %v", m.Name, i, text, err)
			}
		}
		if m.Doc == "" {
			t.Errorf("%s has no doc", m.Name)
		}
	}
}

// How many of the queries of a mix are different is what there is to share.
func TestDistinct(t *testing.T) {
	cat, err := catalog.Default()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]struct{ least, most int }{
		"keywords":     {10_000, 10_000},
		"mixed":        {5000, 9000},
		"conjunctions": {8000, 10_000},
		"overlap":      {400, 500},
		"groupby":      {9900, 10_000},
		"ranges":       {9000, 10_000},
		"worst":        {9900, 10_000},
	} {
		m, ok := Lookup(name)
		if !ok {
			t.Fatalf("there is no %s", name)
		}
		ids := map[plan.ID]bool{}
		for _, text := range m.Queries(1, 10_000) {
			root, err := sql.Compile(text, cat)
			if err != nil {
				t.Fatal(err)
			}
			ids[plan.Fingerprint(root)] = true
		}
		if len(ids) < want.least || len(ids) > want.most {
			t.Errorf("%s: %d different queries of 10,000, want %d to %d", name, len(ids), want.least, want.most)
		}
	}
}

// Words are distinct, and the ten terms are not among them.
func TestWords(t *testing.T) {
	v := newVocabulary()
	seen := map[string]bool{}
	repeated := 0
	for i := range 120_000 {
		w := v.word(i)
		if seen[w] {
			repeated++
		}
		if len(w) < 2 || strings.ContainsAny(w, "'%_ ") {
			t.Fatalf("word %d is %q", i, w)
		}
		seen[w] = true
	}
	if repeated > 0 {
		t.Errorf("%d words come twice", repeated)
	}
	for _, w := range []string{"happy", "sad", "and", "the", "I", "1D"} {
		if seen[w] {
			t.Errorf("%s is a word and a term", w)
		}
	}
}

// The mixes are what the figures in the documents were measured with: a change of
// the hash of their first thousand queries is a change of the mix.
func TestTheMixesStay(t *testing.T) {
	for name, want := range map[string]string{
		"keywords":     "15552ccfcd0b",
		"mixed":        "c7976e515b9f",
		"conjunctions": "7e5e5d7c3a64",
		"overlap":      "4c7f99f87fd8",
		"groupby":      "93825c0b9926",
		"ranges":       "d370d55254d6",
		"churn":        "c7976e515b9f",
		"worst":        "ebfcb5b2bfeb",
	} {
		m, _ := Lookup(name)
		sum := sha256.Sum256([]byte(strings.Join(m.Queries(1, 1000), "\n")))
		if got := hex.EncodeToString(sum[:6]); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
}
