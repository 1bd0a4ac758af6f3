package results_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/millrace/millrace/libs/results"
)

// BenchmarkApply writes rows of one query, and one row each of many queries, to a
// real Redis.
func BenchmarkApply(b *testing.B) {
	for _, c := range []struct {
		name          string
		queries, rows int
	}{{"1-query-of-10000-rows", 1, 10000}, {"10000-queries-of-1-row", 10000, 1}} {
		b.Run(c.name, func(b *testing.B) {
			rdb := results.Connect(results.Server{Addr: startRedis(b)})
			defer rdb.Close()
			ctx := context.Background()
			w := results.NewWriter(rdb, 0, 1, topics)
			if _, _, err := w.Take(ctx, 1, results.Fence{}); err != nil {
				b.Fatal(err)
			}
			var ops []results.Op
			for q := range c.queries {
				op := rows(fmt.Sprintf("query-%d", q), 1)
				for r := range c.rows {
					op.Set[fmt.Sprintf(`["group-%d"]`, r)] = fmt.Appendf(nil, `{"lang":"group-%d","n":%d}`, r, r)
				}
				ops = append(ops, op)
			}
			b.ResetTimer()
			offset := int64(0)
			for b.Loop() {
				offset++
				if _, err := w.Apply(ctx, offset, ops); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)*float64(c.queries)*float64(c.rows)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
