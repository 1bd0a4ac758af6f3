package build_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/millrace/millrace/libs/exec/build"
	"github.com/millrace/millrace/libs/exec/scan"
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/share"
	"github.com/millrace/millrace/libs/sql/plan"
)

// What queries keep apart they do not compute together either: not the keys of
// groups, nor aggregates, nor what these are computed from.
func TestApart(t *testing.T) {
	c, def := tweets(t)
	const n = 3
	for _, test := range []struct {
		apart                 share.Apart
		keys, aggs, args      int // of n queries with one plan
		selections, fragments int
	}{
		{share.Apart{}, 1, 1, 2, 2, 3},
		{share.Apart{Tables: true}, n, n, 2, 2, 0},
		{share.Apart{Predicates: true}, n, n, 2 * n, 2 * n, 3},
		{share.Apart{Predicates: true, Tables: true}, n, n, 2 * n, 2 * n, 3},
		{share.Apart{Fragments: true}, 1, 1, 2, 2, 0},
	} {
		b := build.NewApart(c, test.apart)
		in := where(call(plan.FuncIContains, column(def, "text"), text("news")))
		sum := plan.Agg{Func: "sum", Args: []plan.Expr{column(def, "retweet_count")}, Type: record.BigIntType}
		interval := where(call(plan.FuncLt, column(def, "user.followers_count"), integer(100)))
		for i := range n {
			for kind, q := range []*plan.Output{grouped(in, []plan.Expr{column(def, "lang")}, sum), grouped(interval, nil, count())} {
				if err := b.Add(fmt.Sprintf("q%d.%d", i, kind), q); err != nil {
					t.Fatal(err)
				}
			}
		}
		p := b.Program()
		s, _ := p.Stream("tweets")
		keys, aggs, args := map[*scan.Keys]bool{}, map[*scan.Aggregate]bool{}, map[*scan.Value]bool{}
		selections, fragments := 0, 0
		for sel := range s.Selections() {
			selections++
			for table := range sel.Tables.All() {
				if table.Keys == nil {
					continue
				}
				keys[table.Keys] = true
				for _, v := range table.Keys.Values {
					args[v] = true
				}
				for _, a := range table.Aggs {
					aggs[a] = true
					for _, v := range a.Args {
						args[v] = true
					}
				}
			}
		}
		for _, x := range s.Indexes {
			if x.Range != nil {
				fragments += x.Range.Fragments()
			}
		}
		if len(keys) != test.keys || len(aggs) != test.aggs || len(args) != test.args || selections != test.selections || fragments != test.fragments {
			t.Errorf("%+v: %d keys, %d aggregates, %d values, %d selections, %d fragments; want %d, %d, %d, %d, %d", test.apart,
				len(keys), len(aggs), len(args), selections, fragments, test.keys, test.aggs, test.args, test.selections, test.fragments)
		}
		for i := range n {
			b.Drop(fmt.Sprintf("q%d.0", i))
			b.Drop(fmt.Sprintf("q%d.1", i))
		}
		if n := b.Held(); n != 0 {
			t.Errorf("%+v: %d things are left", test.apart, n)
		}
	}
}

// Queries that keep things apart come and go, and give back what they took.
func TestApartComesAndGoes(t *testing.T) {
	c, def := tweets(t)
	for seed := range uint64(8) {
		apart := share.Apart{Predicates: seed&1 > 0, Tables: seed&2 > 0, Fragments: seed&4 > 0}
		b := build.NewApart(c, apart)
		var first scan.Size
		for round := range 3 {
			r := rand.New(rand.NewPCG(seed, 9))
			for i := range 60 {
				if err := b.Add(fmt.Sprintf("q%d", i), randomQuery(r, def)); err != nil {
					t.Fatal(err)
				}
			}
			size := b.Program().Size
			if round == 0 {
				first = size
			} else if size != first {
				t.Errorf("%+v: round %d has %+v, the first had %+v", apart, round, size, first)
			}
			for i := range 60 {
				b.Drop(fmt.Sprintf("q%d", i))
			}
			b.Program()
		}
	}
}
