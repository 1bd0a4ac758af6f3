package build_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/exec/agg"
	"github.com/millrace/millrace/libs/exec/build"
	"github.com/millrace/millrace/libs/exec/delta"
	"github.com/millrace/millrace/libs/exec/scan"
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/sql/plan"
)

// elements returns the rows that are made of rows, an array after the other, and of how
// many, in which what names no element of the WHERE is TRUE, there is nothing for an array
// is ERROR.
func elements(rows []*row, arrays []plan.Expr, where plan.Expr) (out []*row, lost uint64) {
	for i, array := range arrays {
		out = nil
		for _, r := range rows {
			v, err := r.value(array)
			if err != nil {
				if r.mayHold(where) {
					lost++
				}
				continue
			}
			for at, e := range v.Elems() {
				x := *r
				x.values = maps.Clone(r.values)
				x.values[plan.ElementColumn(i+1)] = e
				x.values[plan.PositionColumn(i+1)] = record.Int(int64(at + 1))
				out = append(out, &x)
			}
		}
		rows = out
	}
	return rows, lost
}

// mayHold reports whether the conditions of a WHERE that name no element are TRUE.
func (r *row) mayHold(where plan.Expr) bool {
	if where == nil {
		return true
	}
	if c, ok := where.(*plan.Call); ok && c.Func == plan.FuncAnd {
		return !slices.ContainsFunc(c.Args, func(e plan.Expr) bool { return !r.mayHold(e) })
	}
	return strings.Contains(plan.FormatExpr(where), "#") || r.truth(where) == record.True
}

func words(of plan.Expr) plan.Expr {
	return &plan.Call{Func: "t_words", Args: []plan.Expr{of}, Typ: record.ArrayOf(record.VarcharType)}
}

func element(level int) *plan.Column {
	return &plan.Column{Name: plan.ElementColumn(level), Typ: record.VarcharType}
}

func position(level int) *plan.Column {
	return &plan.Column{Name: plan.PositionColumn(level), Typ: record.BigIntType}
}

// randomArrays returns arrays to be unnested one after the other, of which there are few.
func randomArrays(r *rand.Rand, def *catalog.Stream) []plan.Expr {
	name := &plan.Call{Func: "t_name", Args: []plan.Expr{column(def, "lang")}, Typ: record.VarcharType}
	all := []plan.Expr{column(def, "hashtags"), words(column(def, "text")), words(name), column(def, "mentions")}
	out := []plan.Expr{all[r.IntN(len(all))]}
	if r.IntN(3) == 0 {
		more := append(all, words(element(1)), words(element(1)))
		out = append(out, more[r.IntN(len(more))])
	}
	return out
}

// unnestQuery returns a query like another, over the elements of arrays, which it reads
// in the place of some columns.
func unnestQuery(r *rand.Rand, def *catalog.Stream, of *plan.Output) *plan.Output {
	if r.IntN(5) == 0 {
		return of
	}
	arrays := randomArrays(r, def)
	replace := func(e plan.Expr) plan.Expr {
		c, ok := e.(*plan.Column)
		level := 1 + r.IntN(len(arrays))
		switch {
		case !ok || r.IntN(2) == 0:
			return e
		case c.Typ.Kind == record.Varchar:
			return element(level)
		case c.Typ.Kind == record.BigInt:
			return position(level)
		default:
			return e
		}
	}
	return rewritten(of, arrays, replace).(*plan.Output)
}

