package explain_test

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/millrace/millrace/libs/explain"
	"github.com/millrace/millrace/libs/sql/plan"
)

// BenchmarkRun registers 100,000 queries of which none has the predicate of
// another, and tells what they take and what it takes to explain one.
func BenchmarkRun(b *testing.B) {
	const queries = 100_000
	s := newStand(b)
	encoded := make([][]byte, queries)
	for i := range encoded {
		text := fmt.Sprintf("SELECT count(*) AS n FROM tweets WHERE text CONTAINS 'word%d'", i)
		if i%2 == 0 {
			text = fmt.Sprintf("SELECT lang, count(*) AS n FROM tweets WHERE lang = 'en' AND user.followers_count > %d GROUP BY lang", i)
		}
		encoded[i] = plan.Encode(s.compile(b, text))
	}
	for b.Loop() {
		before := heap()
		began := time.Now()
		p := explain.New(s.catalog)
		for i, e := range encoded {
			root, err := plan.Decode(e)
			if err != nil {
				b.Fatal(err)
			}
			p.Run(fmt.Sprint("q", i), root, e)
		}
		b.ReportMetric(float64(time.Since(began).Microseconds())/queries, "µs/query")
		b.ReportMetric(float64(heap()-before)/queries, "B/query")
		began = time.Now()
		if _, err := p.Query("q7", explain.Options{Sharing: true}); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(time.Since(began).Microseconds()), "µs/explain")
		began = time.Now()
		w := p.Whole(explain.Options{})
		b.ReportMetric(time.Since(began).Seconds(), "s/whole")
		began = time.Now()
		size := counter(0)
		if err := w.WriteJSON(&size); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(time.Since(began).Seconds(), "s/json")
		b.ReportMetric(float64(size)/queries, "json-B/query")
	}
}

type counter int

func (c *counter) Write(b []byte) (int, error) {
	*c += counter(len(b))
	return len(b), nil
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
