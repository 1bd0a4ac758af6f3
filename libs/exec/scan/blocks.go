package scan

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"github.com/millrace/millrace/libs/exec/delta"
	"github.com/millrace/millrace/libs/sql/plan"
)

// tooLarge is how many times the block size a single group or row may have. What
// is larger could never be sent: it is left out and counted as an error.
const tooLarge = 4

// Blocks returns what has been accumulated as encoded blocks of about maxBytes
// bytes at most, for each of the exchange partitions those that it owns. The
// order of nodes and groups depends on nothing but their ids and keys; rows are
// in the order of their batches. A group or row of more than four times maxBytes
// is left out and counted among its node's errors.
//
// The Partial is as it was: Reset empties it.
func (t *Partial) Blocks(planPosition int64, partitions, maxBytes int) [][][]byte {
	w := &blockWriter{partitions: partitions, max: maxBytes, begun: make([]int, partitions)}
	for range partitions {
		w.encoders = append(w.encoders, delta.NewEncoder(planPosition, 0, maxBytes))
	}
	t.fold()
	type node struct {
		id    plan.ID
		table *TableNode // nil: rows
		out   *output
	}
	var nodes []node
	for _, slot := range t.touched {
		o := &t.outputs[slot]
		if o.list != nil {
			nodes = append(nodes, node{id: o.list.ID, out: o})
			continue
		}
		for i := range o.table.Nodes {
			n := &o.table.Nodes[i]
			nodes = append(nodes, node{id: n.ID, table: n, out: o})
		}
	}
	slices.SortFunc(nodes, func(a, b node) int { return bytes.Compare(a.id[:], b.id[:]) })
	sorted := map[*output][]*group{} // a table's groups, for its several nodes
	for i, n := range nodes {
		w.node = i + 1
		if n.table == nil {
			w.rows(n.out)
			continue
		}
		groups, ok := sorted[n.out]
		if !ok {
			groups = n.out.sorted()
			sorted[n.out] = groups
		}
		w.table(n.out, n.table, groups)
	}
	out := make([][][]byte, partitions)
	for i, e := range w.encoders {
		out[i] = e.Finish()
	}
	return out
}

func (o *output) sorted() []*group {
	if o.single != nil {
		return []*group{o.single}
	}
	groups := make([]*group, 0, len(o.groups))
	for _, g := range o.groups {
		groups = append(groups, g)
	}
	slices.SortFunc(groups, func(a, b *group) int {
		return cmp.Or(cmp.Compare(a.pane, b.pane), strings.Compare(a.key, b.key))
	})
	return groups
}
