package build_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/sql/plan"
)

func tweets(t testing.TB) (*catalog.Catalog, *catalog.Stream) {
	t.Helper()
	c, err := catalog.Default()
	if err != nil {
		t.Fatal(err)
	}
	s, ok := c.Stream("tweets")
	if !ok {
		t.Fatal("no stream tweets")
	}
	return c, s
}

// column names a column of tweets.
func column(def *catalog.Stream, name string) *plan.Column {
	c, ok := def.Column(name)
	if !ok {
		panic(name)
	}
	return &plan.Column{Name: c.Name, Typ: c.Type}
}

func call(fn string, args ...plan.Expr) plan.Expr {
	return &plan.Call{Func: fn, Args: args, Typ: record.BooleanType}
}

func text(s string) plan.Expr       { return &plan.Literal{Value: record.Text(s)} }
func integer(n int64) plan.Expr     { return &plan.Literal{Value: record.Int(n)} }
func not(e plan.Expr) plan.Expr     { return call(plan.FuncNot, e) }
func count() plan.Agg               { return plan.Agg{Func: "count", Type: record.BigIntType} }
func scanOf() plan.Node             { return &plan.Scan{Stream: "tweets"} }
func emit(n plan.Node) *plan.Output { return &plan.Output{In: n, Emit: plan.EmitChanges} }

func where(pred plan.Expr) plan.Node {
	if pred == nil {
		return scanOf()
	}
	return &plan.Filter{In: scanOf(), Pred: pred}
}

// grouped returns a query that shows its keys and aggregates.
func grouped(in plan.Node, keys []plan.Expr, aggs ...plan.Agg) *plan.Output {
	p := &plan.Project{In: &plan.Aggregate{In: in, Keys: keys, Aggs: aggs}}
	for i, k := range keys {
		p.Cols = append(p.Cols, plan.NamedExpr{Name: fmt.Sprintf("k%d", i), Expr: &plan.Ref{Kind: plan.KeyRef, Index: i, Typ: k.Type()}})
	}
	for i, a := range aggs {
		p.Cols = append(p.Cols, plan.NamedExpr{Name: fmt.Sprintf("a%d", i), Expr: &plan.Ref{Kind: plan.AggRef, Index: i, Typ: a.Type}})
	}
	return emit(p)
}

func randomAtom(r *rand.Rand, def *catalog.Stream) plan.Expr {
	words := []string{"go", "Go", "en", "fish", "y", "", " fish", "x go", " go y", "go fi", "GO FISH"}
	word := text(words[r.IntN(len(words))])
	switch r.IntN(9) {
	case 0:
		return call(plan.FuncIContains, column(def, "text"), word)
	case 1:
		return call(plan.FuncEq, column(def, "lang"), text([]string{"en", "de", "fr", "go", ""}[r.IntN(5)]))
	case 2:
		return call(plan.FuncLe, column(def, "user.followers_count"), integer(r.Int64N(8)))
	case 3:
		return call(plan.FuncLt, column(def, "retweet_count"), column(def, "favorite_count"))
	case 4:
		return call(plan.FuncMember, column(def, "hashtags"), text([]string{"go", "en", "x", "de"}[r.IntN(4)]))
	case 5:
		return call(plan.FuncIsNull, column(def, "place.country_code"))
	case 6:
		return column(def, "user.verified")
	case 7:
		return call(plan.FuncEq, column(def, "reply_to"), integer(r.Int64N(5)))
	default:
		return call(plan.FuncContains, column(def, "text"), word)
	}
}

func randomPredicate(r *rand.Rand, def *catalog.Stream, depth int) plan.Expr {
	if depth == 0 || r.IntN(3) == 0 {
		if r.IntN(4) == 0 {
			return not(randomAtom(r, def))
		}
		return randomAtom(r, def)
	}
	fn := []string{plan.FuncAnd, plan.FuncOr}[r.IntN(2)]
	var args []plan.Expr
	for range 2 + r.IntN(2) {
		args = append(args, randomPredicate(r, def, depth-1))
	}
	return call(fn, args...)
}

// interval returns a comparison of a column, or two of them.
func interval(r *rand.Rand, def *catalog.Stream, name string) plan.Expr {
	below := call([]string{plan.FuncLe, plan.FuncLt}[r.IntN(2)], column(def, name), integer(r.Int64N(9)))
	above := not(call([]string{plan.FuncLe, plan.FuncLt}[r.IntN(2)], column(def, name), integer(r.Int64N(9))))
	return []plan.Expr{below, above, call(plan.FuncAnd, below, above)}[r.IntN(3)]
}

