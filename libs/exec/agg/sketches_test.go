package agg

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/segmentio/encoding/json"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/function"
	"github.com/millrace/millrace/libs/sql/plan"
)

func sketch(t *testing.T, name string, typ record.Type, cs ...record.Value) Function {
	t.Helper()
	f, err := Lookup(plan.Agg{Func: name, Args: append([]plan.Expr{column(typ)}, constants(cs...)...)})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// merged folds values into several states, writes and reads them, and merges them.
func merged(t *testing.T, f Function, typ record.Type, parts int, vs []record.Value) State {
	t.Helper()
	states := make([]State, parts)
	for i := range states {
		states[i] = f.New()
	}
	cols := columns([]record.Type{typ})
	for i, v := range vs {
		cols[0].Append(v)
		states[i%parts].Update(cols, only(i))
	}
	whole := f.New()
	for _, s := range states {
		again, err := f.Decode(s.Append(nil))
		if err != nil {
			t.Fatal(err)
		}
		whole.Merge(again)
	}
	return whole
}

// The documentation promises a standard error of 0.82 %.
func TestHyperLogLogError(t *testing.T) {
	f := sketch(t, "approx_count_distinct", record.BigIntType)
	r := rand.New(rand.NewPCG(11, 12))
	const trials = 30
	for _, n := range []int{10, 1000, 10_000, 100_000} {
		var squares float64
		for range trials {
			vs := make([]record.Value, n)
			for i := range vs {
				vs[i] = record.Int(int64(r.Uint64()))
			}
			got, err := merged(t, f, record.BigIntType, 3, append(vs, vs[:n/2]...)).Result()
			if err != nil {
				t.Fatal(err)
			}
			e := float64(got.Int())/float64(n) - 1
			if math.Abs(e) > 4*0.0082 {
				t.Errorf("%d values: an error of %.2f %%", n, 100*e)
			}
			squares += e * e
		}
		if rms := math.Sqrt(squares / trials); rms > 0.0082*1.3 { // 30 trials tell it up to 13 %
			t.Errorf("%d values: a standard error of %.2f %%", n, 100*rms)
		}
	}
}

// The documentation promises 1 %, and exact whole numbers below 128.
func TestPercentileError(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 14))
	for name, draw := range map[string]func() float64{
		"uniform":   r.Float64,
		"normal":    r.NormFloat64,
		"lognormal": func() float64 { return math.Exp(5 * r.NormFloat64()) },
		"wide":      func() float64 { return math.Ldexp(r.Float64()-0.5, r.IntN(2000)-1000) },
		"counts":    func() float64 { return float64(r.IntN(200) - 100) },
	} {
		vs, sorted := make([]record.Value, 5000), make([]float64, 5000)
		for i := range vs {
			sorted[i] = draw()
			vs[i] = record.Float(sorted[i])
		}
		slices.Sort(sorted)
		for _, p := range []float64{0, 0.001, 0.25, 0.5, 0.9, 0.99, 0.9999, 1} {
			got, err := merged(t, sketch(t, "approx_percentile", record.DoubleType, record.Float(p)), record.DoubleType, 4, vs).Result()
			want := sorted[int(p*10_000)*4999/10_000]
			if err != nil || math.Abs(got.Float()-want) > 0.01*math.Abs(want) {
				t.Errorf("%s, %v: %v %v, want %v", name, p, got, err, want)
			}
		}
	}
	for i := range int64(128) {
		if v := math.Round(ddValue(ddKey(float64(i)))); v != float64(i) {
			t.Errorf("%d is read as %v", i, v)
		}
	}
}

// Buckets cover all numbers, in order, and what stands for one is in it.
func TestBucketsOfPercentiles(t *testing.T) {
	r := rand.New(rand.NewPCG(15, 16))
	for range 100_000 {
		x, y := math.Float64frombits(r.Uint64()), math.Float64frombits(r.Uint64())
		if c := record.CompareFloat(x, y); c < 0 && ddKey(x) > ddKey(y) || c > 0 && ddKey(x) < ddKey(y) {
			t.Fatalf("%v and %v are in buckets %d and %d", x, y, ddKey(x), ddKey(y))
		}
		v := ddValue(ddKey(x))
		if ddKey(v) != ddKey(x) || math.Abs(x) > 0x1p-1022 && !math.IsInf(x, 0) && math.Abs(v-x) > 0.01*math.Abs(x) {
			t.Fatalf("%v is read as %v", x, v)
		}
	}
}

