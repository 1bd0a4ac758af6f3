package build_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/libs/exec/build"
	"github.com/millrace/millrace/libs/exec/delta"
	"github.com/millrace/millrace/libs/exec/scan"
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/plan"
)

// sampled adds batches to a Partial that is timed until so many of them were, and
// to one that is not, and returns what was timed.
func sampled(t *testing.T, b *build.Builder, rows int, timed int64) *scan.Samples {
	t.Helper()
	p := b.Program()
	r := rand.New(rand.NewPCG(3, 4))
	sampler := scan.NewSampler(nil)
	with, without := scan.NewPartial(p), scan.NewPartial(p)
	with.Sample(sampler)
	all, passed := new(scan.Samples), 0
	for all.Batches < timed {
		for range 16 {
			passed += rows
			batch := syntheticBatch(r, p.Schema("tweets"), rows)
			with.Add(batch)
			without.Add(batch)
		}
		if got, want := with.Blocks(1, 3, delta.MaxBlock), without.Blocks(1, 3, delta.MaxBlock); !reflect.DeepEqual(got, want) {
			t.Fatal("what is timed makes something else")
		}
		with.Reset(p)
		without.Reset(p)
		s := sampler.Take()
		all.Batches, all.Documents = all.Batches+s.Batches, all.Documents+s.Documents
		all.Nanos, all.All = all.Nanos+s.Nanos, append(all.All, s.All...)
	}
	if all.Documents != int64(rows)*all.Batches || passed < 16*int(all.Documents)/4 {
		t.Errorf("%d documents in %d batches, of %d that passed", all.Documents, all.Batches, passed)
	}
	return all
}

// Timing changes no result, and what was timed adds up to what a batch took.
func TestSamples(t *testing.T) {
	c, def := tweets(t)
	b := build.NewBuilder(c)
	addSimple(t, rand.New(rand.NewPCG(1, 2)), b, def, 500)
	rest := call(plan.FuncAnd, call(plan.FuncContains, column(def, "text"), text("word1")), not(call(plan.FuncEq, column(def, "lang"), text("l1"))))
	if err := b.Add("rows", returned(where(rest), column(def, "text"))); err != nil {
		t.Fatal(err)
	}
	s := sampled(t, b, 300, 12)
	var single, weighted int64
	kinds := map[scan.SampleKind]int{}
	for _, x := range s.All {
		kinds[x.Kind]++
		if x.Nanos < 0 || x.Rows < 0 || x.Kept < 0 || x.Weight < 1 || x.ID == (plan.ID{}) {
			t.Errorf("%+v", x)
		}
		if x.Kind != scan.SampleFlush {
			single += x.Nanos
			weighted += x.Nanos * int64(x.Weight)
		}
		if x.Kind == scan.SampleSelection && x.Kept > x.Rows {
			t.Errorf("%d kept of %d rows", x.Kept, x.Rows)
		}
	}
	for _, k := range []scan.SampleKind{scan.SampleIndex, scan.SampleSelection, scan.SampleGrouping, scan.SampleRows, scan.SampleCount, scan.SampleFlush} {
		if kinds[k] == 0 {
			t.Errorf("nothing of kind %d was timed", k)
		}
	}
	if single > s.Nanos {
		t.Errorf("batches took %d ns, what was timed in them %d", s.Nanos, single)
	}
	for range 10 { // the computer may do something else between two parts, but not each time
		if 4*weighted > s.Nanos && weighted < 4*s.Nanos {
			return
		}
		s, weighted = sampled(t, b, 300, 12), 0
		for _, x := range s.All {
			if x.Kind != scan.SampleFlush {
				weighted += x.Nanos * int64(x.Weight)
			}
		}
	}
	t.Errorf("batches took %d ns, what was timed in them stands for %d", s.Nanos, weighted)
}

// returned is a query for rows.
func returned(in plan.Node, cols ...plan.Expr) *plan.Output {
	p := &plan.Project{In: in}
	for i, c := range cols {
		p.Cols = append(p.Cols, plan.NamedExpr{Name: fmt.Sprint("c", i), Expr: c})
	}
	return &plan.Output{In: p, Emit: plan.EmitChanges}
}

