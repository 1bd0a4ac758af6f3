package random_test

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/millrace/millrace/integration/random"
	"github.com/millrace/millrace/integration/reference"
	"github.com/millrace/millrace/libs/sql/bind"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/sql/parser"
)

// TestRichQueriesAreValid binds queries over the whole dialect with the real binder,
// and holds that the reference knows what they ask.
func TestRichQueriesAreValid(t *testing.T) {
	cat, err := catalog.Default()
	if err != nil {
		t.Fatal(err)
	}
	failures := 0
	for seed := range uint64(5) {
		g := random.New(seed, random.Documents(seed, 100))
		for i := range 1000 {
			sql := g.Rich()
			stmt, err := parser.Parse(sql)
			if err == nil {
				_, err = bind.Bind(stmt, cat, sql)
			}
			if err == nil {
				_, err = reference.NewStatement(stmt)
			}
			if err != nil {
				t.Errorf("seed %d query %d: %v\n%s", seed, i, err, sql)
				if failures++; failures > 20 {
					t.Fatal("and more")
				}
			}
		}
	}
}

// TestEveryFunctionIsDrawn holds the generator to the documentation of functions.
func TestEveryFunctionIsDrawn(t *testing.T) {
	page, err := os.ReadFile("../../docs/sql-functions.md")
	if err != nil {
		t.Fatal(err)
	}
	_, templates := random.New(1, nil).Coverage()
	written := strings.Join(slices.Collect(maps.Keys(templates)), "\n")
	functions, _, _ := strings.Cut(string(page), "\n## Aggregates\n")
	names := regexp.MustCompile("(?m)^### `([a-z0-9_]+)`$").FindAllStringSubmatch(functions, -1)
	if len(names) < 90 {
		t.Fatalf("the page has only %d functions", len(names))
	}
	for _, n := range names {
		if !strings.Contains(written, n[1]+"(") {
			t.Errorf("%s is never drawn", n[1])
		}
	}
}

// TestEveryAggregateIsDrawn does so with those of groups.
func TestEveryAggregateIsDrawn(t *testing.T) {
	page, err := os.ReadFile("../../docs/sql-functions.md")
	if err != nil {
		t.Fatal(err)
	}
	drawn, _ := random.New(1, nil).Coverage()
	_, aggregates, _ := strings.Cut(string(page), "\n## Aggregates\n")
	names := regexp.MustCompile("(?m)^### `([a-z0-9_]+)`$|Also called `([a-z0-9_]+)`").FindAllStringSubmatch(strings.ReplaceAll(aggregates, "Also\ncalled", "Also called"), -1)
	if len(names) < 25 {
		t.Fatalf("the page has only %d aggregates", len(names))
	}
	for _, n := range names {
		if _, known := drawn[n[1]+n[2]]; !known {
			t.Errorf("%s is never drawn", n[1]+n[2])
		}
	}
}

// TestRichQueriesCoverTheGrammar holds that every production and every function is
// drawn, and in each of the ways in which it is written, and that results are worth
// comparing: at least 30 of 100 are neither empty nor all NULL.
func TestRichQueriesCoverTheGrammar(t *testing.T) {
	const n = 3000
	docs := random.Documents(1, 100)
	g := random.New(1, docs)
	telling := 0
	for range n {
		sql := g.Rich()
		rows, err := reference.Answer(map[string]string{"q": sql}, docs)
		if err != nil {
			t.Fatalf("%v\n%s", err, sql)
		}
		if random.Telling(rows["q"]) {
			telling++
		}
	}
	names, templates := g.Coverage()
	if refused := names["constant that can only fail"]; refused > n/20 {
		t.Errorf("%d queries were refused beside %d", refused, n)
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		t.Logf("%6d × %s", names[name], name)
	}
	for _, template := range slices.Sorted(maps.Keys(templates)) {
		if templates[template] == 0 {
			t.Errorf("never drawn in %d queries: %s", n, template)
		}
	}
	for name, times := range names {
		if times == 0 {
			t.Errorf("never drawn in %d queries: %s", n, name)
		}
	}
	t.Logf("%d productions and functions, written in %d ways; %d of %d results are neither empty nor all NULL", len(names), len(templates), telling, n)
	if telling < n*30/100 {
		t.Errorf("only %d of %d results are neither empty nor all NULL", telling, n)
	}
}
