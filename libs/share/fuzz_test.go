package share

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/plan"
)

// FuzzPlan adds, replaces and drops random queries, whole or kept apart: the plan is
// always the one that is built from the queries that are left, changes say exactly
// what differs, and without queries nothing is left.
func FuzzPlan(f *testing.F) {
	f.Add(uint64(1), []byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9})
	f.Add(uint64(2), []byte{1, 129, 1, 129, 2, 130, 66, 194, 66, 3})
	f.Add(uint64(3), []byte("the same queries over and over, and then none of them"))
	f.Fuzz(func(t *testing.T, seed uint64, moves []byte) {
		moves = moves[:min(len(moves), 200)]
		r := rand.New(rand.NewPCG(seed, 5))
		few := make([]*Shape, 1+r.IntN(12))
		for i := range few {
			few[i] = shapeOf(t, randomQuery(r))
		}
		var apart Apart
		if r.IntN(3) == 0 {
			apart = Apart{Predicates: r.IntN(2) == 0, Tables: r.IntN(2) == 0, Fragments: r.IntN(2) == 0}
		}
		p := New()
		now := map[string]*Shape{}
		nodes := map[plan.ID]*Node{}
		for _, m := range moves {
			id := fmt.Sprintf("q%d", m%8)
			if m >= 128 {
				delete(now, id)
				apply(t, nodes, p.Drop(id))
				continue
			}
			now[id] = few[int(m/8)%len(few)].Apart(id, apart)
			would, err := p.Prepare(now[id])
			if err != nil {
				t.Fatal(err)
			}
			c, err := p.Add(id, now[id])
			if err != nil {
				t.Fatal(err)
			}
			if !slices.EqualFunc(would.Added, c.Added, func(a, b *Node) bool { return a.ID == b.ID }) {
				t.Fatalf("%d nodes were to be added, %d were", len(would.Added), len(c.Added))
			}
			for _, n := range would.Reused {
				if nodes[n.ID] != n {
					t.Fatalf("%s was to be reused and is not there", describe(n))
				}
			}
			apply(t, nodes, c)
		}
		fresh := New()
		for id, s := range now {
			if _, err := fresh.Add(id, s); err != nil {
				t.Fatal(err)
			}
		}
		if got, want := p.Format(), fresh.Format(); got != want {
			t.Fatalf("after %d changes:\n%s\nbuilt at once:\n%s", len(moves), got, want)
		}
		for id := range now {
			apply(t, nodes, p.Drop(id))
		}
		if p.nodes.Len()+len(p.outputs)+len(p.specs)+len(nodes) != 0 {
			t.Fatalf("left over: %s", p.Format())
		}
	})
}

// apply makes a change to the nodes that there are, each of which must be there
// after its inputs and gone before them.
func apply(t *testing.T, nodes map[plan.ID]*Node, c Change) {
	t.Helper()
	for _, n := range c.Added {
		for _, in := range n.Inputs() {
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
			if slices.Contains(m.Inputs(), n) {
				t.Fatalf("%s was removed before %s", describe(n), describe(m))
			}
		}
	}
}

// randomQuery returns a query of any kind over few columns and literals, so that
// two of them have much in common.
func randomQuery(r *rand.Rand) query {
	text, langCol := col("text", record.VarcharType), col("lang", record.VarcharType)
	followers := col("user.followers_count", record.BigIntType)
	q := query{emit: plan.EmitChanges}
	if r.IntN(3) == 0 {
		q.unnest = append(tags(), parts())[:1+r.IntN(2)]
	}
	if r.IntN(5) > 0 {
		q.where = randomPredicate(r, 3)
	}
	for range max(0, r.IntN(6)-3) {
		q.also = append(q.also, randomPredicate(r, 1))
	}
	if r.IntN(3) == 0 { // rows
		for i, e := range []plan.Expr{text, langCol, followers}[:1+r.IntN(3)] {
			q.cols = append(q.cols, named(fmt.Sprintf("c%d", i+r.IntN(2)*10), e))
		}
		if r.IntN(2) == 0 {
			q.order, q.k = []plan.SortKey{{Expr: followers, Desc: r.IntN(2) == 0}}, int64(1+r.IntN(2))
		}
		return q
	}
	q.group = true
	for _, k := range []plan.Expr{langCol, followers} {
		if r.IntN(2) == 0 {
			q.keys = append(q.keys, k)
		}
	}
	aggs := []plan.Agg{
		{Func: "count", Type: record.BigIntType},
		{Func: "avg", Args: []plan.Expr{followers}, Type: record.DoubleType},
		{Func: "max", Args: []plan.Expr{langCol}, Type: record.VarcharType},
		{Func: "count", Filter: randomPredicate(r, 1), Type: record.BigIntType},
		{Func: "sum", Args: []plan.Expr{followers}, Distinct: r.IntN(2) == 0, Type: record.BigIntType},
		{Func: "arg_max", Args: []plan.Expr{langCol, followers}, Type: record.VarcharType},
	}
	r.Shuffle(len(aggs), func(i, j int) { aggs[i], aggs[j] = aggs[j], aggs[i] })
	q.aggs = aggs[:1+r.IntN(len(aggs))]
	first := aggRef(0, q.aggs[0].Type)
	q.cols = []plan.NamedExpr{named("n", first)}
	for i, k := range q.keys {
		q.cols = append(q.cols, named(fmt.Sprintf("k%d", i), keyRef(i, k.Type())))
	}
	if r.IntN(4) == 0 {
		q.window = int64(1+r.IntN(2)) * 60000000
		q.emit = []plan.Emit{plan.EmitChanges, plan.EmitFinal}[r.IntN(2)]
	}
	if r.IntN(4) == 0 {
		q.having = call(plan.FuncNot, call(plan.FuncIsNull, first))
	}
	if r.IntN(4) == 0 {
		q.order, q.k = []plan.SortKey{{Expr: first}}, int64(1+r.IntN(3))
	}
	return q
}

func randomPredicate(r *rand.Rand, depth int) plan.Expr {
	if depth > 0 && r.IntN(2) == 0 {
		args := make([]plan.Expr, 2+r.IntN(2))
		for i := range args {
			args[i] = randomPredicate(r, depth-1)
		}
		return call([]string{plan.FuncAnd, plan.FuncOr}[r.IntN(2)], args...)
	}
	atom := []plan.Expr{containsGo(), lang("en"), lang("de"), few(10), few(20), call(plan.FuncIsNull, col("lang", record.VarcharType))}[r.IntN(6)]
	if r.IntN(4) == 0 {
		return call(plan.FuncNot, atom)
	}
	return atom
}
