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
	for round := range 20 {
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
		batch := batchOf(program.Schema("tweets"), longRows(r, def, 150, 2000))
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
	if spilled < 5_000 || compared < 5_000 {
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
