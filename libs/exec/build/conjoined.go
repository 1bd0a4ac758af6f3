package build

import (
	"slices"

	"github.com/millrace/millrace/libs/exec/index"
	"github.com/millrace/millrace/libs/share"
)

// conjoined is an interval made of several comparisons.
type conjoined struct {
	target index.Target
	key    index.Key
	nodes  []*share.Node
}

// intervalsOf returns the intervals of the columns that several nodes compare, and
// the nodes that are in none.
func intervalsOf(nodes []*share.Node) (intervals []conjoined, rest []*share.Node) {
	var all []conjoined
	for _, n := range nodes {
		t, k, ok := intervalOf(n)
		if !ok {
			rest = append(rest, n)
			continue
		}
		if i := slices.IndexFunc(all, func(c conjoined) bool { return c.target == t }); i >= 0 {
			all[i].key = all[i].key.Intersect(k)
			all[i].nodes = append(all[i].nodes, n)
		} else {
			all = append(all, conjoined{target: t, key: k, nodes: []*share.Node{n}})
		}
	}
	for _, c := range all {
		if len(c.nodes) == 1 {
			rest = append(rest, c.nodes[0])
			continue
		}
		intervals = append(intervals, c)
	}
	return intervals, rest
}
