package share

import (
	"testing"

	"github.com/millrace/millrace/libs/sql/plan"
)

// What nodes say of their predicates is what these are.
func TestNodesTellTheirPredicates(t *testing.T) {
	p := New()
	for name, q := range queries() {
		if _, err := p.Add(name, shapeOf(t, q)); err != nil {
			t.Fatal(err)
		}
	}
	everything, combinations := 0, 0
	for n := range p.nodes.All() {
		if n.Everything() != (n.Kind == SelectionNode && n.Expr() == nil) {
			t.Errorf("%s: everything: %v", describe(n), n.Everything())
		}
		want := ""
		if n.Kind == CombinationNode {
			want = n.Expr().(*plan.Call).Func
			combinations++
		}
		if n.Func() != want {
			t.Errorf("%s is %q, want %q", describe(n), n.Func(), want)
		}
		if n.Everything() {
			everything++
		}
	}
	if everything != 2 || combinations == 0 {
		t.Errorf("%d selections of everything, %d combinations", everything, combinations)
	}
}