// A pattern that is evaluated in every row, and whose rows are all folded, takes
// more than an equality of a rare value, whatever the machine does meanwhile.
func TestSamplesTellDearFromCheap(t *testing.T) {
	c, def := tweets(t)
	b := build.NewBuilder(c)
	dear := grouped(where(call(plan.FuncLike, column(def, "text"), text("%o%d%"))), []plan.Expr{column(def, "text")}, count())
	cheap := grouped(where(call(plan.FuncEq, column(def, "lang"), text("l9"))), []plan.Expr{column(def, "lang")}, count())
	for id, q := range map[string]*plan.Output{"dear": dear, "cheap": cheap} {
		if err := b.Add(id, q); err != nil {
			t.Fatal(err)
		}
	}
	measured := func() (took, rows map[string]int64, documents int64) {
		s := sampled(t, b, 500, 8)
		took, rows = map[string]int64{}, map[string]int64{}
		for name, q := range map[string]*plan.Output{"dear ": dear, "cheap ": cheap} {
			there, err := b.Shared().Prepare(shapeOf(t, q))
			if err != nil {
				t.Fatal(err)
			}
			for _, n := range there.Reused {
				for _, x := range s.All {
					if x.ID == n.ID {
						took[name+n.Kind.String()] += x.Nanos
						rows[name+n.Kind.String()] += x.Rows
					}
				}
			}
		}
		return took, rows, s.Documents
	}
	took, rows, documents := measured()
	for range 10 { // the process may be stopped in the middle of what is timed
		if took["dear atom"] >= documents && 2*took["cheap grouping"] <= took["dear grouping"] {
			break
		}
		took, rows, documents = measured()
	}
	if rows["dear atom"] != documents || rows["dear grouping"] < documents/2 || took["dear atom"] < documents {
		t.Errorf("the pattern: %v %v of %d documents", rows, took, documents)
	}
	if rows["cheap atom"] > 0 || 3*rows["cheap grouping"] > documents || 2*took["cheap grouping"] > took["dear grouping"] {
		t.Errorf("the equality: %v %v of %d documents", rows, took, documents)
	}
}

// Where the clock is read at once and batches take long, one in sixteen is timed, and
// each time another one in the row.
func TestSamplesAreNotInStep(t *testing.T) {
	c, def := tweets(t)
	b := build.NewBuilder(c)
	addSimple(t, rand.New(rand.NewPCG(1, 2)), b, def, 20)
	p := b.Program()
	batch := syntheticBatch(rand.New(rand.NewPCG(3, 4)), p.Schema("tweets"), 100)
	now := int64(0)
	sampler := scan.NewSampler(func() int64 {
		if now++; now > 100 {
			now += 100_000
		}
		return now
	})
	partial := scan.NewPartial(p)
	partial.Sample(sampler)
	var at []int
	const batches = 16 * 200
	for i := range batches {
		partial.Add(batch)
		if sampler.Take().Batches > 0 {
			at = append(at, i%16)
		}
	}
	slices.Sort(at)
	if n := len(at); n < 100 || n > 400 || len(slices.Compact(at)) < 12 {
		t.Errorf("%d of %d were timed, at %v", n, batches, slices.Compact(at))
	}
}

