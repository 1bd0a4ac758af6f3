package build_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/exec/build"
	"github.com/millrace/millrace/libs/share"
	"github.com/millrace/millrace/libs/sql/plan"
)

// A route that is told of a selection is the one that programs have.
func TestRouteIsTheOneOfPrograms(t *testing.T) {
	c, def := tweets(t)
	r := rand.New(rand.NewPCG(3, 4))
	b, empty := build.NewBuilder(c), build.NewBuilder(c)
	b.SetFunctions(testFunction)
	empty.SetFunctions(testFunction)
	paths := map[build.Path]int{}
	for i := range 2000 {
		q := randomQuery(r, def)
		if i%4 == 0 {
			q = computedQuery(r, def)
		}
		if err := b.Add(fmt.Sprint("q", i), q); err != nil {
			t.Fatal(err)
		}
		b.Program()
		sel := selectionOf(t, b, q)
		held, counts, err := b.HeldRoute(sel.ID)
		if err != nil {
			t.Fatal(err)
		}
		told, err := empty.Route(sel, counts)
		if err != nil || !reflect.DeepEqual(held, told) {
			t.Fatalf("%s\nheld %+v\ntold %+v %v", plan.Format(q), held, told, err)
		}
		paths[told.Path]++
		if (told.Path == build.Dense) != (len(told.By) == 0) || told.Rows <= 0 || told.Rows > 1 {
			t.Errorf("%s\n%+v", plan.Format(q), told)
		}
		for _, a := range told.By {
			for ; a.Under != nil; a = *a.Under {
				if len(a.Predicates) == 0 {
					t.Errorf("%s\n%+v", plan.Format(q), told)
				}
			}
			if len(a.Predicates) == 0 || strings.Contains(told.Rest, "()") {
				t.Errorf("%s\n%+v", plan.Format(q), told)
			}
		}
		if i%3 == 0 {
			b.Drop(fmt.Sprint("q", i-i/2))
		}
	}
	for _, p := range []build.Path{build.Counted, build.Direct, build.Refined, build.Candidate, build.Dense} {
		if paths[p] < 20 {
			t.Errorf("only %d of %s", paths[p], p)
		}
	}
}

func TestRouteRefuses(t *testing.T) {
	c, _ := tweets(t)
	b := build.NewBuilder(c)
	odd := call(plan.FuncEq, &plan.Column{Name: "nowhere", Typ: text("").Type()}, text("x"))
	for want, in := range map[string]plan.Node{
		"no column nowhere":                  where(odd),
		"stream posts is not in the catalog": &plan.Scan{Stream: "posts"},
	} {
		a, err := share.New().Prepare(shapeOf(t, grouped(in, nil, count())))
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range a.Added {
			_, err := b.Route(n, true)
			if n.Kind == share.SelectionNode && (err == nil || !strings.Contains(err.Error(), want)) ||
				n.Kind != share.SelectionNode && err == nil {
				t.Errorf("%s: %v, want %s", n.Kind, err, want)
			}
		}
	}
}

// selectionOf returns the selection of a query that b has.
func selectionOf(t *testing.T, b *build.Builder, q *plan.Output) *share.Node {
	t.Helper()
	a, err := b.Shared().Prepare(shapeOf(t, q))
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range a.Reused {
		if n.Kind == share.SelectionNode {
			return n
		}
	}
	t.Fatal("no selection")
	return nil
}
