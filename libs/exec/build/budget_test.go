package build_test

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/millrace/millrace/libs/exec/build"
	"github.com/millrace/millrace/libs/exec/delta"
	"github.com/millrace/millrace/libs/exec/scan"
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/plan"
)

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
