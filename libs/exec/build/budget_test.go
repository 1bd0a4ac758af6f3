package build_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/exec/build"
	"github.com/millrace/millrace/libs/exec/delta"
	"github.com/millrace/millrace/libs/exec/scan"
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/plan"
)

// padded returns a call that makes a long text.
func padded(of plan.Expr) plan.Expr {
	return &plan.Call{Func: "t_pad", Args: []plan.Expr{of}, Typ: record.VarcharType}
}

// However much is made of the documents of one batch, little of it is there at a time.
func TestWhatABatchHolds(t *testing.T) {
	const documents, computed, kept = 2000, 1 << 20, 4 << 20
	c, def := tweets(t)
	for name, q := range map[string]*plan.Output{
		"rows": projected(scanOf(), padded(column(def, "lang")), padded(column(def, "text"))),
		"groups": grouped(scanOf(), []plan.Expr{padded(column(def, "text"))},
			plan.Agg{Func: "max", Args: []plan.Expr{padded(column(def, "lang"))}, Type: record.VarcharType}),
		"predicates": projected(&plan.Filter{In: scanOf(), Pred: call(plan.FuncContains, padded(column(def, "text")), text("1"))},
			padded(column(def, "lang"))),
		"elements": projected(unnested(words(column(def, "text"))), padded(element(1))),
		"lists": grouped(scanOf(), nil,
			plan.Agg{Func: "array_agg", Args: []plan.Expr{padded(column(def, "text"))}, Type: record.ArrayOf(record.VarcharType)}),
	} {
		t.Run(name, func(t *testing.T) {
			b := build.NewBuilder(c)
			b.SetFunctions(testFunction)
			if err := b.Add("q", q); err != nil {
				t.Fatal(err)
			}
			var rows []*row
			for i := range documents {
				rows = append(rows, &row{values: map[string]record.Value{
					"text": record.Text(fmt.Sprint(strings.Repeat("x ", i%3), i)), "lang": record.Text(fmt.Sprint("l", i%7)),
				}, eventTime: 1, index: int32(i)})
			}
			partial := scan.NewPartial(b.Program())
			blocks, times := make([][][]byte, 2), 0
			take := func() {
				times++
				if got := partial.Bytes(); got > kept+2*computed+100*documents {
					t.Fatalf("%d bytes are held", got)
				}
				for i, more := range partial.Blocks(1, 2, delta.MaxBlock) {
					blocks[i] = append(blocks[i], more...)
				}
			}
			partial.Bound(scan.Budget{Computed: computed, Kept: kept, Full: take})
			partial.Add(batchOf(b.Program().Schema("tweets"), rows))
			take()
			if name == "lists" { // it keeps the first megabyte
				return
			}
			s := shapeOf(t, q)
			if want, got := naive(t, s, rows), folded(t, s, blocks, 1); !reflect.DeepEqual(got, want) || len(got.rows)+len(got.groups) < 1000 {
				t.Errorf("%d rows and %d groups, want %d and %d", len(got.rows), len(got.groups), len(want.rows), len(want.groups))
			}
			if times < 3 {
				t.Errorf("it was full %d times", times)
			}
		})
	}
}

// projected returns a query of rows.
func projected(in plan.Node, cols ...plan.Expr) *plan.Output {
	p := &plan.Project{In: in}
	for i, c := range cols {
		p.Cols = append(p.Cols, plan.NamedExpr{Name: fmt.Sprintf("c%d", i), Expr: c})
	}
	return emit(p)
}

// Arrays are unnested, and computed, only of the documents that somebody wants elements of
// by conditions that name none.
func TestPartsOfSelectionsOfElements(t *testing.T) {
	c, def := tweets(t)
	var rows []*row
	for i := range 100 {
		rows = append(rows, &row{values: map[string]record.Value{
			"text": record.Text("a b c"), "lang": record.Text(fmt.Sprint("l", i%10)), "retweet_count": record.Int(int64(i % 5)),
		}, eventTime: 1})
	}
	rows = append(rows, &row{values: map[string]record.Value{"text": record.Text("a b c")}, eventTime: 1}) // lang is NULL
	is := func(lang string) plan.Expr { return call(plan.FuncEq, column(def, "lang"), text(lang)) }
	ratio := call(plan.FuncLe, &plan.Call{Func: "t_div", Args: []plan.Expr{integer(6), column(def, "retweet_count")}, Typ: record.BigIntType}, integer(2))
	fails := call(plan.FuncEq, &plan.Call{Func: "t_div", Args: []plan.Expr{integer(1), position(1)}, Typ: record.BigIntType}, integer(1))
	arrays := words(column(def, "text"))
	query := func(conditions ...plan.Expr) *plan.Output {
		in := unnested(arrays)
		if len(conditions) > 0 {
			in = &plan.Filter{In: in, Pred: call(plan.FuncAnd, append(conditions, call(plan.FuncEq, element(1), text("b")))...)}
		}
		return grouped(in, nil, count())
	}
	for _, q := range []struct {
		name  string
		all   []*plan.Output
		calls int // of the array's function
	}{
		{"one", []*plan.Output{query(is("l3"))}, 10},
		{"two", []*plan.Output{query(is("l3")), query(is("l4"))}, 20},
		{"several conditions", []*plan.Output{query(is("l3"), call(plan.FuncLe, column(def, "retweet_count"), integer(2)))}, 0},
		{"what may fail, of documents", []*plan.Output{query(ratio)}, 60 + 1},          // of 6 / 1 and 6 / 2 it is FALSE; by 0 it fails
		{"what may fail, of elements", []*plan.Output{query(is("l3"), fails)}, 10 + 1}, // NULL AND ERROR is ERROR
		{"everything", []*plan.Output{query(is("l3")), query()}, 101},
		{"of elements of elements", []*plan.Output{grouped(&plan.Filter{In: unnested(arrays, words(element(1))), Pred: is("l3")}, nil, count())}, 10 + 30},
	} {
		t.Run(q.name, func(t *testing.T) {
			find, calls := counting()
			b := build.NewBuilder(c)
			b.SetFunctions(find)
			for i, root := range q.all {
				if err := b.Add(fmt.Sprint("q", i), root); err != nil {
					t.Fatal(err)
				}
			}
			program := b.Program()
			partial := scan.NewPartial(program)
			partial.Add(batchOf(program.Schema("tweets"), rows))
			if calls["t_words"] != q.calls {
				t.Errorf("the array was computed in %d documents, want %d", calls["t_words"], q.calls)
			}
			blocks := partial.Blocks(1, 2, delta.MaxBlock)
			for _, root := range q.all {
				s := shapeOf(t, root)
				if want, got := naive(t, s, rows), folded(t, s, blocks, 1); !reflect.DeepEqual(got, want) {
					t.Errorf("got %v, want %v", got, want)
				}
			}
			for i := range q.all {
				b.Drop(fmt.Sprint("q", i))
			}
			if size := b.Program().Size; len(b.Program().Streams) != len(c.Streams()) || size.Parts > 2 {
				t.Errorf("%d streams, %+v", len(b.Program().Streams), size)
			}
			s, _ := b.Program().Stream("tweets")
			for _, sel := range s.All.All {
				if *sel != nil {
					t.Error("a part of a selection is left")
				}
			}
		})
	}
}
