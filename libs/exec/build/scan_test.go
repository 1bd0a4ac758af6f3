package build_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/exec/agg"
	"github.com/millrace/millrace/libs/exec/build"
	"github.com/millrace/millrace/libs/exec/delta"
	"github.com/millrace/millrace/libs/exec/scan"
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/plan"
)

// 1,000 queries over 60 atomic predicates, their operands in any order, under
// NOT, and as a AND b_i: at most 60 evaluations per document.
func TestAtomsAreEvaluatedOnce(t *testing.T) {
	c, def := tweets(t)
	r := rand.New(rand.NewPCG(1, 2))
	var atoms []plan.Expr
	for i := range 60 {
		switch i % 4 {
		case 0:
			atoms = append(atoms, call(plan.FuncContains, column(def, "text"), text(fmt.Sprint("w", i))))
		case 1:
			atoms = append(atoms, call(plan.FuncEq, column(def, "lang"), text(fmt.Sprint("l", i))))
		case 2:
			atoms = append(atoms, call(plan.FuncLe, column(def, "user.followers_count"), integer(int64(i))))
		default:
			atoms = append(atoms, call(plan.FuncMember, column(def, "hashtags"), text(fmt.Sprint("h", i))))
		}
	}
	b := build.NewBuilder(c)
	for i := range 1000 {
		var args []plan.Expr
		for _, at := range r.Perm(60)[:2+r.IntN(3)] {
			a := atoms[at]
			if r.IntN(3) == 0 {
				a = not(a)
			}
			args = append(args, a)
		}
		if i%3 == 0 {
			args = []plan.Expr{atoms[0], atoms[1+i%59]}
		}
		if err := b.Add(fmt.Sprint(i), grouped(where(call([]string{plan.FuncAnd, plan.FuncOr}[i%2], args...)), nil, count())); err != nil {
			t.Fatal(err)
		}
	}
	program := b.Program()
	partial := scan.NewPartial(program)
	for range 5 {
		partial.Add(batchOf(program.Schema("tweets"), randomRows(r, def, 100)))
	}
	got := program.Counters()
	if got.Documents != 500 || got.Evaluations > 60*500 || got.Evaluations > got.Answered || got.Evaluations < 4*500 {
		t.Errorf("%d evaluations that answered %d predicates for %d documents", got.Evaluations, got.Answered, got.Documents)
	}
}

func TestCounters(t *testing.T) {
	c, def := tweets(t)
	b := build.NewBuilder(c)
	go1 := call(plan.FuncContains, column(def, "text"), text("go"))
	windowed := &plan.Window{In: where(go1), Kind: plan.Tumble, Time: def.EventTime, Size: 1e6}
	if err := b.Add("q", grouped(windowed, []plan.Expr{column(def, "lang")}, count())); err != nil {
		t.Fatal(err)
	}
	p := b.Program()
	batch := batchOf(p.Schema("tweets"), []*row{
		{values: map[string]record.Value{"text": record.Text("go")}, eventTime: -1},
		{values: map[string]record.Value{"text": record.Text("go")}, eventTime: record.NoEventTime},
		{values: map[string]record.Value{"text": record.Text("no")}, eventTime: 5},
	})
	batch.Mismatches[p.Schema("tweets").Index("lang")] = 2
	partial := scan.NewPartial(p)
	partial.Add(batch)
	if got := p.Counters(); got != (scan.Counters{Documents: 3, Evaluations: 3, Answered: 3, Mismatches: 2}) {
		t.Errorf("%+v", got)
	}
	s := p.Selections()
	if len(s) != 1 || s[0].Matched != 2 || s[0].Errors != 0 || s[0].Stream != "tweets" {
		t.Errorf("%+v", s)
	}
	if partial.Empty() || partial.Bytes() == 0 {
		t.Error("the partial says that it is empty")
	}
	// Counters are in one block only, of the partition that owns the node.
	var errs, mismatches, noTime, rows uint64
	for _, blocks := range partial.Blocks(1, 8, delta.MaxBlock) {
		for _, enc := range blocks {
			block, err := delta.DecodeBlock(enc)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range block.Nodes {
				errs, mismatches, noTime = errs+d.Errors, mismatches+d.Mismatches, noTime+d.NoTime
				for _, g := range d.Groups {
					rows += g.Rows
					if g.Pane != -1000000 {
						t.Errorf("pane %d", g.Pane)
					}
				}
			}
		}
	}
	if errs != 0 || mismatches != 2 || noTime != 1 || rows != 1 {
		t.Errorf("errors %d, mismatches %d, without time %d, rows %d", errs, mismatches, noTime, rows)
	}
}

