package jsonscan

import (
	"encoding/binary"
	"math/bits"
)

// ending is the end of a name: its last 8 bytes or, of a shorter one, all of
// it, in the low bytes; and 8 for each of them.
type ending struct {
	text  uint64
	width int
}

// entry is a name in a table of endings.
type entry struct {
	ending
	head uint64 // the first 8 bytes of a name of 8 or more
	node *node
	next *entry // another with the same hash
}

// endings finds names by where they end. Most names that are looked up are not
// there, and that is told by 8 bytes.
type endings struct {
	table []*entry
	shift uint8
}

func newEndings(nodes []*node) endings {
	width := max(2, bits.Len(uint(8*len(nodes)))) // at most an eighth full
	t := endings{make([]*entry, 1<<width), uint8(64 - width)}
	for _, n := range nodes {
		from := max(0, len(n.name)-8)
		e := &entry{node: n}
		for i := from; i < len(n.name); i++ {
			e.text |= uint64(n.name[i]) << (8 * (i - from))
		}
		if e.width = 8 * (len(n.name) - from); from > 0 {
			e.head = binary.LittleEndian.Uint64([]byte(n.name))
		}
		h := e.hash() >> t.shift
		e.next, t.table[h] = t.table[h], e
	}
	return t
}

func (e ending) hash() uint64 { return (e.text + uint64(e.width)) * 0x9E3779B97F4A7C15 }

// endingOf returns the ending that is in the 8 bytes before a closing quote,
// where no name has escapes.
func endingOf(last uint64) ending {
	const low7 = ones * 0x7f
	x := last ^ ones*'"'
	quotes := ^((x&low7 + low7) | x | low7) // the high bits of exactly the bytes that are quotes
	width := bits.LeadingZeros64(quotes)    // up to the last of them
	return ending{last >> (64 - width), width}
}

// find returns the first name with the ending, nil if there is none.
func (t *endings) find(e ending) *entry {
	c := t.table[e.hash()>>(t.shift&63)]
	for c != nil && c.ending != e {
		c = c.next
	}
	return c
}

// at returns the node whose name has the closing quote end, of those with the
// ending of c; nil if there is none.
func (c *entry) at(doc []byte, end int) *node {
	e := c.ending
	for ; c != nil; c = c.next {
		if c.ending == e && (e.width < 64 || c.named(doc, end)) {
			return c.node
		}
	}
	return nil
}

// named reports whether a name of 8 or more bytes that ends at end is the
// entry's, where its last 8 bytes are.
func (c *entry) named(doc []byte, end int) bool {
	name := c.node.name
	from := end - len(name)
	if from < 1 || doc[from-1] != '"' {
		return false
	}
	switch {
	case len(name) == 8:
		return true
	case len(name) <= 16:
		return binary.LittleEndian.Uint64(doc[from:]) == c.head
	default:
		return string(doc[from:end]) == name
	}
}
