package agg

import (
	"errors"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/function"
	"github.com/millrace/millrace/libs/sql/plan"
)

// resultOf folds rows, each its arguments, in states of a few rows that are merged.
func resultOf(t *testing.T, spec plan.Agg, rows ...[]record.Value) (record.Value, error) {
	t.Helper()
	f, err := Lookup(spec)
	if err != nil {
		t.Fatal(err)
	}
	var types []record.Type
	for _, e := range Inputs(spec) {
		types = append(types, e.Type())
	}
	whole := f.New()
	for at := 0; at < len(rows); at += 3 {
		part, cols := f.New(), columns(types)
		for i, row := range rows[at:min(len(rows), at+3)] {
			for k, v := range row {
				cols[k].Append(v)
			}
			part.Update(cols, only(i))
		}
		whole.Merge(part)
	}
	return whole.Result()
}

// numbers returns the BIGINTs below n.
func numbers(n int64) (vs []record.Value) {
	for i := range n {
		vs = append(vs, record.Int(i))
	}
	return vs
}

func TestResultsOfSeveralArguments(t *testing.T) {
	i, f, s, null := record.Int, record.Float, record.Text, record.NullOf
	integer, double, text, truth := record.BigIntType, record.DoubleType, record.VarcharType, record.BooleanType
	of := func(name string, types ...record.Type) plan.Agg {
		a := plan.Agg{Func: name}
		for _, typ := range types {
			a.Args = append(a.Args, column(typ))
		}
		return a
	}
	with := func(a plan.Agg, vs ...record.Value) plan.Agg {
		a.Args = append(a.Args, constants(vs...)...)
		return a
	}
	distinct := func(a plan.Agg) plan.Agg { a.Distinct = true; return a }
	by := func(a plan.Agg, typ record.Type, desc, nullsFirst bool) plan.Agg {
		a.Order = []plan.SortKey{{Expr: &plan.Column{Name: "by", Typ: typ}, Desc: desc, NullsFirst: nullsFirst}}
		return a
	}
	row := func(vs ...record.Value) []record.Value { return vs }
	each := func(vs ...record.Value) (rows [][]record.Value) {
		for _, v := range vs {
			rows = append(rows, row(v))
		}
		return rows
	}
	for _, c := range []struct {
		name string
		spec plan.Agg
		rows [][]record.Value
		want string
		err  error
	}{
		{"nothing", of("var_pop", integer), nil, "NULL", nil},
		{"only NULL", of("stddev_pop", double), each(null(double)), "NULL", nil},
		{"one", of("var_pop", integer), each(i(5)), "0", nil},
		{"one sampled", of("var_samp", integer), each(i(5), null(integer)), "NULL", nil},
		{"integers", of("var_samp", integer), each(i(2), i(4), i(4), i(4), i(5), i(5), i(7), i(9)), "4.571428571428571", nil},
		{"integers", of("stddev_pop", integer), each(i(2), i(4), i(4), i(4), i(5), i(5), i(7), i(9)), "2", nil},
		{"far from 0", of("var_samp", integer), each(i(math.MaxInt64), i(math.MaxInt64-1), i(math.MaxInt64-2)), "1", nil},
		{"extremes", of("var_pop", integer), each(i(math.MaxInt64), i(math.MinInt64)), "8.507059173023462e+37", nil},
		{"doubles far from 0", of("var_samp", double), each(f(1e9+4), f(1e9+7), f(1e9+13), f(1e9+16)), "30", nil},
		{"not finite", of("var_pop", double), each(f(1), f(math.Inf(1)), f(2)), `"NaN"`, nil},
		{"huge", of("var_pop", double), each(f(1), f(1e300), f(2), f(3)), "", ErrOverflow},
		{"all", of("bool_and", truth), each(record.Bool(true), null(truth)), "TRUE", nil},
		{"all", of("bool_and", truth), each(record.Bool(true), record.Bool(false)), "FALSE", nil},
		{"any", of("bool_or", truth), each(record.Bool(true), record.Bool(false)), "TRUE", nil},
		{"any", of("bool_or", truth), each(null(truth)), "NULL", nil},
		{"least", of("arg_min", text, integer), [][]record.Value{row(s("a"), i(2)), row(s("b"), i(1)), row(null(text), i(0)), row(s("c"), null(integer)), row(s("d"), i(9))}, "'b'", nil},
		{"ties", of("arg_min", text, integer), [][]record.Value{row(s("b"), i(1)), row(s("a"), i(1)), row(s("c"), i(1)), row(s("z"), i(1))}, "'a'", nil},
		{"ties", of("arg_max", text, integer), [][]record.Value{row(s("b"), i(1)), row(s("c"), i(1)), row(s("a"), i(1)), row(s("0"), i(1))}, "'c'", nil},
		{"none", of("arg_max", text, integer), [][]record.Value{row(s("b"), null(integer))}, "NULL", nil},
		{"by value", of("array_agg", text), each(s("b"), null(text), s("a"), s("b")), `["a","b","b",null]`, nil},
		{"distinct", distinct(of("array_agg", text)), each(s("b"), null(text), s("a"), s("b"), null(text)), `["a","b",null]`, nil},
		{"none", of("array_agg", text), nil, "NULL", nil},
		{
			"ordered", by(of("array_agg", text), integer, true, true),
			[][]record.Value{row(s("b"), i(1)), row(s("z"), null(integer)), row(s("c"), i(2)), row(s("a"), i(1))},
			`["z","c","a","b"]`, nil,
		},
		{
			"ordered", with(by(of("string_agg", text), integer, false, false), s("; ")),
			[][]record.Value{row(s("b"), i(1)), row(s("z"), null(integer)), row(s("c"), i(2)), row(null(text), i(0))},
			`'b; c; z'`, nil,
		},
		{"only NULL", with(of("string_agg", text), s("; ")), each(null(text)), "NULL", nil},
		{"distinct", distinct(of("count", text)), each(s("b"), null(text), s("a"), s("b")), "2", nil},
		{"distinct", distinct(of("sum", integer)), each(i(3), i(4), i(3), i(4), i(-1)), "6", nil},
		{"distinct", distinct(of("avg", double)), each(f(3), f(4), f(3), f(0), f(math.Copysign(0, -1))), "2.3333333333333335", nil},
		{"none", distinct(of("sum", integer)), each(null(integer)), "NULL", nil},
		{"none", distinct(of("count", integer)), nil, "0", nil},
		{
			"buckets", with(of("histogram", double), f(-1), f(1), i(4)),
			each(f(-1), f(-1.1), f(1), f(0.999), f(0), f(math.NaN()), f(math.Inf(-1)), f(-0.5), f(-0.51)), "[2,1,1,1]", nil,
		},
		{"where a bucket begins", with(of("histogram", integer), f(0), f(100), i(100)), each(i(29)), "[" + strings.Repeat("0,", 29) + "1" + strings.Repeat(",0", 70) + "]", nil},
		{"all outside", with(of("histogram", integer), f(-1), f(1), i(2)), each(i(5)), "[0,0]", nil},
		{"only NULL", with(of("histogram", integer), f(-1), f(1), i(2)), each(null(integer)), "NULL", nil},
		{"few", of("approx_count_distinct", text), each(s("b"), null(text), s("a"), s("b")), "2", nil},
		{"none", of("approx_count_distinct", text), nil, "0", nil},
		{"small numbers", with(of("approx_percentile", integer), f(0.5)), each(i(100), i(7), i(99), i(0), i(127)), "99", nil},
		{"ends", with(of("approx_percentile", double), f(1)), each(f(1e300), f(-1234.5678), f(3)), "1e+300", nil},
		{"ends", with(of("approx_percentile", double), f(0)), each(f(1e300), f(-1234.5678), f(3)), "-1234.5678", nil},
		{"NaN is greatest", with(of("approx_percentile", double), f(0.7)), each(f(math.NaN()), f(math.Inf(1)), f(math.Inf(-1)), f(0)), `"Infinity"`, nil},
		{"none", with(of("approx_percentile", double), f(0.7)), each(null(double)), "NULL", nil},
		{"in decimals", with(of("approx_percentile", integer), f(0.29)), each(numbers(101)...), "29", nil},
		{
			"frequent", with(of("approx_top_k", text), i(2)), each(s("b"), s("a"), s("c"), s("b"), null(text), s("a"), s("x")),
			`[{"value":"a","count":2,"error":0},{"value":"b","count":2,"error":0}]`, nil,
		},
		{"none", with(of("approx_top_k", text), i(2)), each(null(text)), "NULL", nil},
		{"all", with(of("sample_agg", integer), i(5), i(1)), each(i(6), null(integer), i(6)), "[6,6]", nil},
		{"none", with(of("sample_agg", integer), i(5), i(1)), nil, "NULL", nil},
	} {
		got, err := resultOf(t, c.spec, c.rows...)
		if !errors.Is(err, c.err) || err == nil && got.String() != c.want {
			t.Errorf("%s, %s: %v %v, want %s %v", plan.FormatAgg(c.spec), c.name, got, err, c.want, c.err)
		}
	}
}

