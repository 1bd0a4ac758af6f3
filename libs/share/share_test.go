package share

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/millrace/millrace/libs/sql/plan"
)

func shapeOf(t testing.TB, q query) *Shape {
	t.Helper()
	s, err := Decompose(q.plan())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestGolden(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		p := New()
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			var b strings.Builder
			report := func(c Change) {
				for _, n := range c.Added {
					fmt.Fprintf(&b, "+ %s\n", describe(n))
				}
				for _, n := range c.Removed {
					fmt.Fprintf(&b, "- %s\n", describe(n))
				}
				if len(c.Added)+len(c.Removed) == 0 {
					b.WriteString("nothing changes\n")
				}
			}
			switch d.Cmd {
			case "add", "preview":
				q, ok := queries()[d.CmdArgs[1].Key]
				if !ok {
					d.Fatalf(t, "no query %s", d.CmdArgs[1].Key)
				}
				if d.Cmd == "preview" {
					a, err := p.Prepare(shapeOf(t, q))
					if err != nil {
						d.Fatalf(t, "%v", err)
					}
					for _, n := range a.Reused {
						fmt.Fprintf(&b, "= %s\n", describe(n))
					}
					report(Change{Added: a.Added})
					return b.String()
				}
				c, err := p.Add(d.CmdArgs[0].Key, shapeOf(t, q))
				if err != nil {
					d.Fatalf(t, "%v", err)
				}
				report(c)
			case "drop":
				report(p.Drop(d.CmdArgs[0].Key))
			case "format":
				return p.Format()
			case "shape":
				return formatShape(shapeOf(t, queries()[d.CmdArgs[0].Key]))
			default:
				d.Fatalf(t, "unknown command")
			}
			return b.String()
		})
	})
}

// formatShape writes the ids that are on the wire.
func formatShape(s *Shape) string {
	var b strings.Builder
	fmt.Fprintf(&b, "plan %s\nselection %s\n", s.ID, s.Selection.ID)
	if s.Rows != nil {
		fmt.Fprintf(&b, "rows %s\n", s.Rows.NodeID)
		return b.String()
	}
	fmt.Fprintf(&b, "scan table %s\nmerge node %s routing=%s\n", s.Table.ScanID, s.Table.NodeID, s.Table.Routing)
	for _, a := range s.Table.Aggs {
		fmt.Fprintf(&b, "aggregate %s %s\n", a.ID, a.Agg.Func)
	}
	return b.String()
}

func TestWhatMeetsAndWhatDoesNot(t *testing.T) {
	shapes := map[string]*Shape{}
	for name, q := range queries() {
		shapes[name] = shapeOf(t, q)
	}
	same := func(what string, a, b plan.ID, want bool) {
		t.Helper()
		if (a == b) != want {
			t.Errorf("%s: %s and %s", what, a, b)
		}
	}
	s := func(name string) *Shape { return shapes[name] }
	same("renamed columns share the node", s("count-go").Table.NodeID, s("count-go-renamed").Table.NodeID, true)
	same("renamed columns have other outputs", s("count-go").ID, s("count-go-renamed").ID, false)
	same("negation is another selection", s("count-go").Selection.ID, s("count-not-go").Selection.ID, false)
	same("HAVING and aggregates do not matter", s("by-lang").Table.NodeID, s("by-lang-avg").Table.NodeID, true)
	same("top-k scans the same table", s("by-lang").Table.ScanID, s("by-lang-top").Table.ScanID, true)
	same("top-k is another merge node", s("by-lang").Table.NodeID, s("by-lang-top").Table.NodeID, false)
	same("windows are other tables", s("by-lang").Table.ScanID, s("by-lang-windowed").Table.ScanID, false)
	same("rows whatever their names", s("rows").Rows.NodeID, s("rows-renamed").Rows.NodeID, true)
	same("top rows stand with the count", s("rows-top").Table.NodeID, s("count-go-en").Table.NodeID, true)
	same("equal aggregates", s("by-lang-avg").Table.Aggs[1].ID, s("count-go").Table.Aggs[0].ID, true)
	same("FILTER belongs to the aggregate", s("filtered").Table.Aggs[0].ID, s("filtered").Table.Aggs[1].ID, false)
	same("FILTER is no part of the selection", s("filtered").Table.NodeID, s("count-all").Table.NodeID, true)
}

func TestDecomposeRefuses(t *testing.T) {
	if _, err := Decompose(&plan.Output{In: &plan.Scan{Stream: "tweets"}, Emit: plan.EmitChanges}); err == nil {
		t.Error("a plan without a projection was decomposed")
	}
}

// After any adds, replacements and drops the plan is the one that is built
// from the queries that are left, and changes say exactly what differs.
func TestAnyOrderLeavesTheSamePlan(t *testing.T) {
	all := queries()
	var names []string
	for name := range all {
		names = append(names, name)
	}
	slices.Sort(names)
	r := rand.New(rand.NewPCG(1, 2))
	p := New()
	now := map[string]string{}
	nodes := map[plan.ID]*Node{}
	for range 2000 {
		id := fmt.Sprintf("q%d", r.IntN(12))
		var c Change
		if r.IntN(3) == 0 {
			c = p.Drop(id)
			delete(now, id)
		} else {
			now[id] = names[r.IntN(len(names))]
			var err error
			if c, err = p.Add(id, shapeOf(t, all[now[id]])); err != nil {
				t.Fatal(err)
			}
		}
		apply(t, nodes, c)
	}
	fresh := New()
	for id, name := range now {
		if _, err := fresh.Add(id, shapeOf(t, all[name])); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := p.Format(), fresh.Format(); got != want {
		t.Errorf("after many changes:\n%s\nbuilt at once:\n%s", got, want)
	}
	for id := range now {
		p.Drop(id)
	}
	if p.nodes.Len() != 0 || len(p.Queries()) != 0 {
		t.Errorf("left over: %s", p.Format())
	}
}

func TestCollisionIsRefused(t *testing.T) {
	p := New()
	a, b := shapeOf(t, queries()["count-go"]), shapeOf(t, queries()["rows"])
	if _, err := p.Add("a", a); err != nil {
		t.Fatal(err)
	}
	before := p.Format()
	forged := *b
	forged.Selection.ID = a.Selection.ID
	if _, err := p.Add("b", &forged); err == nil {
		t.Error("two selections with one id were taken for one")
	}
	if got := p.Format(); got != before {
		t.Errorf("the failed add changed the plan:\n%s", got)
	}
}

func TestUses(t *testing.T) {
	p := New()
	for _, name := range []string{"count-go", "rows", "count-go-en"} {
		if _, err := p.Add(name, shapeOf(t, queries()[name])); err != nil {
			t.Fatal(err)
		}
	}
	got := map[string][]string{}
	uses := p.Uses()
	for n := range p.nodes.All() {
		if n.Kind == AtomNode {
			got[plan.FormatExpr(n.Expr())] = uses[n.ID]
		}
	}
	want := map[string][]string{
		"contains(text, 'go')": {"count-go", "count-go-en", "rows"},
		"eq(lang, 'en')":       {"count-go-en", "rows"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v", got)
	}
	if p.Len(SelectionNode) != 2 || p.Len(AtomNode) != 2 {
		t.Errorf("%d selections, %d atoms", p.Len(SelectionNode), p.Len(AtomNode))
	}
}
