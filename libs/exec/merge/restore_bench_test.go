package merge

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/millrace/millrace/libs/sql/plan"
)

// BenchmarkRestore is a member that comes back with 8 partitions: of 100,000 queries some
// mean what another does, so that there are about 60,000 nodes, each with a post. All are
// live. An eighth of them have groups that may come to any partition; a tenth, two aggregates.
func BenchmarkRestore(b *testing.B) {
	const n = 100_000
	bench := newBench(b, 1, 8)
	bench.edit = func(c *Config) { c.Store, c.Notifier = nullStore{}, nullNotifier{} }
	bench.restart()
	r := rand.New(rand.NewPCG(1, 2))
	queries := make([]*Query, n)
	for i := range queries {
		node := r.IntN(n)
		if other := r.IntN(n); other < node && r.IntN(8) > 0 {
			node = other // some are asked more often than others
		}
		var edit []func(*Query)
		if node%8 > 0 {
			edit = append(edit, global)
		}
		queries[i] = count(b, fmt.Sprintf("q%06d", i), fmt.Sprint(node), int64(i+1), edit...)
		if t := queries[i].Table; node%10 == 0 {
			t.Aggs = append(t.Aggs, Aggregate{ID: plan.HashID([]byte("another")), Func: t.Aggs[0].Func})
		}
	}
	bench.define(queries, nil)
	bench.commitAll(0, n, queries, post{"a", 0})
	bench.step()
	bench.step()
	for b.Loop() {
		bench.restart()
		if err := bench.stage.reconcile(context.Background()); err != nil {
			b.Fatal(err)
		}
	}
	queriesOf, nodes := 0, map[plan.ID]bool{}
	for _, o := range bench.stage.owned {
		queriesOf += len(o.queries)
		for id := range o.nodes {
			nodes[id] = true
		}
	}
	b.ReportMetric(float64(len(nodes)), "nodes")
	b.ReportMetric(float64(queriesOf), "attached")
}
