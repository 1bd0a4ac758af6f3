package build_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/millrace/millrace/libs/exec/build"
	"github.com/millrace/millrace/libs/exec/delta"
	"github.com/millrace/millrace/libs/exec/scan"
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/share"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/sql/plan"
)

func shapeOf(t testing.TB, q *plan.Output) *share.Shape {
	t.Helper()
	s, err := share.Decompose(q)
	if err != nil {
		t.Fatalf("%v\n%s", err, plan.Format(q))
	}
	return s
}

// Queries come, are replaced and go; at every moment all of them together give
// what each gives alone.
func TestManyQueriesTogetherAreEachAlone(t *testing.T) {
	together(t, 1, randomQuery)
}

// The same of queries that compute something, which may fail: the number of errors is
// the same, too, whatever the access path.
func TestComputingQueriesTogetherAreEachAlone(t *testing.T) {
	if errs := together(t, 2, mixedQuery); errs < 10000 {
		t.Errorf("only %d errors were compared", errs)
	}
}

// together returns how many errors there were.
func together(t *testing.T, seed uint64, query func(*rand.Rand, *catalog.Stream) *plan.Output) (errs uint64) {
	t.Helper()
	c, def := tweets(t)
	r := rand.New(rand.NewPCG(seed, 2))
	b := build.NewBuilder(c)
	b.SetFunctions(testFunction)
	queries := map[string]*plan.Output{}
	partial := scan.NewPartial(b.Program())
	matched := 0
	for step := range 200 {
		for range 1 + r.IntN(8) {
			id := fmt.Sprintf("q%d", r.IntN(40))
			if r.IntN(4) == 0 {
				b.Drop(id)
				delete(queries, id)
				continue
			}
			q := query(r, def)
			if err := b.Add(id, q); err != nil {
				t.Fatalf("%v\n%s", err, plan.Format(q))
			}
			queries[id] = q
		}
		program := b.Program()
		partial.Reset(program)
		if !partial.Empty() || partial.Bytes() != 0 {
			t.Fatal("reset leaves something")
		}
		rows := randomRows(r, def, r.IntN(200))
		position := int64(step)
		blocks, most := make([][][]byte, 1+r.IntN(8)), []int{200, 1000, delta.MaxBlock}[r.IntN(3)]
		take := func() {
			for i, more := range partial.Blocks(position, len(blocks), most) {
				blocks[i] = append(blocks[i], more...)
			}
		}
		partial.Bound(scan.Budget{Computed: []int{0, 1, 50, 1000}[r.IntN(4)], Kept: r.IntN(5000), Full: take})
		if r.IntN(2) == 0 {
			partial.Bound(scan.Budget{})
		}
		for from := 0; from < len(rows); {
			n := min(1+r.IntN(80), len(rows)-from)
			part := rows[from : from+n]
			from += n
			partition, offset := int32(r.IntN(3)), r.Int64N(100)
			for _, x := range part {
				x.partition, x.offset = partition, offset
			}
			batch := batchOf(program.Schema("tweets"), part)
			for i := range batch.Mismatches {
				batch.Mismatches[i] = r.Int64N(2)
			}
			partial.Add(batch)
			if r.IntN(5) == 0 {
				partial.Blocks(0, 3, 1000) // it changes nothing
			}
		}
		take()
		beside := map[plan.ID][]share.AggSpec{} // by grouping
		for _, q := range queries {
			for _, p := range shapeOf(t, q).Parts() {
				if p.Table != nil {
					beside[p.Table.ScanID] = append(beside[p.Table.ScanID], p.Table.Aggs...)
				}
			}
		}
		for id, q := range queries {
			s := shapeOf(t, q)
			others := func(p *share.Shape) []share.AggSpec {
				if p.Table == nil {
					return nil
				}
				return beside[p.Table.ScanID]
			}
			want, got := naiveAmong(t, s, rows, others), folded(t, s, blocks, position)
			if !reflect.DeepEqual(got, want) {
				t.Fatalf("step %d, query %s:\n%s\ngot  %v\nwant %v\n%s", step, id, plan.Format(q), got, want, b.Shared().Format())
			}
			matched += len(want.groups) + len(want.rows)
			errs += want.errors
		}
	}
	if matched < 1000 {
		t.Errorf("only %d groups and rows were compared", matched)
	}
	for id := range queries {
		b.Drop(id)
	}
	program := b.Program()
	s, _ := program.Stream("tweets")
	if selections := len(program.Selections()); selections != 0 || len(s.Schema.Fields) != 0 || len(b.Shared().Queries()) != 0 {
		t.Errorf("after the last query is gone: %d selections, columns %v", selections, s.Schema.Fields)
	}
	for _, x := range s.Indexes {
		if x.Index != nil {
			t.Error("an index is left")
		}
	}
	return errs
}