// Variances of integers are the doubles nearest to the exact ones, those of doubles near.
func TestVarianceIsExact(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 3))
	for range 200 {
		n, sum, squares := 2+r.Int64N(50), new(big.Int), new(big.Int)
		var ints, floats [][]record.Value
		for range n {
			v := int64(r.Uint64()) >> r.IntN(64)
			ints = append(ints, []record.Value{record.Int(v)})
			floats = append(floats, []record.Value{record.Float(float64(v))})
			x := big.NewInt(v)
			sum.Add(sum, x)
			squares.Add(squares, x.Mul(x, x))
		}
		squares.Mul(squares, big.NewInt(n))
		squares.Sub(squares, sum.Mul(sum, sum))
		want, _ := new(big.Rat).SetFrac(squares, big.NewInt(n*(n-1))).Float64()
		got, err := resultOf(t, plan.Agg{Func: "var_samp", Args: []plan.Expr{column(record.BigIntType)}}, ints...)
		if err != nil || got.Float() != want {
			t.Fatalf("%v %v, want %v", got, err, want)
		}
		got, err = resultOf(t, plan.Agg{Func: "var_samp", Args: []plan.Expr{column(record.DoubleType)}}, floats...)
		if err != nil || math.Abs(got.Float()-want) > 1e-9*want {
			t.Fatalf("of doubles: %v %v, want about %v", got, err, want)
		}
	}
}

