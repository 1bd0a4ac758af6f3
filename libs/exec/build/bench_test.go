package build_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/exec/build"
	"github.com/millrace/millrace/libs/exec/scan"
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/sql/plan"
)

// simple returns the program of so many queries, and batches of so many rows.
func simple(b *testing.B, queries, rows int) (p *scan.Program, batches []*record.Batch) {
	b.Helper()
	c, def := tweets(b)
	r := rand.New(rand.NewPCG(9, 10))
	builder := build.NewBuilder(c)
	addSimple(b, r, builder, def, queries)
	p = builder.Program()
	for range 8 {
		batches = append(batches, syntheticBatch(r, p.Schema("tweets"), rows))
	}
	return p, batches
}

func benchmarkAdd(b *testing.B, queries, rows int) {
	p, batches := simple(b, queries, rows)
	partial := scan.NewPartial(p)
	b.ReportAllocs()
	b.ResetTimer()
	docs := 0
	for i := range b.N {
		if i%64 == 0 {
			partial.Reset(p)
		}
		batch := batches[i%len(batches)]
		partial.Add(batch)
		docs += batch.Len
	}
	b.StopTimer()
	n := p.Counters()
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(docs), "ns/doc")
	b.ReportMetric(float64(n.Evaluations)/float64(n.Documents), "evals/doc")
}

// addSimple adds queries of the kinds that people have by the hundred.
func addSimple(t testing.TB, r *rand.Rand, b *build.Builder, def *catalog.Stream, n int) {
	t.Helper()
	word := func() plan.Expr { return text(fmt.Sprintf("word%d", int(r.ExpFloat64()*400))) }
	for i := range n {
		var pred plan.Expr
		switch r.IntN(10) {
		case 0, 1, 2, 3:
			pred = call(plan.FuncContains, column(def, "text"), word())
		case 4, 5:
			pred = call(plan.FuncMember, column(def, "hashtags"), word())
		case 6, 7:
			pred = call(plan.FuncAnd,
				call(plan.FuncEq, column(def, "lang"), text(fmt.Sprint("l", r.IntN(30)))),
				not(call(plan.FuncLe, column(def, "user.followers_count"), integer(r.Int64N(100000)))))
		case 8:
			pred = call(plan.FuncOr, call(plan.FuncContains, column(def, "text"), word()), call(plan.FuncContains, column(def, "text"), word()))
		default:
			pred = call(plan.FuncIContains, column(def, "text"), word())
		}
		q := grouped(where(pred), nil, count())
		if i%5 == 0 {
			q = grouped(where(pred), []plan.Expr{column(def, "lang")}, count(), plan.Agg{Func: "avg", Args: []plan.Expr{column(def, "user.followers_count")}, Type: record.DoubleType})
		}
		if err := b.Add(fmt.Sprint(i), q); err != nil {
			t.Fatal(err)
		}
	}
}

// syntheticBatch makes tweets of about 120 bytes of text.
func syntheticBatch(r *rand.Rand, schema *record.Schema, n int) *record.Batch {
	b := record.NewBatch(schema)
	for i := range n {
		for k := range schema.Fields {
			col := &b.Columns[k]
			switch schema.Fields[k].Name {
			case "text":
				var s strings.Builder
				for range 14 {
					fmt.Fprintf(&s, "word%d ", int(r.ExpFloat64()*2000))
				}
				col.AppendStr(s.String())
			case "lang":
				col.AppendStr(fmt.Sprint("l", int(r.ExpFloat64()*4)))
			case "hashtags":
				for range r.IntN(3) {
					col.Elem.AppendStr(fmt.Sprintf("word%d", int(r.ExpFloat64()*400)))
				}
				col.EndArray()
			default:
				appendTo(col, record.Int(int64(r.ExpFloat64()*5000)))
			}
		}
		b.EndRow(int64(i) * 1000)
		b.Name(0, 0, i)
	}
	return b
}

// Batches of 200 documents are what directory-monitor writes.
func BenchmarkAdd1(b *testing.B)    { benchmarkAdd(b, 1, 200) }
func BenchmarkAdd100(b *testing.B)  { benchmarkAdd(b, 100, 200) }
func BenchmarkAdd1000(b *testing.B) { benchmarkAdd(b, 1000, 200) }

// BenchmarkAdd1000Single is about producers that write a document per record.
func BenchmarkAdd1000Single(b *testing.B) { benchmarkAdd(b, 1000, 1) }

// BenchmarkAdmit adds a query beside 10,000 and takes the program.
func BenchmarkAdmit(b *testing.B) {
	c, def := tweets(b)
	r := rand.New(rand.NewPCG(9, 10))
	builder := build.NewBuilder(c)
	addSimple(b, r, builder, def, 10000)
	builder.Program()
	b.ResetTimer()
	for i := range b.N {
		pred := call(plan.FuncContains, column(def, "text"), text(fmt.Sprint("new", i)))
		if err := builder.Add("new", grouped(where(pred), nil, count())); err != nil {
			b.Fatal(err)
		}
		builder.Program()
	}
}
