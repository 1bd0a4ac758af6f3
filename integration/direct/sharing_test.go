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
)

// TestSixtyPredicatesForAThousandQueries: queries that combine the same atomic
// predicates in any way cost what the predicates cost. An index that answers
// many predicates in one pass does not make this easier: each of them counts.
func TestSixtyPredicatesForAThousandQueries(t *testing.T) {
	const seed, want = 11, 60
	docs := random.Documents(seed, 400)
	g := random.New(seed, docs)
	atoms := distinctAtoms(t, g, want)
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

	registered := out.Shared.Len(share.AtomNode) - constants(out.Shared)
	answered := float64(out.Counters.Answered) / float64(out.Counters.Documents)
	evaluated := float64(out.Counters.Evaluations) / float64(out.Counters.Documents)
	t.Logf("%d queries over %d atomic predicates: %d in the shared plan; per document %.1f predicates answered by %.1f evaluations",
		len(texts), want, registered, answered, evaluated)
	if registered > want {
		t.Errorf("the shared plan has %d atomic predicates, want at most %d:\n%s", registered, want, strings.Join(atomLines(out.Shared), "\n"))
	}
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
// negation, or the same in other words.
func distinctAtoms(t *testing.T, g *random.Generator, n int) []string {
	t.Helper()
	cat, shared := tweets(t), share.New()
	var out []string
	for len(out) < n {
		text := g.Atom()
		root, err := sql.Compile(count+text, cat)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		shape, err := share.Decompose(root)
		if err != nil {
			t.Fatal(err)
		}
		_, added := shared.Preview(shape)
		nodes := map[share.Kind]int{}
		for _, node := range added {
			nodes[node.Kind]++
		}
		if nodes[share.AtomNode] != 1 || atomsOf(shape) != 1 {
			continue
		}
		if _, err := shared.Add(text, shape); err != nil {
			t.Fatal(err)
		}
		out = append(out, text)
	}
	return out
}

// constants counts the nodes that are TRUE, FALSE or NULL: what is left of a
// condition such as a AND NOT a, and nothing that a document is asked.
func constants(p *share.Plan) int {
	n := 0
	for _, line := range atomLines(p) {
		if f := strings.Fields(line); slices.Contains([]string{"TRUE", "FALSE", "NULL"}, f[2]) && strings.HasPrefix(f[3], "refs=") {
			n++
		}
	}
	return n
}

// atomLines returns the lines about atomic predicates of a shared plan.
func atomLines(p *share.Plan) []string {
	var out []string
	for line := range strings.Lines(p.Format()) {
		if strings.HasPrefix(line, share.AtomNode.String()+" ") {
			out = append(out, strings.TrimSpace(line))
		}
	}
	return out
}

// atomsOf counts the atomic predicates of a shape by itself.
func atomsOf(s *share.Shape) int {
	_, alone := share.New().Preview(s)
	n := 0
	for _, node := range alone {
		if node.Kind == share.AtomNode {
			n++
		}
	}
	return n
}