// Counts are at most error too low, error is at most rows / counters, and what is more
// frequent than error is listed.
func TestTopKError(t *testing.T) {
	const rows, k = 300_000, 50
	r := rand.New(rand.NewPCG(17, 18))
	zipf := rand.NewZipf(r, 1.1, 1, 200_000)
	f := sketch(t, "approx_top_k", record.BigIntType, record.Int(k))
	vs, exact := make([]record.Value, rows), map[int64]uint64{}
	for i := range vs {
		v := int64(zipf.Uint64())
		vs[i] = record.Int(v)
		exact[v]++
	}
	for _, parts := range []int{1, 2, 17} {
		state := merged(t, f, record.BigIntType, parts, vs)
		v, err := state.Result()
		if err != nil {
			t.Fatal(err)
		}
		var list []struct {
			Value        int64
			Count, Error uint64
		}
		if err := json.Unmarshal([]byte(v.Str()), &list); err != nil {
			t.Fatal(err)
		}
		if len(list) != k || list[0].Error == 0 || list[0].Error > rows/1024 {
			t.Fatalf("%d parts: %d values, error %d of at most %d", parts, len(list), list[0].Error, rows/1024)
		}
		for _, e := range list {
			if n := exact[e.Value]; n < e.Count || n > e.Count+e.Error {
				t.Errorf("%d parts: %+v, there were %d", parts, e, n)
			}
		}
		counts := state.(*topKState).counts
		for v, n := range exact {
			if _, ok := counts[string(record.AppendValue(nil, record.Int(v)))]; n > list[0].Error && !ok {
				t.Errorf("%d parts: %d, which was there %d times, is forgotten", parts, v, n)
			}
		}
	}
}

func TestTopKLeavesLongValuesOut(t *testing.T) {
	f := sketch(t, "approx_top_k", record.VarcharType, record.Int(5))
	long := record.Text(strings.Repeat("x", function.MaxCounted+1))
	v, err := merged(t, f, record.VarcharType, 2, []record.Value{long, long, record.Text("a"), long}).Result()
	if want := `[{"value":"a","count":1,"error":0}]`; err != nil || v.Str() != want {
		t.Errorf("%v %v, want %s", v, err, want)
	}
}

// Every row is as likely to be drawn as another: the counts of many seeds are near what
// is expected, up to 5 standard deviations.
func TestSampleIsFair(t *testing.T) {
	const rows, n, seeds = 200, 20, 2000
	vs := make([]record.Value, rows)
	for i := range vs {
		vs[i] = record.Text(fmt.Sprint("value ", i))
	}
	drawn := map[string]int{}
	for seed := range int64(seeds) {
		f := sketch(t, "sample_agg", record.VarcharType, record.Int(n), record.Int(seed))
		v, err := merged(t, f, record.VarcharType, 1, vs).Result()
		if err != nil || len(v.Elems()) != n {
			t.Fatalf("%v %v", v, err)
		}
		for _, e := range v.Elems() {
			drawn[e.Str()]++
		}
	}
	const expected = seeds * n / rows
	most := 5 * math.Sqrt(expected*(1-float64(n)/rows))
	for _, v := range vs {
		if d := float64(drawn[v.Str()] - expected); math.Abs(d) > most {
			t.Errorf("%s is drawn %d times, expected %d", v, drawn[v.Str()], expected)
		}
	}
}

// Rows that agree in the value are drawn each by itself.
func TestSampleTellsRowsApart(t *testing.T) {
	spec := plan.Agg{
		Func: "sample_agg", Args: append([]plan.Expr{column(record.VarcharType)}, constants(record.Int(100), record.Int(0))...),
		Order: []plan.SortKey{{Expr: column(record.BigIntType)}},
	}
	var rows [][]record.Value
	for i := range int64(1000) {
		rows = append(rows, []record.Value{record.Text([]string{"a", "b"}[i%2]), record.Int(i)})
	}
	v, err := resultOf(t, spec, rows...)
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for _, e := range v.Elems() {
		if e.Str() == "a" {
			count++
		}
	}
	if len(v.Elems()) != 100 || count < 25 || count > 75 {
		t.Errorf("%d of %d values are a", count, len(v.Elems()))
	}
}
