package build

import (
	"slices"

	"github.com/millrace/millrace/libs/exec/delta"
	"github.com/millrace/millrace/libs/exec/scan"
	"github.com/millrace/millrace/libs/sql/plan"
)

// feed is an aggregate of a branch, and the one of the union that it is sent as. One may
// be several of the union.
type feed struct {
	agg, as plan.ID
}

// feeding returns what is sent of a branch whose grouping has the aggregates of all.
func (t *table) feeding(all *tuple, routing delta.Routing) *scan.NodeLayout {
	n := &scan.NodeLayout{Routing: routing}
	for _, f := range t.feeds {
		at, _ := all.find(f.agg)
		n.Aggs, n.IDs = append(n.Aggs, at), append(n.IDs, f.as)
	}
	return n
}

// unfeed forgets that an aggregate is one of the union, and reports whether it is still
// another one.
func (t *table) unfeed(agg, as plan.ID) bool {
	if as == (plan.ID{}) {
		return false
	}
	at := slices.Index(t.feeds, feed{agg, as})
	t.feeds = slices.Delete(slices.Clone(t.feeds), at, at+1)
	return slices.ContainsFunc(t.feeds, func(f feed) bool { return f.agg == agg })
}
