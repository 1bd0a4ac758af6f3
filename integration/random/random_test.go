package random_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/millrace/millrace/integration/random"
	"github.com/millrace/millrace/integration/reference"
	"github.com/millrace/millrace/libs/sql/bind"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/sql/parser"
)

func TestSameSeedSameOutput(t *testing.T) {
	a, b := random.Documents(5, 50), random.Documents(5, 50)
	if !slices.EqualFunc(a, b, bytes.Equal) {
		t.Error("documents of one seed differ")
	}
	if longer := random.Documents(5, 80); !slices.EqualFunc(a, longer[:50], bytes.Equal) {
		t.Error("asking for more documents changes the first ones")
	}
	if other := random.Documents(6, 50); slices.EqualFunc(a, other, bytes.Equal) {
		t.Error("documents of two seeds are the same")
	}
	if !slices.Equal(random.Queries(5, 50, a), random.Queries(5, 50, b)) {
		t.Error("queries of one seed differ")
	}
	if slices.Equal(random.Queries(5, 50, a), random.Queries(6, 50, a)) {
		t.Error("queries of two seeds are the same")
	}
	if !slices.EqualFunc(random.Broken(5, 20), random.Broken(5, 20), bytes.Equal) {
		t.Error("broken documents of one seed differ")
	}
}

func TestDocumentsAreWhatTheyClaim(t *testing.T) {
	for _, d := range random.Documents(1, 2000) {
		if _, err := reference.Parse(d); err != nil {
			t.Errorf("%v: %s", err, d)
		}
	}
	for _, d := range random.Broken(1, 500) {
		if _, err := reference.Parse(d); err == nil {
			t.Errorf("not broken: %s", d)
		}
	}
}

// TestDocumentsVary holds the mix: every column is NULL in some documents and
// has several values in others, and some hold what they should not.
func TestDocumentsVary(t *testing.T) {
	const n = 1000
	mismatches := 0
	nulls, values := map[string]int{}, map[string]map[string]bool{}
	for _, raw := range random.Documents(1, n) {
		d, err := reference.Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		mismatches += d.Mismatches()
		for _, c := range reference.Columns() {
			v, _ := d.Column(c.Name)
			if v.IsNull() {
				nulls[c.Name]++
				continue
			}
			if values[c.Name] == nil {
				values[c.Name] = map[string]bool{}
			}
			values[c.Name][v.String()] = true
		}
	}
	for _, c := range reference.Columns() {
		if nulls[c.Name] > n*9/10 || len(values[c.Name]) < 2 {
			t.Errorf("%s: %d of %d NULL, %d values", c.Name, nulls[c.Name], n, len(values[c.Name]))
		}
	}
	if mismatches < n/20 {
		t.Errorf("%d type mismatches in %d documents", mismatches, n)
	}
}

// TestQueriesAreValid binds every query with the real binder.
func TestQueriesAreValid(t *testing.T) {
	cat, err := catalog.Default()
	if err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(5) {
		sample := random.Documents(seed, 100)
		for i, sql := range random.Queries(seed, 400, sample) {
			stmt, err := parser.Parse(sql)
			if err != nil {
				t.Fatalf("seed %d query %d: %v\n%s", seed, i, err, sql)
			}
			if _, err := bind.Bind(stmt, cat, sql); err != nil {
				t.Errorf("seed %d query %d: %v\n%s", seed, i, err, sql)
			}
		}
	}
}

// TestQueriesHit holds that most queries have results over their own sample.
func TestQueriesHit(t *testing.T) {
	docs := random.Documents(3, 150)
	const n = 300
	empty := 0
	for _, sql := range random.Queries(3, n, docs) {
		q, err := reference.New(sql)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range docs {
			if err := q.Add(d); err != nil {
				t.Fatal(err)
			}
		}
		if len(q.Rows()) == 0 {
			empty++
		}
	}
	if empty > n/3 {
		t.Errorf("%d of %d queries have no rows", empty, n)
	}
}

func TestAtomsAndTheirCombinations(t *testing.T) {
	docs := random.Documents(4, 100)
	g := random.New(4, docs)
	atoms := g.Atoms(60)
	for range 200 {
		sql := "SELECT count(*) AS n FROM tweets WHERE " + g.Over(atoms)
		if _, err := reference.New(sql); err != nil {
			t.Errorf("%v\n%s", err, sql)
		}
	}
	slices.Sort(atoms)
	if len(slices.Compact(atoms)) != 60 {
		t.Error("atoms are not distinct")
	}
}