// Old programs go on working after the builder has changed.
func TestProgramsAreSnapshots(t *testing.T) {
	c, def := tweets(t)
	r := rand.New(rand.NewPCG(3, 4))
	b := build.NewBuilder(c)
	b.SetFunctions(testFunction)
	queries := map[string]*plan.Output{}
	beside := map[plan.ID][]share.AggSpec{}
	for i := range 30 {
		id := fmt.Sprint(i)
		queries[id] = mixedQuery(r, def)
		if table := shapeOf(t, queries[id]).Table; table != nil {
			beside[table.ScanID] = append(beside[table.ScanID], table.Aggs...)
		}
		if err := b.Add(id, queries[id]); err != nil {
			t.Fatal(err)
		}
	}
	old := b.Program()
	if b.Program() != old {
		t.Error("nothing changed, and the program is another")
	}
	kept := maps.Clone(queries)
	for i := range 30 {
		b.Drop(fmt.Sprint(i))
		if err := b.Add(fmt.Sprint(100+i), mixedQuery(r, def)); err != nil {
			t.Fatal(err)
		}
		if b.Program() == old {
			t.Error("the program did not change")
		}
	}
	rows := randomRows(r, def, 100)
	for _, x := range rows {
		x.partition, x.offset = 1, 2
	}
	partial := scan.NewPartial(old)
	partial.Add(batchOf(old.Schema("tweets"), rows))
	blocks := partial.Blocks(9, 4, delta.MaxBlock)
	for id, q := range kept {
		s := shapeOf(t, q)
		var others []share.AggSpec
		if s.Table != nil {
			others = beside[s.Table.ScanID]
		}
		if want, got := naive(t, s, rows, others...), folded(t, s, blocks, 9); !reflect.DeepEqual(got, want) {
			t.Errorf("query %s: got %v, want %v", id, got, want)
		}
	}
}

func TestOnlyNeededColumnsAreDecoded(t *testing.T) {
	c, def := tweets(t)
	b := build.NewBuilder(c)
	fields := func() []string {
		var out []string
		for _, f := range b.Program().Schema("tweets").Fields {
			out = append(out, f.Name)
		}
		return out
	}
	expect := func(want ...string) {
		t.Helper()
		if got := fields(); !slices.Equal(got, want) {
			t.Errorf("columns %v, want %v", got, want)
		}
		dec, err := b.Program().Decoder("tweets")
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(dec.Schema(), b.Program().Schema("tweets")) {
			t.Errorf("the decoder fills %v", dec.Schema())
		}
	}
	add := func(id string, q *plan.Output) {
		t.Helper()
		if err := b.Add(id, q); err != nil {
			t.Fatal(err)
		}
	}
	expect()
	add("all", grouped(scanOf(), nil, count()))
	expect()
	add("lang", grouped(where(call(plan.FuncContains, column(def, "text"), text("go"))), []plan.Expr{column(def, "lang")}, count()))
	expect("text", "lang")
	same := b.Program().Schema("tweets")
	add("sum", grouped(where(call(plan.FuncContains, column(def, "text"), text("x"))), nil,
		plan.Agg{Func: "sum", Args: []plan.Expr{column(def, "user.followers_count")}, Filter: call(plan.FuncIsNull, column(def, "source")), Type: record.BigIntType}))
	expect("text", "lang", "source", "user.followers_count")
	b.Drop("sum")
	expect("text", "lang")
	add("again", grouped(where(call(plan.FuncContains, column(def, "text"), text("y"))), nil, count()))
	if got := b.Program().Schema("tweets"); !reflect.DeepEqual(got, same) {
		t.Errorf("columns %v", got)
	}
	before := b.Program().Schema("tweets")
	add("third", grouped(where(call(plan.FuncContains, column(def, "text"), text("z"))), nil, count()))
	if b.Program().Schema("tweets") != before {
		t.Error("the schema is another although the columns are the same")
	}
	b.Drop("lang")
	expect("text")
}

func TestAddRefusesAndChangesNothing(t *testing.T) {
	c, def := tweets(t)
	b := build.NewBuilder(c)
	if err := b.Add("good", grouped(where(call(plan.FuncContains, column(def, "text"), text("go"))), nil, count())); err != nil {
		t.Fatal(err)
	}
	shared, program := b.Shared().Format(), b.Program()
	for name, q := range map[string]*plan.Output{
		"another stream":             emit(&plan.Project{In: &plan.Scan{Stream: "toots"}, Cols: []plan.NamedExpr{{Name: "a", Expr: integer(1)}}}),
		"no such column":             grouped(where(call(plan.FuncIsNull, &plan.Column{Name: "txet", Typ: record.VarcharType})), nil, count()),
		"other type":                 grouped(where(call(plan.FuncIsNull, &plan.Column{Name: "text", Typ: record.BigIntType})), nil, count()),
		"no such function":           grouped(where(call("soundex", column(def, "text"))), nil, count()),
		"no such aggregate":          grouped(scanOf(), nil, plan.Agg{Func: "median", Args: []plan.Expr{column(def, "id")}, Type: record.BigIntType}),
		"window over another column": grouped(&plan.Window{In: scanOf(), Kind: plan.Tumble, Time: "text", Size: 1000}, nil, count()),
		"HAVING": emit(&plan.Project{
			In:   &plan.Filter{In: &plan.Aggregate{In: scanOf(), Aggs: []plan.Agg{count()}}, Pred: call("soundex", integer(1))},
			Cols: []plan.NamedExpr{{Name: "n", Expr: &plan.Ref{Kind: plan.AggRef, Typ: record.BigIntType}}},
		}),
		"malformed": emit(scanOf()),
	} {
		if err := b.Add("bad", q); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if b.Shared().Format() != shared || b.Program() != program {
		t.Error("a refused query changed the program")
	}
}
