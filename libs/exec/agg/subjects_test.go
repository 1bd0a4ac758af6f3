package agg

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/plan"
)

func column(t record.Type) plan.Expr { return &plan.Column{Name: "c", Typ: t} }

// subject is a function under test with a source of arguments.
type subject struct {
	name string
	f    Function
	args []record.Type
	fill func(r *rand.Rand, cols []*record.Column)
}

func subjects(t testing.TB) []subject {
	t.Helper()
	lookup := func(name string, arg record.Type) Function {
		spec := plan.Agg{Func: name}
		if arg.Kind != record.Unknown {
			spec.Args = []plan.Expr{column(arg)}
		}
		f, err := Lookup(spec)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	var out []subject
	add := func(name string, fill func(*rand.Rand, *record.Column), ts ...record.Type) {
		for _, arg := range ts {
			out = append(out, subject{
				name: name + "_" + arg.String(), f: lookup(name, arg), args: []record.Type{arg},
				fill: func(r *rand.Rand, cols []*record.Column) { fill(r, cols[0]) },
			})
		}
	}
	out = append(out, subject{name: "count_star", f: lookup("count", record.Type{}), fill: func(*rand.Rand, []*record.Column) {}})
	all := []record.Type{
		record.BooleanType, record.BigIntType, record.DoubleType, record.VarcharType, record.TimestampType, record.DateType,
	}
	add("count", cell, all...)
	add("sum", cell, record.BigIntType, record.DoubleType)
	add("avg", cell, record.BigIntType, record.DoubleType)
	add("min", cell, all...)
	add("max", cell, all...)
	return append(out, newSubjects(t, all)...)
}

// newSubjects are those of several arguments, with constants, orders and DISTINCT.
func newSubjects(t testing.TB, all []record.Type) []subject {
	t.Helper()
	var out []subject
	add := func(name string, spec plan.Agg, args ...record.Type) {
		for _, arg := range args {
			spec.Args = append([]plan.Expr{column(arg)}, spec.Args...)
		}
		out = append(out, specSubject(t, name, spec))
	}
	integer, double, text, tags := record.BigIntType, record.DoubleType, record.VarcharType, record.ArrayOf(record.VarcharType)
	for _, name := range []string{"var_pop", "var_samp", "stddev_pop", "stddev_samp"} {
		add(name+"_int", plan.Agg{Func: name}, integer)
		add(name+"_double", plan.Agg{Func: name}, double)
	}
	add("bool_and", plan.Agg{Func: "bool_and"}, record.BooleanType)
	add("bool_or", plan.Agg{Func: "bool_or"}, record.BooleanType)
	for _, typ := range append([]record.Type{tags, record.JSONType}, all...) {
		add("arg_min", plan.Agg{Func: "arg_min"}, double, typ)
		add("arg_max", plan.Agg{Func: "arg_max"}, text, typ)
		add("array_agg", plan.Agg{Func: "array_agg"}, typ)
		add("array_agg_distinct", plan.Agg{Func: "array_agg", Distinct: true}, typ)
		add("array_agg_ordered", plan.Agg{Func: "array_agg", Order: []plan.SortKey{{Expr: column(integer), Desc: true, NullsFirst: true}, {Expr: column(text)}}}, typ)
		add("count_distinct", plan.Agg{Func: "count", Distinct: true}, typ)
		add("approx_count_distinct", plan.Agg{Func: "approx_count_distinct"}, typ)
		add("sample_agg", plan.Agg{Func: "sample_agg", Args: constants(record.Int(7), record.Int(1)), Order: []plan.SortKey{{Expr: column(integer)}}}, typ)
	}
	for _, typ := range all {
		add("approx_top_k", plan.Agg{Func: "approx_top_k", Args: constants(record.Int(2))}, typ)
	}
	add("string_agg", plan.Agg{Func: "string_agg", Args: constants(record.Text(", "))}, text)
	add("string_agg_ordered", plan.Agg{Func: "string_agg", Args: constants(record.Text("")), Order: []plan.SortKey{{Expr: column(double)}}}, text)
	add("string_agg_distinct", plan.Agg{Func: "string_agg", Distinct: true, Args: constants(record.Text(", ")), Order: []plan.SortKey{{Expr: column(text), Desc: true}}}, text)
	for _, typ := range []record.Type{integer, double} {
		add("sum_distinct", plan.Agg{Func: "sum", Distinct: true}, typ)
		add("approx_percentile", plan.Agg{Func: "approx_percentile", Args: constants(record.Float(0.3))}, typ)
		add("histogram", plan.Agg{Func: "histogram", Args: constants(record.Float(-10), record.Float(10), record.Int(7))}, typ)
	}
	return append(out, topSubjects(t)...)
}

func constants(vs ...record.Value) []plan.Expr {
	var es []plan.Expr
	for _, v := range vs {
		es = append(es, &plan.Literal{Value: v})
	}
	return es
}

func specSubject(t testing.TB, name string, spec plan.Agg) subject {
	t.Helper()
	f, err := Lookup(spec)
	if err != nil {
		t.Fatal(err)
	}
	s := subject{name: name, f: f, fill: func(r *rand.Rand, cols []*record.Column) {
		for _, c := range cols {
			cell(r, c)
		}
	}}
	for i, e := range Inputs(spec) {
		if s.args = append(s.args, e.Type()); i == 0 {
			s.name += "_" + e.Type().String()
		}
	}
	return s
}

func topSubjects(t testing.TB) []subject {
	t.Helper()
	var out []subject
	for _, k := range []int64{1, 3, 50} {
		spec := topSpec(k)
		f, err := TopRows(spec)
		if err != nil {
			t.Fatal(err)
		}
		s := subject{name: fmt.Sprintf("top_rows_%d", k), f: f}
		for _, e := range spec.Args() {
			s.args = append(s.args, e.Type())
		}
		s.fill = func(r *rand.Rand, cols []*record.Column) {
			for _, c := range cols {
				cell(r, c)
			}
		}
		out = append(out, s)
	}
	return out
}

func topSpec(k int64) TopSpec {
	return TopSpec{
		K:     k,
		Order: []plan.SortKey{{Expr: column(record.BigIntType), Desc: true}, {Expr: column(record.VarcharType), NullsFirst: true}},
		Cols:  []plan.Expr{column(record.VarcharType), column(record.DoubleType), column(record.ArrayOf(record.VarcharType))},
	}
}

// cell appends a random value, NULL at times.
func cell(r *rand.Rand, c *record.Column) {
	if r.IntN(6) == 0 {
		c.AppendNull()
		return
	}
	switch c.Type.Kind {
	case record.Boolean:
		c.AppendBool(r.IntN(2) == 0)
	case record.BigInt, record.Timestamp, record.Date:
		c.AppendInt([]int64{r.Int64N(10), -r.Int64N(1000), int64(r.Uint64()), math.MaxInt64, math.MinInt64}[r.IntN(5)])
	case record.Double:
		c.AppendFloat([]float64{0, r.NormFloat64(), r.NormFloat64() * 1e15, r.Float64() * 1e-12, math.Copysign(0, -1)}[r.IntN(5)])
	case record.Array:
		for range r.IntN(3) {
			cell(r, c.Elem)
		}
		c.EndArray()
	default:
		c.AppendStr([]string{"", "a", "b", "é", "日本", "a\x00"}[r.IntN(6)])
	}
}

func columns(ts []record.Type) []*record.Column {
	fields := make([]record.Field, len(ts))
	for i, t := range ts {
		fields[i].Type = t
	}
	b := record.NewBatch(&record.Schema{Fields: fields})
	out := make([]*record.Column, len(ts))
	for i := range out {
		out[i] = &b.Columns[i]
	}
	return out
}
