package scan

import (
	"bytes"
	"cmp"
	"encoding/binary"
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
	sorted := map[*output][]*group{} // a table's groups, for its several nodes
	for i, n := range t.nodes() {
		w.node = i + 1
		switch {
		case n.table == nil:
			w.rows(n.out)
		case n.out == nil:
			w.count(n.counted, n.table, n.rows)
		default:
			groups, ok := sorted[n.out]
			if !ok {
				groups = n.out.sorted()
				sorted[n.out] = groups
			}
			w.table(n.out, n.table, groups)
		}
	}
	out := make([][][]byte, partitions)
	for i, e := range w.encoders {
		out[i] = e.Finish()
	}
	return out
}

// node is a merge node for which there is something.
type node struct {
	id      plan.ID
	rank    uint64     // the beginning of id
	table   *TableNode // nil: rows
	out     *output    // nil: counted
	counted *Table
	rows    uint64
}

// nodes returns the nodes for which there is something, by id, each once.
func (t *Partial) nodes() []node {
	t.fold()
	for slot, rows := range t.counts {
		if rows > 0 && t.outputs[t.program.Counts.At(int32(slot)).Table.Slot].table != nil {
			t.credit(int32(slot), rows) // it has errors or mismatches, too
		}
	}
	var nodes []node
	add := func(n node) {
		n.rank = binary.BigEndian.Uint64(n.id[:])
		nodes = append(nodes, n)
	}
	for _, slot := range t.touched {
		o := &t.outputs[slot]
		if o.list != nil {
			add(node{id: o.list.ID, out: o})
			continue
		}
		for i := range o.table.Nodes {
			n := &o.table.Nodes[i]
			add(node{id: n.ID, table: n, out: o})
		}
	}
	for slot, rows := range t.counts {
		if rows == 0 {
			continue
		}
		table := t.program.Counts.At(int32(slot)).Table
		for i := range table.Nodes {
			n := &table.Nodes[i]
			add(node{id: n.ID, table: n, counted: table, rows: rows})
		}
	}
	slices.SortFunc(nodes, func(a, b node) int {
		if c := cmp.Compare(a.rank, b.rank); c != 0 {
			return c
		}
		return bytes.Compare(a.id[:], b.id[:])
	})
	return nodes
}

// credit gives a counted table's rows to its output.
func (t *Partial) credit(slot int32, rows uint64) {
	c := t.program.Counts.At(slot)
	c.Tally.matched.Add(int64(rows))
	t.counts[slot] = 0
	o := &t.outputs[c.Table.Slot]
	if o.single == nil {
		o.single = t.newGroup(c.Table, 0, "")
	}
	o.single.rows += rows
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
