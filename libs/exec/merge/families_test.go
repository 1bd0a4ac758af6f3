package merge

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/libs/sql/plan"
)

// TestBeginIsSync: a partition that begins with families is as one that takes over the
// definitions by itself, but for what is settled; and later definitions go on from there.
func TestBeginIsSync(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	topo := &Topology{Partitions: 3, Streams: map[string]Stream{"tweets": {Topic: topic, Partitions: 1, Lateness: time.Second}}}
	for range 50 {
		queries, drops := map[string]*Query{}, map[string]int64{}
		for position := range int64(40) {
			q := someQuery(t, r, position)
			queries[q.ID] = q
		}
		drops["gone"] = 12
		then := &Definitions{Position: 40, Queries: DirectoryOf(queries), Drops: DirectoryOf(drops)}
		for range 10 {
			id := fmt.Sprint("q", r.IntN(40))
			delete(queries, id)
			drops[id] = 50
		}
		for position := int64(50); position < 60; position++ {
			q := someQuery(t, r, position)
			queries[q.ID] = q
		}
		now := &Definitions{Position: 60, Queries: DirectoryOf(queries), Drops: DirectoryOf(drops)}
		least, settled := r.Int64N(60), r.Int64N(41)
		of := familiesOf(then, topo)
		for p := range topo.Partitions {
			for _, settled := range []int64{0, settled} {
				empty := func() *Partition {
					s := newPartition(p, topo, 0)
					s.vector[source{topic, 0}] = &progress{plan: least}
					s.resumeStreams(Directory[*Stream]{})
					return s
				}
				for _, defs := range []*Definitions{then, now} {
					want, got := empty(), empty()
					want.sync(defs)
					got.begin(of, settled)
					got.sync(defs)
					if want, got := described(want, settled), described(got, 0); want != got {
						t.Fatalf("partition %d, settled %d, least plan %d:\n%s\nwant\n%s", p, settled, least, got, want)
					}
				}
			}
		}
	}
}

// someQuery returns a query of one of a few nodes.
func someQuery(t *testing.T, r *rand.Rand, position int64) *Query {
	id, node := fmt.Sprint("q", position), fmt.Sprint(r.IntN(8))
	switch r.IntN(8) {
	case 0:
		return &Query{ID: id, Epoch: position, Position: position, Failed: "no", Failing: -1}
	case 1:
		return rowsOf(id, node, position)
	case 2: // its groups are at home in one partition, those of others of the node in any
		return count(t, id, node, position, top(2))
	case 3:
		return sum(t, id, node, position)
	case 4:
		return count(t, id, node+"windowed", position, windowed)
	case 5:
		return count(t, id, node, position)
	default:
		return count(t, id, node+"global", position, global)
	}
}

// described is what definitions make of a partition; of queries below the position
// settled nothing is owed.
func described(s *Partition, settled int64) string {
	var lines []string
	for id, q := range s.queries {
		line := fmt.Sprintf("query %s@%d facts=%v live=%v passed=%d node=%v", id, q.Position, q.facts, q.live, q.passed, q.node != nil)
		_, waits := s.waiting[q]
		_, awaited := s.awaited[q]
		line += fmt.Sprintf(" waiting=%v awaited=%v", waits, awaited)
		if _, owes := s.owing[q]; owes && q.Position >= settled {
			line += fmt.Sprintf(" owes meta=%v rows=%v", q.touch, slices.Collect(maps.Keys(q.rows)))
		}
		if n := s.news[q]; n.live && q.Position >= settled {
			line += " announced"
		}
		lines = append(lines, line)
	}
	for id, n := range s.nodes {
		line := fmt.Sprintf("node %s %d window=%d streams=%v listed=%v: queries", id, n.kind, n.window, n.streams, s.windows[id] != nil)
		for _, q := range n.queries {
			line += " " + q.ID
		}
		line += " segments"
		for _, seg := range n.segments {
			line += fmt.Sprint(" ", seg.start)
		}
		for _, a := range n.aggs {
			line += fmt.Sprint(" ", a.ID)
		}
		lines = append(lines, line)
	}
	slices.Sort(lines)
	return fmt.Sprintf("%s\ndrops %v registry %d waiting %d awaited %d", strings.Join(lines, "\n"), s.drops, s.registry, len(s.waiting), len(s.awaited))
}

// TestUnionOfAggregates: of few and of many, each is there once, by id.
func TestUnionOfAggregates(t *testing.T) {
	for _, n := range []int{0, 1, fewAggs, fewAggs + 1, 50} {
		var queries []*Query
		want := map[plan.ID]bool{}
		for i := range 2 * n {
			q := count(t, "q", "all", 1)
			q.Table.Aggs[0].ID = plan.HashID([]byte{byte(i % n)})
			want[q.Table.Aggs[0].ID] = true
			queries = append(queries, q)
		}
		union := unionOf(slices.Values(append(queries, rowsOf("rows", "all", 1))))
		for _, a := range union {
			delete(want, a.ID)
		}
		ordered := slices.IsSortedFunc(union, func(a, b Aggregate) int { return strings.Compare(string(a.ID[:]), string(b.ID[:])) })
		if len(union) != n || len(want) > 0 || !ordered {
			t.Errorf("%d aggregates of %d, %d missing, in order: %v", len(union), n, len(want), ordered)
		}
	}
}
