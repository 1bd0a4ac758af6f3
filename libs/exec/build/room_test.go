package build_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/exec/build"
	"github.com/millrace/millrace/libs/exec/delta"
	"github.com/millrace/millrace/libs/exec/scan"
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/sql/plan"
)

// longRows are rows of which some texts are long.
func longRows(r *rand.Rand, def *catalog.Stream, n, long int) []*row {
	rows := randomRows(r, def, n)
	for _, x := range rows {
		for _, c := range def.Columns {
			if v := x.values[c.Name]; c.Type.Kind == record.Varchar && !v.IsNull() && r.IntN(4) == 0 {
				x.values[c.Name] = record.Text(fmt.Sprint(v.Str(), " ", strings.Repeat("long ", r.IntN(long/5)), r.IntN(9)))
			}
		}
	}
	return rows
}

// However little room there is, what is made of documents is the same: rows, groups,
// windows, what is distinct, unnested, united or computed, and what is an error.
func TestLittleRoomChangesNothing(t *testing.T) {
	c, def := tweets(t)
	r := rand.New(rand.NewPCG(24, 1))
	spilled, compared := 0, 0
	sampler := scan.NewSampler(nil)
	for round := range 16 {
		b := build.NewBuilder(c)
		b.SetFunctions(testFunction)
		queries := map[string]*plan.Output{}
		for i := range 1 + r.IntN(12) {
			id, q := fmt.Sprint("q", i), mixedQuery(r, def)
			if r.IntN(2) == 0 {
				q = randomQuery(r, def) // it computes nothing
			}
			if r.IntN(2) == 0 {
				q = unionQuery(r, def, q)
			}
			if err := b.Add(id, q); err != nil {
				t.Fatal(err)
			}
			queries[id] = q
		}
		program := b.Program()
		batch := batchOf(program.Schema("tweets"), longRows(r, def, 100, 2000))
		plenty, little := scan.NewPartial(program), scan.NewPartial(program)
		plenty.Add(batch)
		want := plenty.Blocks(1, 3, delta.MaxBlock)
		got := make([][][]byte, 3)
		for _, kept := range []int{1, 1 << 10, 20 << 10} {
			clear(got)
			take := func() {
				spilled++
				for i, more := range little.Blocks(1, 3, delta.MaxBlock) {
					got[i] = append(got[i], more...)
				}
			}
			little.Reset(program)
			little.Bound(scan.Budget{Kept: kept, Full: take, MaxBlock: delta.MaxBlock})
			little.Sample(sampler)
			little.Add(batch)
			take()
			for id, q := range queries {
				s := shapeOf(t, q)
				want, got := folded(t, s, want, 1), folded(t, s, got, 1)
				if !reflect.DeepEqual(got, want) {
					t.Fatalf("round %d, query %s, %d bytes:\n%s\ngot  %v\nwant %v", round, id, kept, plan.Format(q), got, want)
				}
				compared += len(want.rows) + len(want.groups)
			}
		}
	}
	if spilled < 4_000 || compared < 3_000 {
		t.Errorf("it was full %d times, %d groups and rows were compared", spilled, compared)
	}
	if sampler.Take().Batches == 0 {
		t.Error("nothing was timed")
	}
}

// What is too large to be sent is not made: it is counted as if it had been.
func TestTooLargeIsNotMade(t *testing.T) {
	const limit, sent = 500, 4 * 500
	c, def := tweets(t)
	text, name, lang := column(def, "text"), column(def, "user.name"), column(def, "lang")
	many := make([]plan.Expr, 100)
	for i := range many {
		many[i] = text
	}
	queries := map[string]*plan.Output{
		"rows":    projected(scanOf(), text, name),
		"aliases": projected(scanOf(), many...),
		"keys":    grouped(scanOf(), []plan.Expr{text, name}, count()),
		"states":  grouped(scanOf(), []plan.Expr{text}, plan.Agg{Func: "count", Args: []plan.Expr{lang}, Type: record.BigIntType}),
		"windows": grouped(&plan.Window{In: scanOf(), Kind: plan.Tumble, Time: def.EventTime, Size: 1e6}, []plan.Expr{name, text}, count()),
	}
	b := build.NewBuilder(c)
	for id, q := range queries {
		if err := b.Add(id, q); err != nil {
			t.Fatal(err)
		}
	}
	program := b.Program()
	r := rand.New(rand.NewPCG(7, 8))
	rows := longRows(r, def, 500, 3*sent)
	for i := range 4 { // just what is sent, and a byte more
		rows[i].values["text"] = record.Text(strings.Repeat("x", sent-3-i%2*2-i/2))
		rows[i].values["user.name"] = record.NullOf(record.VarcharType)
	}
	batch := batchOf(program.Schema("tweets"), rows)
	whole, cut := scan.NewPartial(program), scan.NewPartial(program)
	cut.Bound(scan.Budget{MaxBlock: limit})
	whole.Add(batch)
	cut.Add(batch)
	if cut.Bytes() > whole.Bytes()/10 {
		t.Errorf("%d bytes are held, where all would be %d", cut.Bytes(), whole.Bytes())
	}
	for id, q := range queries {
		s := shapeOf(t, q)
		want, got := folded(t, s, whole.Blocks(1, 2, limit), 1), folded(t, s, cut.Blocks(1, 2, limit), 1)
		if !reflect.DeepEqual(got, want) || want.errors == 0 || len(want.rows)+len(want.groups) == 0 && id != "aliases" {
			t.Errorf("%s: %d errors, want %d", id, got.errors, want.errors)
		}
	}
}

