package merge

import (
	"cmp"
	"slices"
	"testing"
	"time"

	"github.com/millrace/millrace/libs/exec/agg"
	"github.com/millrace/millrace/libs/exec/delta"
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/plan"
)

// count is count(*) by key; node names what it shares.
func count(t testing.TB, id, node string, position int64, edit ...func(*Query)) *Query {
	t.Helper()
	return table(t, id, node, position, plan.Agg{Func: "count", Type: record.BigIntType}, edit)
}

// sum is sum of the event time by key.
func sum(t testing.TB, id, node string, position int64, edit ...func(*Query)) *Query {
	t.Helper()
	column := &plan.Column{Name: "at", Typ: record.BigIntType}
	return table(t, id, node, position, plan.Agg{Func: "sum", Args: []plan.Expr{column}, Type: record.BigIntType}, edit)
}

func table(t testing.TB, id, node string, position int64, spec plan.Agg, edit []func(*Query)) *Query {
	t.Helper()
	fn, err := agg.Lookup(spec)
	if err != nil {
		t.Fatal(err)
	}
	q := &Query{
		ID: id, Epoch: position, Position: position, Stream: "tweets", Selection: plan.HashID([]byte(node)),
		Table: &Table{
			Node: plan.HashID([]byte("node"), []byte(node)), Routing: delta.ByKey, Keys: []record.Type{record.VarcharType},
			Aggs: []Aggregate{{ID: plan.HashID([]byte(spec.Func)), Func: fn}},
			Cols: []plan.NamedExpr{{Name: "n", Expr: &plan.Ref{Kind: plan.AggRef, Typ: record.BigIntType}}},
		},
	}
	for _, e := range edit {
		e(q)
	}
	return q
}

// topPosts lists the k posts of least event time: ORDER BY and LIMIT without
// aggregates.
func topPosts(t testing.TB, id, node string, position, k int64) *Query {
	t.Helper()
	at, key := &plan.Column{Name: "at", Typ: record.BigIntType}, &plan.Column{Name: "k", Typ: record.VarcharType}
	serial := &plan.Column{Name: "n", Typ: record.BigIntType}
	order := []plan.SortKey{{Expr: at}}
	fn, err := agg.TopRows(agg.TopSpec{Cols: []plan.Expr{key, serial}, Order: order, K: k})
	if err != nil {
		t.Fatal(err)
	}
	return &Query{
		ID: id, Epoch: position, Position: position, Stream: "tweets", Selection: plan.HashID([]byte(node)),
		Table: &Table{
			Node: plan.HashID([]byte("node"), []byte(node)), Routing: delta.ByKey, TopRows: true, K: k, Order: order,
			Aggs: []Aggregate{{ID: plan.HashID([]byte("top")), Func: fn}},
			Cols: []plan.NamedExpr{{Name: "k", Expr: key}, {Name: "n", Expr: serial}},
		},
	}
}

// rowsOf returns every post's key and serial number.
func rowsOf(id, node string, position int64, edit ...func(*Query)) *Query {
	q := &Query{
		ID: id, Epoch: position, Position: position, Stream: "tweets", Selection: plan.HashID([]byte(node)),
		Rows: &Rows{
			Node: plan.HashID([]byte("rows"), []byte(node)),
			Cols: []plan.NamedExpr{
				{Name: "k", Expr: &plan.Column{Name: "k", Typ: record.VarcharType}},
				{Name: "n", Expr: &plan.Column{Name: "n", Typ: record.BigIntType}},
			},
		},
	}
	for _, e := range edit {
		e(q)
	}
	return q
}

func global(q *Query)   { q.Table.Keys = nil }
func windowed(q *Query) { q.Table.Window = 10 * second }
func final(q *Query)    { q.Table.Final = true }

func retention(d time.Duration) func(*Query) { return func(q *Query) { q.Limits.Retention = d } }

func atLeast(n int64) func(*Query) {
	return func(q *Query) {
		q.Table.Having = &plan.Call{Func: plan.FuncNot, Typ: record.BooleanType, Args: []plan.Expr{
			&plan.Call{Func: plan.FuncLt, Typ: record.BooleanType, Args: []plan.Expr{
				&plan.Ref{Kind: plan.AggRef, Typ: record.BigIntType}, &plan.Literal{Value: record.Int(n)},
			}},
		}}
	}
}

// fewerThan is the opposite, so that rows leave as posts come.
func fewerThan(n int64) func(*Query) {
	return func(q *Query) {
		q.Table.Having = &plan.Call{Func: plan.FuncLt, Typ: record.BooleanType, Args: []plan.Expr{
			&plan.Ref{Kind: plan.AggRef, Typ: record.BigIntType}, &plan.Literal{Value: record.Int(n)},
		}}
	}
}

func top(k int64) func(*Query) {
	return func(q *Query) {
		q.Table.K, q.Table.Routing = k, delta.ByTable
		q.Table.Order = []plan.SortKey{{Expr: &plan.Ref{Kind: plan.AggRef, Typ: record.BigIntType}, Desc: true, NullsFirst: true}}
		q.Table.Cols = append([]plan.NamedExpr{{Name: "k", Expr: &plan.Ref{Kind: plan.KeyRef, Typ: record.VarcharType}}}, q.Table.Cols...)
	}
}

// sortedIDs returns the queries by id.
func sortedIDs(qs []*Query) []*Query {
	return slices.SortedFunc(slices.Values(qs), func(a, b *Query) int { return cmp.Compare(a.ID, b.ID) })
}
