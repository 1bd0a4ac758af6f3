package build_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strconv"
	"sync"
	"testing"

	"github.com/millrace/millrace/libs/exec/build"
	"github.com/millrace/millrace/libs/exec/delta"
	"github.com/millrace/millrace/libs/exec/expr"
	"github.com/millrace/millrace/libs/exec/scan"
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/plan"
)

// counting returns the test's functions, and how often each was called.
func counting() (find func(string) (*expr.Function, bool), calls map[string]int) {
	calls = map[string]int{}
	return func(name string) (*expr.Function, bool) {
		f, ok := testFunction(name)
		if !ok {
			return nil, false
		}
		out := *f
		out.Prepare = func(types []record.Type, consts []*record.Value) (expr.Eval, error) {
			eval, err := f.Prepare(types, consts)
			return func(args []record.Value) (record.Value, error) {
				calls[name]++
				return eval(args)
			}, err
		}
		return &out, true
	}, calls
}

// Whatever many queries make of a value, it is computed once for a row; and where one
// has a better access predicate than it, in the rows of that only.
func TestValuesAreComputedOnceAndWhereTheyAreWanted(t *testing.T) {
	c, def := tweets(t)
	lower := &plan.Call{Func: "t_lower", Args: []plan.Expr{column(def, "text")}, Typ: record.VarcharType}
	length := &plan.Call{Func: "t_length", Args: []plan.Expr{lower}, Typ: record.BigIntType}
	ratio := &plan.Call{Func: "t_div", Args: []plan.Expr{integer(4), column(def, "retweet_count")}, Typ: record.BigIntType}
	english := call(plan.FuncEq, column(def, "lang"), text("en"))
	is := func(i int) plan.Expr { return call(plan.FuncEq, lower, text(fmt.Sprint("go", i))) }
	r := rand.New(rand.NewPCG(3, 4))
	rows := randomRows(r, def, 500)
	inEnglish, unknown, withText := 0, 0, 0
	for _, x := range rows {
		switch v := x.values["lang"]; {
		case v.IsNull():
			unknown++
		case v.Str() == "en":
			if inEnglish++; !x.values["text"].IsNull() {
				withText++ // where the text is NULL, the NOT below leaves nothing open
			}
		}
	}
	between := func(i int) plan.Expr {
		return call(plan.FuncAnd, call(plan.FuncLe, length, integer(int64(i))), not(call(plan.FuncLt, length, integer(2))))
	}
	for name, k := range map[string]struct {
		pred  func(i int) plan.Expr
		path  build.Path
		calls map[string]int
	}{
		"equality":  {is, build.Direct, map[string]int{"t_lower": 500}},
		"intervals": {between, build.Counted, map[string]int{"t_lower": 500, "t_length": 500}},
		"patterns": {
			func(i int) plan.Expr { return call(plan.FuncLike, lower, text("%fi_h%"+strconv.Itoa(i))) },
			build.Refined,
			map[string]int{"t_lower": 500},
		},
		"under a column": {
			func(i int) plan.Expr { return call(plan.FuncAnd, english, is(i)) },
			build.Refined,
			map[string]int{"t_lower": inEnglish},
		},
		"under a column, several": {
			func(i int) plan.Expr { return call(plan.FuncAnd, english, between(i), not(is(i))) },
			build.Refined,
			map[string]int{"t_lower": inEnglish, "t_length": withText},
		},
		"it may fail": {
			func(i int) plan.Expr {
				return call(plan.FuncAnd, english, call(plan.FuncLt, ratio, integer(int64(i))))
			},
			build.Candidate,
			map[string]int{"t_div": inEnglish + unknown},
		},
		"it fails in its index": {
			func(i int) plan.Expr { return call(plan.FuncEq, ratio, integer(int64(i))) },
			build.Candidate,
			map[string]int{"t_div": 500},
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := build.NewBuilder(c)
			find, calls := counting()
			b.SetFunctions(find)
			var queries []*plan.Output
			for i := range 50 {
				q := grouped(where(k.pred(i)), nil, count())
				queries = append(queries, q)
				if err := b.Add(fmt.Sprint(i), q); err != nil {
					t.Fatal(err)
				}
			}
			p := b.Program()
			sel := selectionOf(t, b, queries[7])
			route, err := b.Route(sel, true)
			if err != nil || route.Path != k.path {
				t.Errorf("%+v %v, want %s", route, err, k.path)
			}
			partial := scan.NewPartial(p)
			batch := batchOf(p.Schema("tweets"), rows)
			partial.Add(batch)
			if !reflect.DeepEqual(calls, k.calls) {
				t.Errorf("called %v, want %v", calls, k.calls)
			}
			blocks := partial.Blocks(1, 2, delta.MaxBlock)
			for _, q := range queries {
				s := shapeOf(t, q)
				if want, got := naive(t, s, rows), folded(t, s, blocks, 1); !reflect.DeepEqual(got, want) {
					t.Errorf("%s\ngot  %v\nwant %v", plan.Format(q), got, want)
				}
			}
			if s, _ := p.Stream("tweets"); len(s.Computed) != len(k.calls) {
				t.Errorf("%d positions", len(s.Computed))
			}
		})
	}
}

