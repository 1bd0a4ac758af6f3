package direct_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/millrace/millrace/integration/direct"
	"github.com/millrace/millrace/integration/random"
	"github.com/millrace/millrace/integration/reference"
	"github.com/millrace/millrace/libs/share"
	"github.com/millrace/millrace/libs/sql"
	"github.com/millrace/millrace/libs/sql/plan"
)

// TestSixtyPredicatesForAThousandQueries: queries that combine the same atomic
// predicates in any way cost what the predicates cost. An index that answers
// many predicates in one pass does not make this easier: each of them counts. Only
// constants and null tests may come in addition: a = 5 OR a <> 5 is a IS NOT NULL.
func TestSixtyPredicatesForAThousandQueries(t *testing.T) {
	const seed, want = 11, 60
	docs := random.Documents(seed, 400)
	g := random.New(seed, docs)
	atoms, asked := distinctAtoms(t, g, want)
	texts := map[string]string{}
	for i := range 1000 {
		cond := g.Over(atoms)
		if i%5 == 0 {
			cond = "(" + atoms[0] + ") AND (" + atoms[1+i%(want-1)] + ")"
		}
		texts[fmt.Sprintf("q%04d", i)] = count + cond
	}
	var out direct.Outcome
	got := run(t, seed, direct.Engine{Merges: 2, Batch: 50, Outcome: &out}, texts, docs)
	expected := referenceRows(t, texts, docs)
	for id, text := range texts {
		if err := reference.Diff(got[id], expected[id]); err != nil {
			t.Errorf("%v\n%s", err, text)
		}
	}

	known, registered := atomsOf(asked), 0
	for atom := range atomsOf(out.Shared) {
		switch {
		case known[atom]:
			registered++
		case !slices.Contains([]string{"TRUE", "FALSE", "NULL"}, atom) && !strings.HasPrefix(atom, "is_null("):
			t.Errorf("nobody asked for %s", atom)
		}
	}
	answered := float64(out.Counters.Answered) / float64(out.Counters.Documents)
	evaluated := float64(out.Counters.Evaluations) / float64(out.Counters.Documents)
	t.Logf("%d queries over %d atomic predicates: %d in the shared plan; per document %.1f predicates answered by %.1f evaluations",
		len(texts), want, registered, answered, evaluated)
	if evaluated > want || evaluated > answered {
		t.Errorf("%.1f evaluations per document that answered %.1f predicates, want at most %d", evaluated, answered, want)
	}
	if registered < want*9/10 || answered < want/2 {
		t.Errorf("the queries do not use the %d predicates:\n%s", want, strings.Join(atoms, "\n"))
	}
}

const count = "SELECT count(*) AS n FROM tweets WHERE "

// distinctAtoms returns n conditions that are n nodes of a shared plan: none is
// a combination of others (as BETWEEN is of two comparisons), another's
// negation, or the same in other words, and no two of them come to a third (as
// a > 3 OR a < 5 comes to a IS NOT NULL).
func distinctAtoms(t *testing.T, g *random.Generator, n int) ([]string, *share.Plan) {
	t.Helper()
	cat, shared := tweets(t), share.New()
	shapeOf := func(text string) *share.Shape {
		root, err := sql.Compile(count+text, cat)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		shape, err := share.Decompose(root)
		if err != nil {
			t.Fatal(err)
		}
		return shape
	}
	var out []string
	for len(out) < n {
		text := g.Atom()
		shape := shapeOf(text)
		if atomsIn(t, shared, shape) != 1 || atomsIn(t, share.New(), shape) != 1 {
			continue
		}
		if _, err := shared.Add(text, shape); err != nil {
			t.Fatal(err)
		}
		comesToAThird := func(other string) bool {
			for _, both := range []string{"(%s) AND (%s)", "(%s) AND NOT (%s)", "NOT (%s) AND (%s)", "NOT (%s) AND NOT (%s)"} {
				both = fmt.Sprintf(both, text, other)
				for _, cond := range []string{both, "NOT (" + both + ")"} {
					if n := atomsIn(t, shared, shapeOf(cond)); n > 0 && !constant(shapeOf(cond)) {
						return true
					}
				}
			}
			return false
		}
		if slices.ContainsFunc(out, comesToAThird) {
			shared.Drop(text)
			continue
		}
		out = append(out, text)
	}
	return out, shared
}

// atomsIn counts the atomic predicates that a plan lacks.
func atomsIn(t *testing.T, p *share.Plan, s *share.Shape) int {
	t.Helper()
	a, err := p.Prepare(s)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, node := range a.Added {
		if node.Kind == share.AtomNode {
			n++
		}
	}
	return n
}

// constant reports whether a selection is TRUE, FALSE or NULL.
func constant(s *share.Shape) bool {
	_, literal := s.Selection.Pred.(*plan.Literal)
	return s.Selection.Pred == nil || literal
}

// atomsOf returns the atomic predicates of a shared plan.
func atomsOf(p *share.Plan) map[string]bool {
	out := map[string]bool{}
	for line := range strings.Lines(p.Format()) {
		line, isAtom := strings.CutPrefix(line, share.AtomNode.String()+" ")
		_, line, _ = strings.Cut(line, " ") // its id
		if at := strings.LastIndex(line, " of="); isAtom && at >= 0 {
			out[line[:at]] = true
		} else if at := strings.LastIndex(line, " refs="); isAtom && at >= 0 {
			out[line[:at]] = true
		}
	}
	return out
}