// A row of which an aggregate would keep what is too large to be sent is an error, once,
// whatever comes with it, and the aggregate goes without it.
func TestTooLargeIsNotKept(t *testing.T) {
	const limit, sent = 500, 4 * 500
	c, def := tweets(t)
	text, name, lang := column(def, "text"), column(def, "user.name"), column(def, "lang")
	list := plan.Agg{Func: "array_agg", Args: []plan.Expr{text}, Type: record.ArrayOf(record.VarcharType), Order: []plan.SortKey{{Expr: name}}}
	distinct := plan.Agg{Func: "count", Args: []plan.Expr{text}, Distinct: true, Type: record.BigIntType}
	many := make([]plan.Expr, 100)
	for i := range many {
		many[i] = text
	}
	top := func(k int64, cols ...plan.Expr) *plan.Output {
		return emit(&plan.TopK{In: projected(scanOf(), cols...).In, K: k, Order: []plan.SortKey{{Expr: lang, Desc: true}}})
	}
	queries := map[string]struct {
		query *plan.Output
		size  func(text, name int) int // of what is kept of a row
	}{
		"list":     {grouped(scanOf(), []plan.Expr{lang}, list), func(text, name int) int { return text + name }},
		"distinct": {grouped(scanOf(), nil, distinct, count()), func(text, _ int) int { return text }},
		"both":     {grouped(scanOf(), []plan.Expr{column(def, "source")}, distinct, list), func(text, name int) int { return text + name }},
		"top":      {top(1000, text), func(text, _ int) int { return text }},
		"aliases":  {top(5, many...), func(text, _ int) int { return 100 * text }},
	}
	rows := randomRows(rand.New(rand.NewPCG(7, 8)), def, 1000)
	for i, x := range rows {
		long := strings.Repeat("x", []int{0, 15, 900, sent / 2, sent + 1, 3 * sent}[i%6])
		x.values["text"], x.values["user.name"] = record.Text(fmt.Sprint(i%50, long)), record.Text(strings.Repeat("n", i%7*sent/12))
		x.values["lang"], x.values["source"] = record.Text(fmt.Sprint("l", i%3)), record.Text(fmt.Sprint("s", i%4))
	}
	for id, q := range queries {
		b := build.NewBuilder(c)
		if err := b.Add(id, q.query); err != nil {
			t.Fatal(err)
		}
		program := b.Program()
		batch := batchOf(program.Schema("tweets"), rows)
		errors := uint64(0)
		var small []*row
		for _, x := range rows {
			switch size := q.size(len(x.values["text"].Str()), len(x.values["user.name"].Str())); {
			case size > sent:
				errors++
			case size < sent-50:
				small = append(small, x)
			default:
				t.Fatalf("%d bytes are neither", size)
			}
		}
		s := shapeOf(t, q.query)
		want := naive(t, s, small)
		for _, kept := range []int{1, 5000, 1 << 30} {
			partial := scan.NewPartial(program)
			got := make([][][]byte, 2)
			take := func() {
				for i, more := range partial.Blocks(1, 2, limit) {
					got[i] = append(got[i], more...)
				}
			}
			partial.Bound(scan.Budget{Kept: kept, Full: take, MaxBlock: limit})
			partial.Add(batch)
			take()
			f := folded(t, s, got, 1)
			if f.errors != errors || errors == 0 || len(small) == 0 {
				t.Errorf("%s, %d bytes: %d errors, want %d", id, kept, f.errors, errors)
			}
			for at, group := range want.groups {
				const state = 1 // behind the number of rows, which all count
				got, want := strings.Fields(f.groups[at]+" - -"), strings.Fields(group)
				if got[state] != want[state] && id != "both" {
					t.Errorf("%s, %d bytes, group %s: %.50s, want %.50s", id, kept, at, got[state], want[state])
				}
			}
		}
	}
}