// Computed numbers take no memory once there was a batch.
func TestSteadyComputingDoesNotAllocate(t *testing.T) {
	c, def := tweets(t)
	b := build.NewBuilder(c)
	b.SetFunctions(testFunction)
	length := &plan.Call{Func: "t_length", Args: []plan.Expr{column(def, "text")}, Typ: record.BigIntType}
	ratio := &plan.Call{Func: "t_div", Args: []plan.Expr{length, column(def, "retweet_count")}, Typ: record.BigIntType}
	for i := range 20 {
		pred := call(plan.FuncAnd, call(plan.FuncEq, column(def, "lang"), text("en")), call(plan.FuncLe, ratio, integer(int64(i))))
		q := grouped(where(pred), []plan.Expr{length}[:i%2], count(), plan.Agg{Func: "sum", Args: []plan.Expr{ratio}, Filter: call(plan.FuncLe, length, integer(5)), Type: record.BigIntType})
		if err := b.Add(fmt.Sprint(i), q); err != nil {
			t.Fatal(err)
		}
	}
	p := b.Program()
	batch := batchOf(p.Schema("tweets"), randomRows(rand.New(rand.NewPCG(5, 6)), def, 500))
	partial := scan.NewPartial(p)
	partial.Add(batch)
	if allocs := testing.AllocsPerRun(20, func() { partial.Add(batch) }); allocs > 1 {
		t.Errorf("%v allocations per batch of %d rows", allocs, batch.Len)
	}
}

// Goroutines under one program, each with a Partial of its own, do not disturb each
// other.
func TestPartialsOfOneProgram(t *testing.T) {
	c, def := tweets(t)
	b := build.NewBuilder(c)
	b.SetFunctions(testFunction)
	r := rand.New(rand.NewPCG(7, 8))
	for i := range 60 {
		if err := b.Add(fmt.Sprint(i), computedQuery(r, def)); err != nil {
			t.Fatal(err)
		}
	}
	p := b.Program()
	batch := batchOf(p.Schema("tweets"), randomRows(r, def, 200))
	var all [4][][][]byte
	var wait sync.WaitGroup
	for i := range all {
		wait.Go(func() {
			partial := scan.NewPartial(p)
			for range 3 {
				partial.Reset(p)
				partial.Add(batch)
				partial.Add(batch)
			}
			all[i] = partial.Blocks(1, 3, delta.MaxBlock)
		})
	}
	wait.Wait()
	for _, got := range all[1:] {
		if !reflect.DeepEqual(got, all[0]) {
			t.Error("goroutines come to different blocks")
		}
	}
}
