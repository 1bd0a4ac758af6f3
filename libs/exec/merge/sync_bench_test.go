package merge

import (
	"fmt"
	"testing"
)

// BenchmarkSync is many queries of one node that come together, and go together but
// for one: begun at one moment, or each at another.
func BenchmarkSync(b *testing.B) {
	for _, at := range []string{"once", "apart"} {
		for _, n := range []int{1000, 20_000} {
			queries := map[string]*Query{}
			for _, q := range started(b, n, global) {
				if at == "once" {
					q.Position = 1
				}
				queries[q.ID] = q
			}
			all := &Definitions{Position: int64(n) + 1, Queries: DirectoryOf(queries)}
			left := &Definitions{Position: int64(n) + 1, Queries: DirectoryOf(map[string]*Query{"q000000": queries["q000000"]})}
			topo := &Topology{Partitions: 1}
			b.Run(fmt.Sprintf("come/%s/queries=%d", at, n), func(b *testing.B) {
				for b.Loop() {
					newPartition(0, topo, 0).sync(all)
				}
			})
			b.Run(fmt.Sprintf("go/%s/queries=%d", at, n), func(b *testing.B) {
				for range b.N {
					b.StopTimer()
					p := newPartition(0, topo, 0)
					p.sync(all)
					b.StartTimer()
					p.sync(left)
				}
			})
		}
	}
}