// Lists are cut in the same place, whatever order rows come in and however they are
// merged, and their states stay small.
func TestListsAreBounded(t *testing.T) {
	spec := plan.Agg{Func: "array_agg", Args: []plan.Expr{column(record.VarcharType)}, Order: []plan.SortKey{{Expr: column(record.BigIntType)}}}
	for _, c := range []struct{ name, pad string }{{"many", ""}, {"long", strings.Repeat("x", 5000)}, {"very long", strings.Repeat("x", 300_000)}} {
		var all []listItem
		r := rand.New(rand.NewPCG(4, 4))
		rows := 3000
		if len(c.pad) > 10_000 {
			rows = 30
		}
		for i := range rows {
			all = append(all, listItem{record.Int(r.Int64N(2000)), record.Text(string(rune('a'+i%26)) + c.pad[:len(c.pad)/(1+i%7)])})
		}
		f, err := Lookup(spec)
		if err != nil {
			t.Fatal(err)
		}
		var want []listItem
		sorted, size := slices.Clone(all), 0
		slices.SortFunc(sorted, f.(*list).compare)
		for _, item := range sorted {
			if len(want) < function.MaxListed && size < function.MaxListedBytes {
				want = append(want, item)
				size += item.size()
			}
		}
		for seed := range uint64(5) {
			r := rand.New(rand.NewPCG(seed, 4))
			r.Shuffle(len(all), func(i, k int) { all[i], all[k] = all[k], all[i] })
			parts := make([]State, 1+seed*2)
			for i := range parts {
				parts[i] = f.New()
			}
			for i, item := range all {
				cols := columns([]record.Type{record.VarcharType, record.BigIntType})
				cols[0].Append(item[1])
				cols[1].Append(item[0])
				parts[i%len(parts)].Update(cols, only(0))
				if s := parts[i%len(parts)].(*listState); s.bytes > 3<<20 {
					t.Fatalf("%s: the state has %d bytes", c.name, s.bytes)
				}
			}
			whole := f.New()
			for _, p := range parts {
				again, err := f.Decode(p.Append(nil))
				if err != nil {
					t.Fatal(err)
				}
				whole.Merge(again)
			}
			got, err := whole.Result()
			if err != nil || len(got.Elems()) != len(want) {
				t.Fatalf("%s: %d values %v, want %d", c.name, len(got.Elems()), err, len(want))
			}
			for i, v := range got.Elems() {
				if record.Compare(v, want[i].value()) != 0 {
					t.Fatalf("%s: value %d differs", c.name, i)
				}
			}
		}
	}
}

// Beyond its limit DISTINCT is an error, and forgets what it kept.
func TestDistinctIsBounded(t *testing.T) {
	f, err := Lookup(plan.Agg{Func: "count", Distinct: true, Args: []plan.Expr{column(record.BigIntType)}})
	if err != nil {
		t.Fatal(err)
	}
	a, b := f.New().(*distinctState), f.New().(*distinctState)
	for i := range int64(function.MaxDistinct) {
		a.add(record.AppendValue(nil, record.Int(i)))
	}
	if v, err := a.Result(); err != nil || v.Int() != function.MaxDistinct {
		t.Fatalf("%v %v", v, err)
	}
	b.add(record.AppendValue(nil, record.Int(5)))
	if grown := a.Merge(b); grown != 0 || a.over {
		t.Fatalf("a value that is there makes it grow by %d", grown)
	}
	b.add(record.AppendValue(nil, record.Int(-5)))
	if grown := a.Merge(b); grown >= 0 {
		t.Errorf("grown by %d", grown)
	}
	b.Merge(a)
	for _, s := range []*distinctState{a, b} {
		again, err := f.Decode(s.Append(nil))
		if err != nil {
			t.Fatal(err)
		}
		again.Merge(f.New())
		if _, err := again.Result(); !errors.Is(err, ErrTooManyDistinct) || s.set != nil {
			t.Errorf("%v, %d values kept", err, len(s.set))
		}
	}
	long := f.New().(*distinctState)
	for i := range 40 {
		long.add([]byte(strings.Repeat("x", 1<<20) + string(rune('a'+i))))
	}
	if _, err := long.Result(); !errors.Is(err, ErrTooManyDistinct) {
		t.Errorf("40 MiB: %v", err)
	}
}