// rewritten returns a plan over what is unnested, its columns replaced.
func rewritten(n plan.Node, arrays []plan.Expr, f func(plan.Expr) plan.Expr) plan.Node {
	expr := func(e plan.Expr) plan.Expr { return rewrittenExpr(e, f) }
	switch n := n.(type) {
	case *plan.Scan:
		var in plan.Node = n
		for _, a := range arrays {
			in = &plan.Unnest{In: in, Array: a}
		}
		return in
	case *plan.Filter:
		if _, having := n.In.(*plan.Aggregate); having {
			return &plan.Filter{In: rewritten(n.In, arrays, f), Pred: n.Pred}
		}
		return &plan.Filter{In: rewritten(n.In, arrays, f), Pred: expr(n.Pred)}
	case *plan.Window:
		w := *n
		w.In = rewritten(n.In, arrays, f)
		return &w
	case *plan.Aggregate:
		a := &plan.Aggregate{In: rewritten(n.In, arrays, f), Keys: slices.Clone(n.Keys), Aggs: slices.Clone(n.Aggs)}
		for i := range a.Keys { // of the same type, as references name them
			a.Keys[i] = expr(a.Keys[i])
		}
		for i := range a.Aggs {
			agg := &a.Aggs[i]
			was := agg.Args
			agg.Args, agg.Order, agg.Filter = slices.Clone(was), slices.Clone(agg.Order), expr(agg.Filter)
			for j := range agg.Args {
				agg.Args[j] = expr(agg.Args[j])
			}
			for j := range agg.Order {
				// The order of DISTINCT is by an argument, whatever that is now.
				by := slices.IndexFunc(was, func(e plan.Expr) bool { return plan.EqualExpr(e, agg.Order[j].Expr) })
				if by >= 0 {
					agg.Order[j].Expr = agg.Args[by]
				} else {
					agg.Order[j].Expr = expr(agg.Order[j].Expr)
				}
			}
		}
		return a
	case *plan.Project:
		p := &plan.Project{In: rewritten(n.In, arrays, f), Cols: slices.Clone(n.Cols)}
		for i := range p.Cols {
			p.Cols[i].Expr = expr(p.Cols[i].Expr)
		}
		return p
	case *plan.TopK:
		k := &plan.TopK{In: rewritten(n.In, arrays, f), K: n.K, Order: slices.Clone(n.Order)}
		for i := range k.Order {
			k.Order[i].Expr = expr(k.Order[i].Expr)
		}
		return k
	case *plan.Output:
		return &plan.Output{In: rewritten(n.In, arrays, f), Emit: n.Emit}
	default:
		panic(fmt.Sprintf("%T", n))
	}
}

func rewrittenExpr(e plan.Expr, f func(plan.Expr) plan.Expr) plan.Expr {
	c, ok := e.(*plan.Call)
	if !ok {
		return f(e)
	}
	out := *c
	out.Args = slices.Clone(c.Args)
	for i := range out.Args {
		out.Args[i] = rewrittenExpr(out.Args[i], f)
	}
	return &out
}

// What is unnested is shared, and every query gets what it gets alone, in the midst of
// others that come and go.
func TestUnnestingQueriesTogetherAreEachAlone(t *testing.T) {
	errs := together(t, 3, func(r *rand.Rand, def *catalog.Stream) *plan.Output {
		if r.IntN(2) == 0 {
			return unnestQuery(r, def, randomQuery(r, def))
		}
		return unnestQuery(r, def, mixedQuery(r, def))
	})
	if errs < 10000 {
		t.Errorf("only %d errors were compared", errs)
	}
}

// unnested returns a node over the elements of arrays of tweets.
func unnested(arrays ...plan.Expr) plan.Node {
	in := scanOf()
	for _, a := range arrays {
		in = &plan.Unnest{In: in, Array: a}
	}
	return in
}

// Queries over the same elements have one stream of them, which reads what they need,
// and goes with the last of them.
func TestWhatIsUnnestedIsThereOnce(t *testing.T) {
	c, def := tweets(t)
	b := build.NewBuilder(c)
	b.SetFunctions(testFunction)
	tags, lang := column(def, "hashtags"), column(def, "lang")
	for i := range 100 {
		in := &plan.Filter{In: unnested(tags), Pred: call(plan.FuncEq, element(1), text(fmt.Sprint("tag", i)))}
		if err := b.Add(fmt.Sprint("tag", i), grouped(in, []plan.Expr{lang}, count())); err != nil {
			t.Fatal(err)
		}
	}
	for id, in := range map[string]plan.Node{"parts": unnested(tags, words(element(1))), "words": unnested(words(column(def, "text")))} {
		if err := b.Add(id, grouped(in, nil, count())); err != nil {
			t.Fatal(err)
		}
	}
	p := b.Program()
	if len(p.Streams) != len(c.Streams())+3 {
		t.Errorf("%d streams, want three more than %d", len(p.Streams), len(c.Streams()))
	}
	s, _ := p.Stream("tweets")
	if s.Schema == nil || len(s.Schema.Fields) != 3 { // hashtags, lang and text
		t.Errorf("columns %v", s.Schema)
	}
	indexes := 0
	for _, x := range s.Unnest[0].Rows.Indexes {
		if x.Index != nil {
			indexes += x.Index.Len()
		}
	}
	if len(s.Unnest) != 2 || indexes != 100 {
		t.Errorf("%d arrays are unnested, the indexes of the first hold %d predicates", len(s.Unnest), indexes)
	}
	for i := range 100 {
		b.Drop(fmt.Sprint("tag", i))
	}
	if n := len(b.Program().Streams) - len(c.Streams()); n != 3 {
		t.Errorf("%d streams of elements while one is made of another", n)
	}
	b.Drop("parts")
	b.Drop("words")
	if n := len(b.Program().Streams) - len(c.Streams()); n != 0 {
		t.Errorf("%d streams of elements are left", n)
	}
}