func TestBlocksAreDeterministic(t *testing.T) {
	c, def := tweets(t)
	var first [][][]byte
	for round := range 5 {
		r := rand.New(rand.NewPCG(7, 8))
		b := build.NewBuilder(c)
		for i := range 30 {
			if err := b.Add(fmt.Sprint(i), randomQuery(r, def)); err != nil {
				t.Fatal(err)
			}
		}
		p := b.Program()
		partial := scan.NewPartial(p)
		partial.Add(batchOf(p.Schema("tweets"), randomRows(r, def, 300)))
		got := partial.Blocks(3, 4, 2000)
		if again := partial.Blocks(3, 4, 2000); !reflect.DeepEqual(got, again) {
			t.Fatal("asking again gives other blocks")
		}
		if round == 0 {
			first = got
		} else if !reflect.DeepEqual(got, first) {
			t.Fatal("the same input gives other blocks")
		}
	}
}

// A group that does not fit into a block comes as several that merge into it;
// what could never be sent is an error that is counted.
func TestLargeGroupsAndRows(t *testing.T) {
	c, def := tweets(t)
	textCol, name := column(def, "text"), column(def, "user.name")
	b := build.NewBuilder(c)
	cols := []plan.NamedExpr{{Name: "t", Expr: textCol}}
	add := func(id string, q *plan.Output) {
		t.Helper()
		if err := b.Add(id, q); err != nil {
			t.Fatal(err)
		}
	}
	add("rows", emit(&plan.Project{In: scanOf(), Cols: cols}))
	add("top", emit(&plan.TopK{In: &plan.Project{In: scanOf(), Cols: cols}, K: 50, Order: []plan.SortKey{{Expr: textCol}}}))
	add("min", grouped(scanOf(), nil, count(),
		plan.Agg{Func: "min", Args: []plan.Expr{textCol}, Type: record.VarcharType},
		plan.Agg{Func: "max", Args: []plan.Expr{textCol}, Type: record.VarcharType},
		plan.Agg{Func: "max", Args: []plan.Expr{name}, Type: record.VarcharType}))
	add("names", grouped(scanOf(), []plan.Expr{name}, count()))
	p := b.Program()
	var rows []*row
	for i := range 60 {
		size := 100 + i
		if i == 30 {
			size = 5000
		}
		rows = append(rows, &row{values: map[string]record.Value{
			"text":      record.Text(fmt.Sprintf("%02d", i) + strings.Repeat("x", size)),
			"user.name": record.Text(strings.Repeat("n", 700)),
		}})
	}
	rows[59].values["user.name"] = record.Text(strings.Repeat("z", 6000))
	partial := scan.NewPartial(p)
	partial.Add(batchOf(p.Schema("tweets"), rows))
	const limit = 1000
	blocks := partial.Blocks(1, 3, limit)
	lost := map[plan.ID]uint64{}
	for _, part := range blocks {
		for _, enc := range part {
			if len(enc) > 4*limit+200 {
				t.Errorf("a block of %d bytes", len(enc))
			}
			block, err := delta.DecodeBlock(enc)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range block.Nodes {
				lost[d.Node] += d.Errors
			}
		}
	}
	get := func(id string, q *plan.Output, rows []*row, errs uint64) {
		t.Helper()
		s := shapeOf(t, q)
		want, got := naive(t, s, rows), folded(t, s, blocks, 1)
		want.errors = errs
		var node plan.ID
		if s.Rows != nil {
			node = s.Rows.NodeID
		} else {
			node = s.Table.NodeID
		}
		if !reflect.DeepEqual(got, want) || lost[node] != errs {
			t.Errorf("%s: %d errors\ngot  %.300v\nwant %.300v", id, lost[node], got, want)
		}
	}
	without30 := append(append([]*row{}, rows[:30]...), rows[31:]...)
	get("rows", emit(&plan.Project{In: scanOf(), Cols: cols}), without30, 1)
	get("names", grouped(scanOf(), []plan.Expr{name}, count()), rows[:59], 1)
	// The table of min and top has an aggregate that is too large and a row that is.
	s := shapeOf(t, grouped(scanOf(), nil, count(), plan.Agg{Func: "min", Args: []plan.Expr{textCol}, Type: record.VarcharType}))
	want, got := naive(t, s, rows), folded(t, s, blocks, 1)
	want.errors = lost[s.Table.NodeID]
	if !reflect.DeepEqual(got, want) || lost[s.Table.NodeID] == 0 {
		t.Errorf("min: %d errors\ngot  %.300v\nwant %.300v", lost[s.Table.NodeID], got, want)
	}
}

