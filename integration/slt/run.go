package slt

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"testing"

	"github.com/millrace/millrace/integration/reference"
)

// Engine answers queries, by id, over a bounded input. Documents that cannot be
// read are to be passed over. Rows of ordered queries come in order.
type Engine interface {
	Run(ctx context.Context, queries map[string]string, docs [][]byte) (map[string][]reference.Row, error)
}

// Skip is an error by which an engine says that it cannot express a query and
// the case is to be skipped.
type Skip struct{ Reason string }

func (e *Skip) Error() string { return "skipped: " + e.Reason }

//go:embed testdata
var testdata embed.FS

// Cases returns the cases of this package.
func Cases() ([]Case, error) {
	dir, err := fs.Sub(testdata, "testdata")
	if err != nil {
		return nil, fmt.Errorf("open cases: %w", err)
	}
	return Files(dir)
}

// Alone runs every case by itself, as a subtest.
func Alone(t *testing.T, engine Engine, cases []Case) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.File+"/"+c.Name, func(t *testing.T) {
			got, err := engine.Run(t.Context(), map[string]string{"q1": c.SQL}, c.Docs)
			var skip *Skip
			if errors.As(err, &skip) {
				t.Skip(skip.Reason)
			}
			if err != nil {
				t.Fatalf("%s:%d: %v\n%s", c.File, c.Line, err, c.SQL)
			}
			c.check(t, got, "q1")
		})
	}
}

// Shared runs all cases over one input together, input by input, as subtests.
func Shared(t *testing.T, engine Engine, cases []Case) {
	t.Helper()
	for len(cases) > 0 {
		n := 1
		for n < len(cases) && sameInput(cases[n], cases[0]) {
			n++
		}
		together := cases[:n]
		cases = cases[n:]
		queries := map[string]string{}
		for i, c := range together {
			queries[fmt.Sprintf("q%d", i+1)] = c.SQL
		}
		t.Run(fmt.Sprintf("%s/%d-%d", together[0].File, together[0].Line, together[n-1].Line), func(t *testing.T) {
			got, err := engine.Run(t.Context(), queries, together[0].Docs)
			if err != nil {
				t.Fatal(err)
			}
			for i := range together {
				together[i].check(t, got, fmt.Sprintf("q%d", i+1))
			}
		})
	}
}

func sameInput(a, b Case) bool {
	return a.File == b.File && len(a.Docs) == len(b.Docs) && (len(a.Docs) == 0 || &a.Docs[0] == &b.Docs[0])
}

func (c *Case) check(t *testing.T, got map[string][]reference.Row, id string) {
	t.Helper()
	want := make([]reference.Row, len(c.Want))
	for i, r := range c.Want {
		r.Query = id
		want[i] = r
	}
	rows := make([]reference.Row, len(got[id]))
	for i, r := range got[id] {
		r.Query = id
		rows[i] = r
	}
	if err := reference.Diff(rows, want); err != nil {
		t.Errorf("%s:%d: query %q: %v\n%s", c.File, c.Line, c.Name, err, c.SQL)
	}
}