// Documents count once however many elements they have, and elements beyond those of one
// batch come in several.
func TestManyElements(t *testing.T) {
	c, def := tweets(t)
	b := build.NewBuilder(c)
	tags := column(def, "hashtags")
	perTag := grouped(unnested(tags, tags), []plan.Expr{element(2)}, count(), plan.Agg{Func: "sum", Args: []plan.Expr{position(1)}, Type: record.BigIntType})
	if err := b.Add("q", perTag); err != nil {
		t.Fatal(err)
	}
	const each, documents = 150, 3
	var list []record.Value
	for i := range each {
		list = append(list, record.Text(fmt.Sprint("tag", i)))
	}
	var rows []*row
	for range documents {
		rows = append(rows, &row{values: map[string]record.Value{"hashtags": record.List(record.VarcharType, list)}, eventTime: 1})
	}
	rows = append(rows, &row{values: map[string]record.Value{"hashtags": record.List(record.VarcharType, nil)}}, &row{})
	program := b.Program()
	partial := scan.NewPartial(program)
	partial.Add(batchOf(program.Schema("tweets"), rows))
	if got := program.Counters().Documents; got != documents+2 {
		t.Errorf("%d documents", got)
	}
	s := shapeOf(t, perTag)
	if want, got := naive(t, s, rows), folded(t, s, partial.Blocks(1, 2, delta.MaxBlock), 1); !reflect.DeepEqual(got, want) || len(got.groups) != each {
		t.Errorf("got %v, want %v", got, want)
	}
}

// Arrays multiply, but not without bound: one document cannot keep a scan from all others.
func TestMostElements(t *testing.T) {
	c, def := tweets(t)
	b := build.NewBuilder(c)
	tags := column(def, "hashtags")
	cubes, pairs := grouped(unnested(tags, tags, tags), nil, count()), grouped(unnested(tags, tags), nil, count())
	for id, q := range map[string]*plan.Output{"cubes": cubes, "pairs": pairs} {
		if err := b.Add(id, q); err != nil {
			t.Fatal(err)
		}
	}
	post := func(n int) *row {
		var list []record.Value
		for i := range n {
			list = append(list, record.Text(fmt.Sprint("tag", i)))
		}
		return &row{values: map[string]record.Value{"hashtags": record.List(record.VarcharType, list)}}
	}
	program := b.Program()
	partial := scan.NewPartial(program)
	partial.Add(batchOf(program.Schema("tweets"), []*row{post(2), post(100), post(3), post(100), post(1)}))
	for q, want := range map[*plan.Output]answer{
		cubes: {groups: map[string]string{"0 ": fmt.Sprintf("%d %x", 2*scan.MostElements+8+27+1, agg.AppendCount(nil, 2*scan.MostElements+8+27+1))}, errors: 2},
		pairs: {groups: map[string]string{"0 ": fmt.Sprintf("%d %x", 20014, agg.AppendCount(nil, 20014))}},
	} {
		if got := folded(t, shapeOf(t, q), partial.Blocks(1, 2, delta.MaxBlock), 1); !reflect.DeepEqual(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	}
}

// What is timed makes the same, and what is unnested has its part in it.
func TestSamplesOfElements(t *testing.T) {
	c, def := tweets(t)
	b := build.NewBuilder(c)
	in := &plan.Filter{In: unnested(column(def, "hashtags")), Pred: call(plan.FuncContains, element(1), text("o"))}
	if err := b.Add("q", grouped(in, []plan.Expr{element(1)}, count())); err != nil {
		t.Fatal(err)
	}
	selection := shapeOf(t, grouped(in, []plan.Expr{element(1)}, count())).Selection.ID
	for _, s := range sampled(t, b, 100, 10).All {
		if s.ID == selection && s.Rows > 0 {
			return
		}
	}
	t.Error("the selection of elements was never timed")
}

func TestUnnestIsRefused(t *testing.T) {
	c, def := tweets(t)
	b := build.NewBuilder(c)
	before, program := b.Shared().Format(), b.Program()
	for name, in := range map[string]plan.Node{
		"no such column":  unnested(&plan.Column{Name: "tags", Typ: record.ArrayOf(record.VarcharType)}),
		"no array":        unnested(column(def, "text")),
		"another element": unnested(column(def, "hashtags"), words(&plan.Column{Name: plan.ElementColumn(1), Typ: record.BigIntType})),
		"of a later one":  unnested(words(element(1))),
		"no such stream":  &plan.Unnest{In: &plan.Scan{Stream: "toots"}, Array: column(def, "hashtags")},
	} {
		if err := b.Add("bad", grouped(in, nil, count())); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if b.Shared().Format() != before || b.Program() != program {
		t.Error("a refused query changed the program")
	}
}
