package build_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/millrace/millrace/libs/exec/build"
	"github.com/millrace/millrace/libs/exec/delta"
	"github.com/millrace/millrace/libs/exec/scan"
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/sql/plan"
)

// unionQuery returns a union of queries that are like another but for the columns that
// they read, and what they unnest.
func unionQuery(r *rand.Rand, def *catalog.Stream, of *plan.Output) *plan.Output {
	if r.IntN(4) == 0 {
		return unnestQuery(r, def, of)
	}
	same := map[record.Kind][]string{
		record.Varchar: {"text", "lang", "user.screen_name", "source"},
		record.BigInt:  {"user.followers_count", "retweet_count", "favorite_count"},
	}
	branches := []*plan.Output{of}
	for range 1 + r.IntN(3) {
		if r.IntN(6) == 0 {
			branches = append(branches, of) // once more
			continue
		}
		var arrays []plan.Expr
		if r.IntN(4) == 0 {
			arrays = randomArrays(r, def)
		}
		branches = append(branches, rewritten(of, arrays, func(e plan.Expr) plan.Expr {
			c, ok := e.(*plan.Column)
			if !ok || r.IntN(2) == 0 {
				return e
			}
			switch names := same[c.Typ.Kind]; {
			case names == nil:
				return e
			case len(arrays) > 0 && c.Typ.Kind == record.Varchar:
				return element(len(arrays))
			default:
				return column(def, names[r.IntN(len(names))])
			}
		}).(*plan.Output))
	}
	return plan.Unite(branches)
}

// What the branches of unions find comes together in one node, in the midst of other
// queries with which they share it.
func TestUnionsTogetherAreEachAlone(t *testing.T) {
	together(t, 4, func(r *rand.Rand, def *catalog.Stream) *plan.Output {
		if r.IntN(2) == 0 {
			return unionQuery(r, def, randomQuery(r, def))
		}
		return unionQuery(r, def, mixedQuery(r, def))
	})
}

// A branch that is there twice counts twice, and one that makes the same of two columns
// sends it as two.
func TestBranchesThatAreTheSame(t *testing.T) {
	c, def := tweets(t)
	lang, followers, retweets := column(def, "lang"), column(def, "user.followers_count"), column(def, "retweet_count")
	sum := func(of plan.Expr) plan.Agg {
		return plan.Agg{Func: "sum", Args: []plan.Expr{of}, Type: record.BigIntType}
	}
	twice := plan.Unite([]*plan.Output{grouped(scanOf(), nil, count()), grouped(scanOf(), nil, count())})
	pair := plan.Unite([]*plan.Output{
		grouped(scanOf(), []plan.Expr{lang}, sum(followers), sum(followers)),
		grouped(scanOf(), []plan.Expr{lang}, sum(retweets), sum(followers)),
	})
	b := build.NewBuilder(c)
	for id, q := range map[string]*plan.Output{"twice": twice, "pair": pair, "once": grouped(scanOf(), nil, count())} {
		if err := b.Add(id, q); err != nil {
			t.Fatal(err)
		}
	}
	rows := randomRows(rand.New(rand.NewPCG(1, 2)), def, 50)
	for round := range 3 {
		program := b.Program()
		partial := scan.NewPartial(program)
		partial.Add(batchOf(program.Schema("tweets"), rows))
		for id, q := range map[string]*plan.Output{"twice": twice, "pair": pair} {
			s := shapeOf(t, q)
			want, got := naive(t, s, rows), folded(t, s, partial.Blocks(1, 2, delta.MaxBlock), 1)
			if round == 2 && id == "twice" {
				want.groups = map[string]string{} // it has gone
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("round %d, %s: got %v, want %v", round, id, got, want)
			}
		}
		if round == 0 {
			b.Drop("once")
		} else {
			b.Drop("twice")
		}
	}
}

// It does not matter in which order branches are written.
func TestUnionsAreOfNoOrder(t *testing.T) {
	_, def := tweets(t)
	r := rand.New(rand.NewPCG(5, 6))
	for i := range 100 {
		q := unionQuery(r, def, randomQuery(r, def))
		branches := plan.Branches(q)
		r.Shuffle(len(branches), func(i, j int) { branches[i], branches[j] = branches[j], branches[i] })
		again := plan.Unite(branches)
		if plan.Fingerprint(again) != plan.Fingerprint(q) || shapeOf(t, again).ID != shapeOf(t, q).ID || plan.Format(again) != plan.Format(q) {
			t.Fatal(fmt.Sprint(i), plan.Format(q), plan.Format(again))
		}
	}
}
