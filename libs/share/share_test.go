package share

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/plan"
)

func col(name string, t record.Type) *plan.Column { return &plan.Column{Name: name, Typ: t} }

func call(fn string, args ...plan.Expr) plan.Expr {
	return &plan.Call{Func: fn, Args: args, Typ: record.BooleanType}
}

func containsGo() plan.Expr {
	return call(plan.FuncContains, col("text", record.VarcharType), &plan.Literal{Value: record.Text("go")})
}

func lang(s string) plan.Expr {
	return call(plan.FuncEq, col("lang", record.VarcharType), &plan.Literal{Value: record.Text(s)})
}

func few(n int64) plan.Expr {
	return call(plan.FuncLe, col("user.followers_count", record.BigIntType), &plan.Literal{Value: record.Int(n)})
}

// query builds a plan in the order of its nodes.
type query struct {
	where  plan.Expr
	window int64
	group  bool
	keys   []plan.Expr
	aggs   []plan.Agg
	having plan.Expr
	cols   []plan.NamedExpr
	order  []plan.SortKey
	k      int64
	emit   plan.Emit
}

func (q query) plan() *plan.Output {
	var n plan.Node = &plan.Scan{Stream: "tweets"}
	if q.where != nil {
		n = &plan.Filter{In: n, Pred: q.where}
	}
	if q.window > 0 {
		n = &plan.Window{In: n, Kind: plan.Tumble, Time: "created_at", Size: q.window}
	}
	if q.group || q.keys != nil || q.aggs != nil {
		n = &plan.Aggregate{In: n, Keys: q.keys, Aggs: q.aggs}
	}
	if q.having != nil {
		n = &plan.Filter{In: n, Pred: q.having}
	}
	n = &plan.Project{In: n, Cols: q.cols}
	if q.k > 0 {
		n = &plan.TopK{In: n, Order: q.order, K: q.k}
	}
	if q.emit == 0 {
		q.emit = plan.EmitChanges
	}
	return &plan.Output{In: n, Emit: q.emit}
}

func named(name string, e plan.Expr) plan.NamedExpr { return plan.NamedExpr{Name: name, Expr: e} }

func aggRef(i int, t record.Type) plan.Expr {
	return &plan.Ref{Kind: plan.AggRef, Index: i, Typ: t}
}

func keyRef(i int, t record.Type) plan.Expr {
	return &plan.Ref{Kind: plan.KeyRef, Index: i, Typ: t}
}

// queries are what the golden files name.
func queries() map[string]query {
	text, langCol := col("text", record.VarcharType), col("lang", record.VarcharType)
	followers := col("user.followers_count", record.BigIntType)
	count := plan.Agg{Func: "count", Type: record.BigIntType}
	avg := plan.Agg{Func: "avg", Arg: followers, Type: record.DoubleType}
	n := named("n", aggRef(0, record.BigIntType))
	byLang := named("lang", keyRef(0, record.VarcharType))
	both := call(plan.FuncAnd, containsGo(), lang("en"))
	more := call(plan.FuncNot, call(plan.FuncLe, aggRef(0, record.BigIntType), &plan.Literal{Value: record.Int(10)}))
	return map[string]query{
		"count-all":        {aggs: []plan.Agg{count}, cols: []plan.NamedExpr{n}},
		"count-go":         {where: containsGo(), aggs: []plan.Agg{count}, cols: []plan.NamedExpr{n}},
		"count-go-renamed": {where: containsGo(), aggs: []plan.Agg{count}, cols: []plan.NamedExpr{named("posts", n.Expr)}},
		"count-not-go":     {where: call(plan.FuncNot, containsGo()), aggs: []plan.Agg{count}, cols: []plan.NamedExpr{n}},
		"count-go-en":      {where: both, aggs: []plan.Agg{count}, cols: []plan.NamedExpr{n}},
		"by-lang":          {where: both, keys: []plan.Expr{langCol}, aggs: []plan.Agg{count}, cols: []plan.NamedExpr{byLang, n}},
		"by-lang-avg": {
			where: both, keys: []plan.Expr{langCol}, aggs: []plan.Agg{avg, count}, having: call(plan.FuncIsNull, aggRef(0, record.DoubleType)),
			cols: []plan.NamedExpr{byLang, named("a", aggRef(0, record.DoubleType))},
		},
		"by-lang-top": {
			where: both, keys: []plan.Expr{langCol}, aggs: []plan.Agg{count}, cols: []plan.NamedExpr{byLang, n},
			order: []plan.SortKey{{Expr: n.Expr, Desc: true}}, k: 3,
		},
		"by-lang-windowed": {
			where: both, window: 60000000, keys: []plan.Expr{langCol}, aggs: []plan.Agg{count}, having: more,
			cols: []plan.NamedExpr{named("at", &plan.Ref{Kind: plan.WindowStartRef, Typ: record.TimestampType}), byLang, n}, emit: plan.EmitFinal,
		},
		"langs": {group: true, keys: []plan.Expr{langCol}, cols: []plan.NamedExpr{byLang}},
		"filtered": {
			aggs: []plan.Agg{{Func: "count", Filter: lang("en"), Type: record.BigIntType}, count},
			cols: []plan.NamedExpr{n, named("all", aggRef(1, record.BigIntType))},
		},
		"rows":         {where: both, cols: []plan.NamedExpr{named("text", text)}},
		"rows-renamed": {where: both, cols: []plan.NamedExpr{named("t", text)}},
		"rows-top": {
			where: both, cols: []plan.NamedExpr{named("text", text)},
			order: []plan.SortKey{{Expr: followers, Desc: true, NullsFirst: true}}, k: 5,
		},
		"either": {where: call(plan.FuncOr, both, few(10)), cols: []plan.NamedExpr{named("text", text)}},
	}
}

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
					reused, added := p.Preview(shapeOf(t, q))
					for _, n := range reused {
						fmt.Fprintf(&b, "= %s\n", describe(n))
					}
					report(Change{Added: added})
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
		for _, n := range c.Added {
			for _, in := range n.Inputs {
				if nodes[in.ID] != in {
					t.Fatalf("%s was added before its input, or has a copy of it", describe(n))
				}
			}
			if nodes[n.ID] != nil {
				t.Fatalf("%s was added twice", describe(n))
			}
			nodes[n.ID] = n
		}
		for _, n := range c.Removed {
			if nodes[n.ID] != n {
				t.Fatalf("%s was removed and is not there", describe(n))
			}
			delete(nodes, n.ID)
			for _, m := range nodes {
				if slices.Contains(m.Inputs, n) {
					t.Fatalf("%s was removed before %s", describe(n), describe(m))
				}
			}
		}
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
	if len(p.entries) != 0 || len(p.Queries()) != 0 {
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
	for id, e := range p.entries {
		if e.node.Kind == AtomNode {
			got[plan.FormatExpr(e.node.Expr)] = uses[id]
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
