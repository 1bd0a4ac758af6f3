package scan

import (
	"bytes"
	"encoding/binary"

	"github.com/millrace/millrace/libs/sql/plan"
)

// node is a merge node for which there is something.
type node struct {
	id      plan.ID
	agg     *plan.ID   // of a [Counted] that has one; nil: others
	table   *TableNode // nil: rows, or there is an agg
	out     *output    // nil: counted
	counted *Table
	rows    uint64
}

// nodeList are nodes, and their order by id: the low half of a word is the
// position of a node, the high half the beginning of its id.
type nodeList struct {
	nodes []node
	order []uint64
	spare []uint64
}

// nodes returns the nodes for which there is something, each once.
func (t *Partial) nodes() *nodeList {
	t.fold()
	if t.odd {
		for slot, rows := range t.counts {
			if rows == 0 {
				continue
			}
			if o := t.outputs[t.program.Counts.At(int32(slot)).Table.Slot]; o != nil && o.table != nil {
				t.credit(int32(slot), rows)
			}
		}
	}
	l := &t.nodesOf
	clear(l.nodes)
	l.nodes = l.nodes[:0]
	for _, slot := range t.touched {
		o := t.outputs[slot]
		if o.list != nil {
			l.nodes = append(l.nodes, node{id: o.list.ID, out: o})
			continue
		}
		for i := range o.table.Nodes {
			n := &o.table.Nodes[i]
			l.nodes = append(l.nodes, node{id: n.ID, table: n, out: o})
		}
	}
	for slot, rows := range t.counts {
		if rows == 0 {
			continue
		}
		c := t.program.Counts.At(int32(slot))
		if c.Agg != nil {
			l.nodes = append(l.nodes, node{id: c.Node, agg: c.Agg, rows: rows})
			continue
		}
		for i := range c.Table.Nodes {
			n := &c.Table.Nodes[i]
			l.nodes = append(l.nodes, node{id: n.ID, table: n, counted: c.Table, rows: rows})
		}
	}
	l.sort()
	return l
}

// sort puts the nodes in order of their ids: by digits of the beginnings, the
// lowest first (Knuth, The Art of Computer Programming, volume 3, 5.2.5, algorithm
// R), and those that begin alike by comparing them.
func (l *nodeList) sort() {
	const digit, passes = 11, 3 // of 32 bits
	l.order = l.order[:0]
	var counts [passes][1 << digit]int32
	for i := range l.nodes {
		word := uint64(binary.BigEndian.Uint32(l.nodes[i].id[:]))<<32 | uint64(i)
		l.order = append(l.order, word)
		for p := range passes {
			counts[p][word>>(32+p*digit)&(1<<digit-1)]++
		}
	}
	if cap(l.spare) < len(l.order) {
		l.spare = make([]uint64, cap(l.order))
	}
	l.spare = l.spare[:len(l.order)]
	for p := range passes {
		at := int32(0)
		for d, n := range counts[p] {
			counts[p][d] = at
			at += n
		}
		for _, word := range l.order {
			to := &counts[p][word>>(32+p*digit)&(1<<digit-1)]
			l.spare[*to] = word
			*to++
		}
		l.order, l.spare = l.spare, l.order
	}
	for i := 1; i < len(l.order); i++ {
		for j := i; j > 0 && l.order[j-1]>>32 == l.order[j]>>32 && l.less(l.order[j], l.order[j-1]); j-- {
			l.order[j-1], l.order[j] = l.order[j], l.order[j-1]
		}
	}
}

func (l *nodeList) less(a, b uint64) bool {
	return bytes.Compare(l.nodes[uint32(a)].id[:], l.nodes[uint32(b)].id[:]) < 0
}
