package reference

import (
	"fmt"
	"math"
	"math/big"
	"slices"
	"strings"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/ast"
)

// gathered is the rows of one group for an aggregate that is computed from their list.
type gathered struct {
	*gathering
	rows [][]record.Value
}

// fresh returns the empty state of an aggregate.
func (a *aggregate) fresh() accumulator {
	if a.gather != nil {
		return &gathered{gathering: a.gather}
	}
	return newAccumulator(a.name, a.star, a.typ)
}

func (g *gathered) add(v *record.Value) { g.rows = append(g.rows, v.Elems()) }

// taken returns the rows that count: those without NULL among the arguments, but for
// array_agg, and with DISTINCT the first of each.
func (g *gathered) taken() [][]record.Value {
	var rows [][]record.Value
	seen := map[string]bool{}
	for _, row := range g.rows {
		args := row[:g.args]
		if g.name != "array_agg" && slices.ContainsFunc(args, func(v record.Value) bool { return v.IsNull() }) {
			continue
		}
		if key := string(KeyJSON(args)); g.distinct {
			if seen[key] {
				continue
			}
			seen[key] = true
		}
		rows = append(rows, row)
	}
	return rows
}

func (g *gathered) result() *record.Value {
	rows := g.taken()
	switch g.name {
	case "approx_count_distinct":
		return constant(record.Int(int64(len(distinctOf(rows)))))
	case "count":
		return constant(record.Int(int64(len(rows))))
	}
	if len(rows) == 0 {
		t, _ := g.gathering.result()
		return constant(record.NullOf(t))
	}
	switch g.name {
	case "sum", "avg", "min", "max":
		t, _ := g.gathering.result()
		acc := newAccumulator(g.name, false, t)
		for _, row := range rows {
			acc.add(&row[0])
		}
		return acc.result()
	case "var_pop", "var_samp", "stddev_pop", "stddev_samp":
		return g.spread(rows)
	case "bool_and", "bool_or":
		has := slices.ContainsFunc(rows, func(row []record.Value) bool { return row[0].Bool() == (g.name == "bool_or") })
		return constant(record.Bool(has == (g.name == "bool_or")))
	case "arg_min", "arg_max":
		slices.SortFunc(rows, func(a, b []record.Value) int {
			if c := compareValues(&a[1], &b[1]); c != 0 {
				return c
			}
			return compareValues(&a[0], &b[0])
		})
		if g.name == "arg_max" {
			return constant(rows[len(rows)-1][0])
		}
		return constant(rows[0][0])
	case "array_agg", "string_agg":
		return g.listed(rows)
	case "histogram":
		return g.histogram(rows)
	case "approx_percentile":
		return constant(record.Float(g.percentile(rows)))
	case "approx_top_k":
		return g.topK(rows)
	default: // sample_agg: any will do
		return constant(record.List(g.typ, valuesOf(rows[:min(len(rows), int(g.given[0].Int()))])))
	}
}

func valuesOf(rows [][]record.Value) []record.Value {
	vs := make([]record.Value, len(rows))
	for i, row := range rows {
		vs[i] = row[0]
	}
	return vs
}

// spread is variance and standard deviation, with fractions.
func (g *gathered) spread(rows [][]record.Value) *record.Value {
	sum, squares, n := new(big.Rat), new(big.Rat), int64(len(rows))
	sampled := strings.HasSuffix(g.name, "samp")
	if sampled && n == 1 {
		return constant(record.NullOf(record.DoubleType))
	}
	for _, row := range rows {
		x := row[0].AsFloat()
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return constant(record.Float(math.NaN()))
		}
		v := new(big.Rat)
		if row[0].Type().Kind == record.BigInt {
			v.SetInt64(row[0].Int())
		} else if v.SetFloat64(x); math.Abs(x) >= 0x1p450 {
			return nil
		}
		sum.Add(sum, v)
		squares.Add(squares, v.Mul(v, v))
	}
	squares.Sub(squares, sum.Quo(sum.Mul(sum, sum), new(big.Rat).SetInt64(n)))
	if sampled {
		n--
	}
	f, _ := squares.Quo(squares, new(big.Rat).SetInt64(n)).Float64()
	if strings.HasPrefix(g.name, "stddev") {
		f = math.Sqrt(f)
	}
	return constant(record.Float(f))
}

