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
			spec.Arg = column(arg)
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
