package merge

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/exec/delta"
	"github.com/millrace/millrace/libs/record"
)

// TestEveryPartitionHoldsAQueryToItsShare: over several merge partitions a query's
// groups are spread, and none of them knows of more than its own. A limit is what
// each of them may have; one of them is enough to fail the query. What one
// partition has by itself, such as a top-k, is held to the limit as it is.
func TestEveryPartitionHoldsAQueryToItsShare(t *testing.T) {
	const partitions, most = 4, 3
	limited := func(l Limits) func(*Query) { return func(q *Query) { q.Limits = l } }
	spread := count(t, "q", "all", 2)
	keys := make([][]string, partitions) // by the partition that owns the group
	for i := range 64 {
		k := fmt.Sprintf("k%02d", i)
		e := delta.Route(spread.Table.Node, delta.ByKey, record.AppendValue(nil, record.Text(k)), partitions)
		keys[e] = append(keys[e], k)
	}
	take := func(counts ...int) (posts []post) {
		for e, n := range counts {
			for _, k := range keys[e][:n] {
				posts = append(posts, post{k, 0})
			}
		}
		return posts
	}
	const bytes = int64(most * len(`["k00"]{"n":1}`))
	groups, size := "q: more than max_groups = 3 groups", fmt.Sprintf("q: its rows are larger than max_result_bytes = %d", bytes) // reasons begin so
	for _, c := range []struct {
		name  string
		q     *Query
		posts []post
		want  []string
	}{
		{"every share full", count(t, "q", "all", 2, limited(Limits{MaxGroups: most})), take(most, most, most, most), nil},
		{"one share too large", count(t, "q", "all", 2, limited(Limits{MaxGroups: most})), take(0, most+1, 0, 0), []string{groups}},
		{"two shares too large", count(t, "q", "all", 2, limited(Limits{MaxGroups: most})), take(most+1, 0, most+1, most), []string{groups, groups}},
		{"every share of bytes full", count(t, "q", "all", 2, limited(Limits{MaxResultBytes: bytes})), take(most, most, most, most), nil},
		{"one share of bytes too large", count(t, "q", "all", 2, limited(Limits{MaxResultBytes: bytes})), take(most, most, most, most+1), []string{size}},
		{"a top-k has all of its groups in one", count(t, "q", "all", 2, top(1), limited(Limits{MaxGroups: most})), take(1, 1, 1, 1), []string{groups}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, 1, partitions)
			b.define([]*Query{c.q}, nil)
			b.commit(0, 2, c.q, c.posts...)
			for range 3 {
				b.step()
			}
			if !slices.EqualFunc(b.notifier.fail, c.want, strings.HasPrefix) {
				t.Fatalf("reported %q, want %q", b.notifier.fail, c.want)
			}
		})
	}
}