// Where lists end.
const (
	mostListed      = 1000
	mostListedBytes = 256 << 10
)

// listed is array_agg and string_agg.
func (g *gathered) listed(rows [][]record.Value) *record.Value {
	slices.SortStableFunc(rows, func(a, b []record.Value) int {
		for i, o := range g.order {
			k := sortKey{desc: o.Desc, nullsFirst: o.Nulls == ast.NullsFirst || o.Nulls == ast.NullsDefault && o.Desc}
			if c := k.compare(&a[g.args+i], &b[g.args+i]); c != 0 {
				return c
			}
		}
		return sortKey{}.compare(&a[0], &b[0])
	})
	var vs []record.Value
	for size := 0; len(vs) < len(rows) && len(vs) < mostListed && size < mostListedBytes; {
		row := rows[len(vs)]
		vs = append(vs, row[0])
		size += weight(row[0])
		if !g.distinct {
			for _, v := range row[g.args:] {
				size += weight(v)
			}
		}
	}
	if g.name == "array_agg" {
		return constant(record.List(g.typ, vs))
	}
	texts := make([]string, len(vs))
	for i, v := range vs {
		texts[i] = v.Str()
	}
	return constant(record.Text(strings.Join(texts, g.given[0].Str())))
}

func weight(v record.Value) int {
	n := 8 + len(v.Str())
	for _, e := range v.Elems() {
		n += weight(e)
	}
	return n
}

func (k sortKey) compare(a, b *record.Value) int {
	if a.IsNull() != b.IsNull() {
		if a.IsNull() == k.nullsFirst {
			return -1
		}
		return 1
	}
	c := compareNullable(a, b)
	if k.desc {
		return -c
	}
	return c
}

func (g *gathered) histogram(rows [][]record.Value) *record.Value {
	low, high, n := g.given[0].Float(), g.given[1].Float(), g.given[2].Int()
	counts := make([]record.Value, n)
	for i := range counts {
		counts[i] = record.Int(0)
	}
	for _, row := range rows {
		x := row[0].AsFloat()
		if x < low || x >= high || math.IsNaN(x) {
			continue
		}
		at, width := new(big.Rat).SetFloat64(x), new(big.Rat).SetFloat64(high)
		from := new(big.Rat).SetFloat64(low)
		at.Quo(at.Sub(at, from), width.Sub(width, from))
		at.Mul(at, new(big.Rat).SetInt64(n))
		i := new(big.Int).Quo(at.Num(), at.Denom()).Int64()
		counts[i] = record.Int(counts[i].Int() + 1)
	}
	return constant(record.List(record.BigIntType, counts))
}

// percentile returns the exact one.
func (g *gathered) percentile(rows [][]record.Value) float64 {
	slices.SortFunc(rows, func(a, b []record.Value) int { return compareValues(&a[0], &b[0]) })
	p, _ := new(big.Rat).SetString(g.given[0].String()) // as decimals
	p.Mul(p, new(big.Rat).SetInt64(int64(len(rows)-1)))
	return rows[new(big.Int).Quo(p.Num(), p.Denom()).Int64()][0].AsFloat()
}

type tallied struct {
	value record.Value
	n     int
}

func distinctOf(rows [][]record.Value) map[string]*tallied {
	all := map[string]*tallied{}
	for _, row := range rows {
		key := string(KeyJSON(row[:1]))
		if all[key] == nil {
			all[key] = &tallied{value: row[0]}
		}
		all[key].n++
	}
	return all
}

// topK returns the exact one: what the engine's is up to 1,024 different values.
func (g *gathered) topK(rows [][]record.Value) *record.Value {
	var all []*tallied
	for _, t := range distinctOf(rows) {
		all = append(all, t)
	}
	slices.SortFunc(all, func(a, b *tallied) int {
		if a.n != b.n {
			return b.n - a.n
		}
		return compareValues(&a.value, &b.value)
	})
	var parts []string
	for _, t := range all[:min(len(all), int(g.given[0].Int()))] {
		parts = append(parts, fmt.Sprintf(`{"value":%s,"count":%d,"error":0}`, record.AppendJSON(nil, t.value), t.n))
	}
	return constant(record.JSONOf("[" + strings.Join(parts, ",") + "]"))
}
