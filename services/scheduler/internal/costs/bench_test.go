package costs

import (
	"fmt"
	"testing"
	"time"

	"github.com/millrace/millrace/libs/exec/build"
	"github.com/millrace/millrace/libs/exec/scan"
	"github.com/millrace/millrace/libs/sql"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/sql/plan"
)

// BenchmarkReport makes costs of 100,000 queries, as once every ten seconds.
func BenchmarkReport(b *testing.B) {
	c, err := catalog.Default()
	if err != nil {
		b.Fatal(err)
	}
	builder := build.NewBuilder(c)
	for i := range 100_000 {
		text := fmt.Sprintf("SELECT count(*) AS n FROM tweets WHERE text CONTAINS 'word%d'", i)
		if i%2 == 0 {
			text = fmt.Sprintf("SELECT lang, count(*) AS n FROM tweets WHERE lang = 'en' AND text CONTAINS 'word%d' GROUP BY lang", i)
		}
		root, err := sql.Compile(text, c)
		if err == nil {
			err = builder.Add(fmt.Sprint("q", i), root)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	p := builder.Program()
	l := NewLedger()
	s := &scan.Samples{Batches: 10, Documents: 40_000, Nanos: 1}
	p.Walk(func(_ string, id plan.ID) {
		if len(s.All) < mostEntries {
			s.All = append(s.All, scan.Sample{ID: id, Kind: scan.SampleSelection, Weight: 1, Nanos: 100, Rows: 1})
		}
	})
	b.ReportAllocs()
	began := time.Now()
	for b.Loop() {
		l.Add(s)
	}
	b.ReportMetric(float64(time.Since(began).Nanoseconds())/float64(b.N)/float64(len(s.All)), "ns/sample")
	began = time.Now()
	told := l.Report(0, time.Now(), DefaultMost, l.Follow(p, DefaultMost))
	b.ReportMetric(time.Since(began).Seconds()*1000, "ms/report")
	began = time.Now()
	l.Follow(p, DefaultMost)
	b.ReportMetric(time.Since(began).Seconds()*1000, "ms/follow-again")
	b.ReportMetric(float64(len(told)), "costs")
}