// What part of all documents a selection keeps is known without timing, follows the
// input, and is told of a new one when all documents have passed it.
func TestObserve(t *testing.T) {
	c, def := tweets(t)
	b := build.NewBuilder(c)
	equal := func(lang string) *plan.Output {
		return grouped(where(call(plan.FuncEq, column(def, "lang"), text(lang))), nil, count())
	}
	add := func(id string) {
		t.Helper()
		if err := b.Add(id, equal(id)); err != nil {
			t.Fatal(err)
		}
	}
	ids := map[plan.ID]string{}
	for _, id := range []string{"en", "de"} {
		ids[shapeOf(t, equal(id)).Selection.ID] = id
	}
	add("en")
	partial := scan.NewPartial(b.Program())
	scanned := func(en, de, other int) {
		rows := make([]*row, 0, en+de+other)
		for i := range en + de + other {
			lang := "xx"
			if i < en {
				lang = "en"
			} else if i < en+de {
				lang = "de"
			}
			rows = append(rows, &row{values: map[string]record.Value{"lang": record.Text(lang)}})
		}
		partial.Reset(b.Program())
		partial.Add(batchOf(b.Program().Schema("tweets"), rows))
		partial.Reset(b.Program())
	}
	observed := func() string {
		var all []string
		b.Program().Observe(func(stream string, id plan.ID, part float64) {
			all = append(all, fmt.Sprintf("%s %s %.2f", stream, ids[id], part))
		})
		slices.Sort(all)
		return strings.Join(all, ", ")
	}
	want := func(want string) {
		t.Helper()
		if got := observed(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	want("")
	scanned(20, 0, 80)
	want("tweets en 0.20")
	want("tweets en 0.20")
	scanned(50, 20, 30)
	add("de")
	scanned(50, 20, 30)
	want("tweets en 0.42")
	scanned(50, 20, 30)
	want("tweets de 0.20, tweets en 0.45")
	for range 20 {
		scanned(90, 10, 0)
		observed()
	}
	want("tweets de 0.10, tweets en 0.90")
	b.Drop("en")
	want("tweets de 0.10")
}

// benchmarkSampling adds the same batches with timing and without, in turns, and
// tells what part timing adds: the median of rounds.
func benchmarkSampling(b *testing.B, queries, rows int) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	p, batches := simple(b, queries, rows)
	partials := [2]*scan.Partial{scan.NewPartial(p), scan.NewPartial(p)}
	sampler := scan.NewSampler(nil)
	const each = 64 // batches in a round
	add := func(with, i int) time.Duration {
		began := cpuTime()
		partials[with].Add(batches[i%len(batches)])
		return cpuTime() - began
	}
	for i := range batches { // to fill the caches
		add(0, i)
		add(1, i)
	}
	sampler.Take()
	var ratios []float64
	var sum [2]time.Duration
	timed, docs := int64(0), 0
	for i := 0; b.Loop(); i++ {
		// Where things lie in memory is worth some percent: each has its turn.
		partials[i%2].Sample(sampler)
		partials[1-i%2].Sample(nil)
		var took [2]time.Duration // without, with
		for k := range each {
			first := k % 2
			took[first] += add((i+1+first)%2, k)
			took[1-first] += add((i+2-first)%2, k)
		}
		for _, partial := range partials {
			partial.Reset(p)
		}
		if i%8 == 7 {
			timed += sampler.Take().Batches // its memory is used again in a stage, and not here
		}
		ratios = append(ratios, float64(took[1])/float64(took[0])-1)
		sum[0], sum[1] = sum[0]+took[0], sum[1]+took[1]
		docs += each * rows
	}
	timed += sampler.Take().Batches
	slices.Sort(ratios)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(sum[0].Nanoseconds())/float64(docs), "off-ns/doc")
	b.ReportMetric(float64(sum[1].Nanoseconds())/float64(docs), "on-ns/doc")
	b.ReportMetric(100*ratios[len(ratios)/2], "%-median")
	b.ReportMetric(100*(float64(sum[1])/float64(sum[0])-1), "%-sum")
	b.ReportMetric(float64(docs/rows)/float64(max(timed, 1)), "batches/timed")
}

// Without what it takes to decode the documents, which is most of the time.
func BenchmarkSampling1(b *testing.B)      { benchmarkSampling(b, 1, 200) }
func BenchmarkSampling1000(b *testing.B)   { benchmarkSampling(b, 1000, 1024) }
func BenchmarkSampling30000(b *testing.B)  { benchmarkSampling(b, 30_000, 512) }
func BenchmarkSamplingSingle(b *testing.B) { benchmarkSampling(b, 1000, 1) }
