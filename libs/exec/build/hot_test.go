package build_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/millrace/millrace/libs/exec/build"
	"github.com/millrace/millrace/libs/exec/delta"
	"github.com/millrace/millrace/libs/exec/scan"
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/share"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/sql/plan"
)

// hot are queries that all meet in one place: one predicate finds the selections of
// all of them, all are evaluated in every row, or all are made of one selection.
var hot = map[string]func(def *catalog.Stream, i int) *plan.Output{
	"direct": func(def *catalog.Stream, _ int) *plan.Output {
		return grouped(where(call(plan.FuncEq, column(def, "lang"), text("en"))), nil, count())
	},
	"refined": func(def *catalog.Stream, i int) *plan.Output {
		return grouped(where(call(plan.FuncAnd, call(plan.FuncEq, column(def, "lang"), text("en")), not(named(def, i)))), nil, count())
	},
	"candidate": func(def *catalog.Stream, i int) *plan.Output {
		return grouped(where(call(plan.FuncOr, call(plan.FuncEq, column(def, "lang"), text("en")), named(def, i))), nil, count())
	},
	"dense": func(def *catalog.Stream, i int) *plan.Output {
		return grouped(where(not(named(def, i))), nil, count())
	},
	"groupings": func(def *catalog.Stream, i int) *plan.Output {
		english := where(call(plan.FuncEq, column(def, "lang"), text("en")))
		return grouped(&plan.Window{In: english, Kind: plan.Tumble, Time: def.EventTime, Size: int64(i+1) * 1000}, nil, count())
	},
	"rows": func(def *catalog.Stream, i int) *plan.Output {
		english := where(call(plan.FuncEq, column(def, "lang"), text("en")))
		return emit(&plan.Project{In: english, Cols: []plan.NamedExpr{{Name: "n", Expr: integer(int64(i))}}})
	},
}

// named is a predicate that no other query has.
func named(def *catalog.Stream, i int) plan.Expr {
	return call(plan.FuncContains, column(def, "text"), text(fmt.Sprint("user", i)))
}

// apartIf keeps the predicates of queries apart that would otherwise have one.
func apartIf(kind string) share.Apart { return share.Apart{Predicates: kind == "direct"} }

// Queries that meet in one place come and go by the hundred: programs are what they
// are when the queries that are left are all that there ever were, and those taken
// before do not change.
func TestHot(t *testing.T) {
	c, def := tweets(t)
	for kind, query := range hot {
		r := rand.New(rand.NewPCG(5, 6))
		var rows []*row
		for i := range 30 {
			rows = append(rows, &row{eventTime: int64(i) * 100_000, values: map[string]record.Value{
				"text": record.Text(fmt.Sprint("of user", r.IntN(600))), "lang": record.Text([]string{"en", "de"}[r.IntN(2)]),
			}})
		}
		blocks := func(p *scan.Program) [][][]byte {
			partial := scan.NewPartial(p)
			partial.Add(batchOf(p.Schema("tweets"), rows))
			return partial.Blocks(0, 1, delta.MaxBlock)
		}
		b := build.NewApart(c, apartIf(kind))
		there := map[int]bool{}
		add := func(b *build.Builder, i int) {
			if err := b.Add(fmt.Sprint(i), query(def, i)); err != nil {
				t.Fatal(err)
			}
		}
		var before *scan.Program
		var was [][][]byte
		for step := range 6 {
			for range 500 {
				i := r.IntN(600)
				if r.IntN(6) < step { // few at first, and few in the end
					b.Drop(fmt.Sprint(i))
					delete(there, i)
				} else {
					add(b, i)
					there[i] = true
				}
				if r.IntN(40) == 0 {
					b.Program()
				}
			}
			fresh := build.NewApart(c, apartIf(kind))
			for _, i := range slices.Sorted(maps.Keys(there)) {
				add(fresh, i)
			}
			now := b.Program()
			got := blocks(now)
			if !reflect.DeepEqual(got, blocks(fresh.Program())) {
				t.Fatalf("%s: after step %d other blocks are written of %d queries than by a new program", kind, step, len(there))
			}
			if before != nil && !reflect.DeepEqual(blocks(before), was) {
				t.Fatalf("%s: a program has changed at step %d", kind, step)
			}
			before, was = now, got
		}
		for i := range there {
			b.Drop(fmt.Sprint(i))
		}
		if n := b.Held(); n != 0 {
			t.Errorf("%s: %d things are left", kind, n)
		}
	}
}

// BenchmarkHot adds a query to 100,000 that meet in one place and takes the program,
// drops one and takes the program.
func BenchmarkHot(b *testing.B) {
	const queries = 100_000
	for _, kind := range []string{"direct", "refined", "candidate", "dense", "groupings", "rows"} {
		b.Run(kind, func(b *testing.B) {
			c, def := tweets(b)
			builder := build.NewApart(c, apartIf(kind))
			add := func(i int) {
				if err := builder.Add(fmt.Sprint(i), hot[kind](def, i)); err != nil {
					b.Fatal(err)
				}
			}
			for i := range queries {
				add(i)
			}
			builder.Program()
			runtime.LockOSThread() // whose time is measured
			defer runtime.UnlockOSThread()
			var adding, dropping time.Duration
			n := 0
			for b.Loop() {
				began := cpuTime()
				add(queries + n)
				builder.Program()
				added := cpuTime()
				builder.Drop(fmt.Sprint(n))
				builder.Program()
				adding, dropping = adding+added-began, dropping+cpuTime()-added
				n++
			}
			b.ReportMetric(float64(adding.Microseconds())/float64(n), "cpu-µs/add")
			b.ReportMetric(float64(dropping.Microseconds())/float64(n), "cpu-µs/drop")
		})
	}
}