// pointedPredicate returns a predicate of a shape for which there is an access
// path of its own.
func pointedPredicate(r *rand.Rand, def *catalog.Stream) plan.Expr {
	lang := call(plan.FuncEq, column(def, "lang"), text([]string{"en", "de", "fr", "go", ""}[r.IntN(5)]))
	followers := interval(r, def, "user.followers_count")
	both := []plan.Expr{lang}
	if c, ok := followers.(*plan.Call); ok && c.Func == plan.FuncAnd {
		both = append(both, c.Args...)
	} else {
		both = append(both, followers)
	}
	switch r.IntN(8) {
	case 0:
		return followers
	case 1, 2:
		return call(plan.FuncAnd, both...)
	case 3:
		return call(plan.FuncAnd, append(both, randomAtom(r, def))...)
	case 4:
		return call(plan.FuncAnd, append(both, randomAtom(r, def), not(randomAtom(r, def)))...)
	case 5:
		return call(plan.FuncOr, lang, call(plan.FuncEq, column(def, "lang"), text("de")), followers)
	case 6:
		return call(plan.FuncLike, column(def, "text"), text([]string{"go%", "g%", "go f%", "fish%", `go\`, "%go%f%", "go%fish"}[r.IntN(7)]))
	default:
		return call(plan.FuncAnd, lang, call(plan.FuncOr, randomAtom(r, def), randomAtom(r, def)))
	}
}

func randomQuery(r *rand.Rand, def *catalog.Stream) *plan.Output {
	if r.IntN(3) == 0 {
		return grouped(where(pointedPredicate(r, def)), nil, count())
	}
	in := scanOf()
	if r.IntN(6) > 0 {
		in = where(randomPredicate(r, def, 2))
		if r.IntN(3) == 0 {
			in = where(pointedPredicate(r, def))
		}
	}
	columns := func(n int) []plan.Expr {
		var out []plan.Expr
		for range n {
			out = append(out, column(def, def.Columns[r.IntN(len(def.Columns))].Name))
		}
		return out
	}
	if r.IntN(4) == 0 {
		p := &plan.Project{In: in}
		for i, e := range append(columns(1+r.IntN(3)), randomAtom(r, def), integer(7)) {
			p.Cols = append(p.Cols, plan.NamedExpr{Name: fmt.Sprint(i), Expr: e})
		}
		if r.IntN(2) == 0 {
			return emit(p)
		}
		return emit(&plan.TopK{In: p, K: 1 + r.Int64N(6), Order: []plan.SortKey{
			{Expr: column(def, "user.followers_count"), Desc: r.IntN(2) == 0, NullsFirst: r.IntN(2) == 0},
		}})
	}
	if r.IntN(2) == 0 {
		in = &plan.Window{In: in, Kind: plan.Tumble, Time: def.EventTime, Size: []int64{1e6, 60e6}[r.IntN(2)]}
	}
	followers := column(def, "user.followers_count")
	aggs := []plan.Agg{
		count(),
		{Func: "count", Args: []plan.Expr{column(def, "lang")}, Type: record.BigIntType},
		{Func: "count", Filter: randomAtom(r, def), Type: record.BigIntType},
		{Func: "sum", Args: []plan.Expr{followers}, Type: record.BigIntType},
		{Func: "avg", Args: []plan.Expr{followers}, Filter: randomAtom(r, def), Type: record.DoubleType},
		{Func: "min", Args: []plan.Expr{column(def, "text")}, Type: record.VarcharType},
		{Func: "max", Args: []plan.Expr{column(def, "created_at")}, Type: record.TimestampType},
		{Func: "count", Args: []plan.Expr{column(def, "lang")}, Distinct: true, Filter: randomAtom(r, def), Type: record.BigIntType},
		{Func: "arg_max", Args: []plan.Expr{column(def, "text"), followers}, Type: record.VarcharType},
		{
			Func: "array_agg", Args: []plan.Expr{followers}, Type: record.ArrayOf(record.BigIntType),
			Order: []plan.SortKey{{Expr: column(def, "lang"), Desc: true, NullsFirst: r.IntN(2) == 0}},
		},
		{
			Func: "string_agg", Args: []plan.Expr{column(def, "lang"), text(",")}, Distinct: true, Type: record.VarcharType,
			Order: []plan.SortKey{{Expr: column(def, "lang"), Desc: true}},
		},
		{Func: "approx_percentile", Args: []plan.Expr{followers, &plan.Literal{Value: record.Float(0.5)}}, Type: record.DoubleType},
	}
	r.Shuffle(len(aggs), func(i, j int) { aggs[i], aggs[j] = aggs[j], aggs[i] })
	q := grouped(in, columns(r.IntN(3)), aggs[:1+r.IntN(3)]...)
	if r.IntN(4) == 0 {
		p := q.In.(*plan.Project)
		return emit(&plan.TopK{In: p, K: 3, Order: []plan.SortKey{{Expr: p.Cols[len(p.Cols)-1].Expr, Desc: true}}})
	}
	return q
}
