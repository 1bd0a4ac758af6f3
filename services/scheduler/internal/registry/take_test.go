package registry

import (
	"fmt"
	"log/slog"
	"runtime"
	"testing"
	"time"

	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/sql"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/sql/plan"
	"github.com/millrace/millrace/libs/wire"
)

// BenchmarkTake takes 20,000 registrations over, of which nearly half mean what another
// does, and makes the program of them.
func BenchmarkTake(b *testing.B) {
	const queries, distinct = 20_000, 11_000
	c, err := catalog.Default()
	if err != nil {
		b.Fatal(err)
	}
	records := make([]kafka.Record, queries)
	for i := range records {
		n := i * 7 % distinct
		text := fmt.Sprintf("SELECT count(*) FROM tweets WHERE text CONTAINS 'word%d'", n)
		if n%3 == 0 {
			text = fmt.Sprintf("SELECT count(*) FROM tweets WHERE lang = 'en' AND user.followers_count BETWEEN %d AND %d", n, n+n/10)
		}
		root, err := sql.Compile(text, c)
		if err != nil {
			b.Fatal(err)
		}
		def := wire.Registry{
			ID: fmt.Sprint("q", i), Epoch: int64(i), Options: wire.DefaultSettings(), SQL: text, Plan: plan.Encode(root), Submitted: time.Unix(1, 0),
		}
		records[i] = drop(def.ID, def.Epoch)
		records[i].Offset = int64(i)
		if records[i].Value, err = def.Marshal(); err != nil {
			b.Fatal(err)
		}
	}
	heap := func() float64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return float64(m.HeapAlloc)
	}
	b.ReportAllocs()
	for b.Loop() {
		r := New(kafka.Config{}, c, slog.New(slog.DiscardHandler))
		t := newTable(r)
		for i := range records {
			if err := t.apply(&records[i]); err != nil {
				b.Fatal(err)
			}
		}
		r.publish(t, queries)
		b.StopTimer()
		with := heap()
		runtime.KeepAlive(r)
		runtime.KeepAlive(t)
		r, t = nil, nil
		b.ReportMetric((with-heap())/queries, "B/query")
		b.StartTimer()
	}
	runtime.KeepAlive(records)
}