// Whatever rows a batch has, groups that exist already take no memory.
func TestSteadyPathDoesNotAllocate(t *testing.T) {
	c, def := tweets(t)
	r := rand.New(rand.NewPCG(5, 6))
	b := build.NewBuilder(c)
	followers := column(def, "user.followers_count")
	keys := []plan.Expr{column(def, "lang"), column(def, "is_retweet")}
	for i := range 50 {
		pred := call(plan.FuncAnd, randomAtom(r, def), not(randomAtom(r, def)))
		in := where(pred)
		if i%2 == 0 {
			in = &plan.Window{In: in, Kind: plan.Tumble, Time: def.EventTime, Size: 60e6}
		}
		if err := b.Add(fmt.Sprint(i), grouped(in, keys[:i%3], count(), plan.Agg{Func: "sum", Args: []plan.Expr{followers}, Type: record.BigIntType})); err != nil {
			t.Fatal(err)
		}
	}
	p := b.Program()
	batch := batchOf(p.Schema("tweets"), randomRows(r, def, 500))
	partial := scan.NewPartial(p)
	partial.Add(batch)
	allocs := testing.AllocsPerRun(20, func() { partial.Add(batch) })
	if allocs > 5 { // folded text is one string per batch
		t.Errorf("%v allocations per batch of %d rows", allocs, batch.Len)
	}
}

func TestTopRowsStateIsSplit(t *testing.T) {
	_, def := tweets(t)
	f, err := agg.TopRows(agg.TopSpec{K: 3, Cols: []plan.Expr{column(def, "text")}, Order: []plan.SortKey{{Expr: column(def, "text")}}})
	if err != nil {
		t.Fatal(err)
	}
	if s, ok := f.New().(agg.Splitter); !ok || !bytes.Equal(s.Split(1)[0], f.New().Append(nil)) {
		t.Error("the empty state does not split into itself")
	}
}

// An OR of one interval in two spellings is found by one access predicate, and
// nothing is left to be evaluated.
func TestOneIntervalSpelledTwice(t *testing.T) {
	c, def := tweets(t)
	x := column(def, "retweet_count")
	le := func(n int64) plan.Expr {
		return &plan.Call{Func: plan.FuncLe, Args: []plan.Expr{x, &plan.Literal{Value: record.Int(n)}}, Typ: record.BooleanType}
	}
	logic := func(f string, args ...plan.Expr) plan.Expr {
		return &plan.Call{Func: f, Args: args, Typ: record.BooleanType}
	}
	both := logic(plan.FuncAnd, le(5), logic(plan.FuncNot, le(2)))
	again := logic(plan.FuncAnd, le(5), logic(plan.FuncNot, le(1)), logic(plan.FuncNot, le(2)))
	in := &plan.Filter{In: &plan.Scan{Stream: "tweets"}, Pred: logic(plan.FuncOr, both, again)}
	q := grouped(in, []plan.Expr{column(def, "lang")}, count())
	b := build.NewBuilder(c)
	if err := b.Add("q", q); err != nil {
		t.Fatal(err)
	}
	p := b.Program()
	r := rand.New(rand.NewPCG(9, 9))
	rows := randomRows(r, def, 300)
	partial := scan.NewPartial(p)
	partial.Add(batchOf(p.Schema("tweets"), rows))
	s := shapeOf(t, q)
	want, got := naive(t, s, rows), folded(t, s, partial.Blocks(1, 2, delta.MaxBlock), 1)
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if len(want.groups) == 0 {
		t.Error("no row is in the interval")
	}
}
