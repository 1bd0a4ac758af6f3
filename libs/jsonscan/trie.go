package jsonscan

import (
	"encoding/binary"
	"math/bits"
)

// noSlot marks a place where nothing is kept.
const noSlot = -1

// node is a name on some wanted path, below its parent's. Children are found by
// a hash of their name; names that share one are chained.
type node struct {
	name     string
	slot     int // where the value's span is kept, or noSlot
	children []*node
	next     *node // the next child of the parent with the same hash
	table    []*node
	shift    uint8
	seen     uint64 // the document in which it was last met

	endings endings // finds children where the end of a name is known
	steps   *steps  // the names met, for what is no leaf
}

// child returns the child called name, a new one if need be.
func (n *node) child(name string) *node {
	for _, c := range n.children {
		if c.name == name {
			return c
		}
	}
	c := &node{name: name, slot: noSlot}
	n.children = append(n.children, c)
	return c
}

// index builds the tables of n, the top or not, and of all nodes below, when all
// names are known.
func (n *node) index(top bool) {
	width := max(1, bits.Len(uint(4*len(n.children)))) // at most a quarter full
	n.table = make([]*node, 1<<width)
	n.shift = uint8(64 - width)
	for _, c := range n.children {
		h := hashName([]byte(c.name), 0, len(c.name)) >> n.shift
		c.next = n.table[h]
		n.table[h] = c
		c.index(false)
	}
	if len(n.children) > 0 || top {
		n.endings, n.steps = newEndings(n.children), &steps{}
	}
}

// find returns the child whose name is b[from:to], or nil.
func (n *node) find(b []byte, from, to int) *node {
	for c := n.table[hashName(b, from, to)>>(n.shift&63)]; c != nil; c = c.next {
		if c.name == string(b[from:to]) {
			return c
		}
	}
	return nil
}

// hashName mixes the length and the first and last 8 bytes of b[from:to]. It
// reads past to, but never past b, and does not depend on what is there.
func hashName(b []byte, from, to int) uint64 {
	n := to - from
	var first, last uint64
	switch {
	case n >= 8:
		first = binary.LittleEndian.Uint64(b[from:])
		last = binary.LittleEndian.Uint64(b[to-8:])
	case from+8 <= len(b):
		first = binary.LittleEndian.Uint64(b[from:]) & (1<<(8*uint(n)) - 1)
	default:
		for i := n - 1; i >= 0; i-- {
			first = first<<8 | uint64(b[from+i])
		}
	}
	return (first ^ bits.RotateLeft64(last, 29) ^ uint64(n)) * 0x9E3779B97F4A7C15
}
