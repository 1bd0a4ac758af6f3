package delta

import (
	"encoding/binary"

	"github.com/millrace/millrace/libs/sql/plan"
)

// The layout, all integers varints:
//
//	block   = version(1 byte) plan(signed) cohort node*
//	node    = id(16 bytes) kind(1 byte) length payload(length bytes)
//	table   = counters n id(16 bytes)×n group*
//	group   = pane(signed) len key rows (len state)×n
//	rows    = counters row*
//	row     = eventTime(signed) partition offset index len data
//	counters = errors mismatches noTime
const version = 1

// Encoder writes blocks of bounded size. Groups and rows go to the node begun
// last; a node that does not fit into one block is continued in the next, its
// counters being in the first part only.
type Encoder struct {
	header []byte
	max    int
	write  func(block []byte) // takes what is done; nil: it is kept until Finish

	done  [][]byte
	block []byte // the current block so far: header and closed nodes
	node  []byte // payload of the open node: counters, aggregates, items
	item  []byte

	open  bool
	id    plan.ID
	kind  NodeKind
	aggs  []byte // encoded list of aggregates, repeated in every part
	items int    // in the open part
	tally bool   // the open part carries counters
}

// nodeOverhead bounds what a node adds to its payload.
const nodeOverhead = 16 + 1 + binary.MaxVarintLen64

// NewEncoder returns an encoder of blocks of at most maxBytes bytes; only a
// single group or row that is larger makes a larger one.
func NewEncoder(planPosition int64, cohort uint32, maxBytes int) *Encoder {
	h := binary.AppendVarint([]byte{version}, planPosition)
	return &Encoder{header: binary.AppendUvarint(h, uint64(cohort)), max: maxBytes}
}

// To has blocks be passed to write as soon as they are done, the last ones by Finish,
// which then returns none. They are its own.
func (e *Encoder) To(write func(block []byte)) { e.write = write }

// Node begins a node: d's id, kind, counters and aggregates, and what groups or
// rows it already has. A kind that is not known is written from d.Raw.
func (e *Encoder) Node(d NodeDelta) {
	e.closeNode()
	e.open, e.id, e.kind, e.items = true, d.Node, d.Kind, 0
	e.aggs = e.aggs[:0]
	switch d.Kind {
	case Table:
		e.aggs = binary.AppendUvarint(e.aggs, uint64(len(d.Aggs)))
		for _, id := range d.Aggs {
			e.aggs = append(e.aggs, id[:]...)
		}
	case Rows:
	default:
		e.node = e.node[:0]
		e.add(d.Raw)
		return
	}
	e.begin(d.Errors, d.Mismatches, d.NoTime)
	for _, g := range d.Groups {
		e.Group(g)
	}
	for _, r := range d.Rows {
		e.Row(r)
	}
}

// Single adds a table node of one aggregate with one group, without key and pane:
// most queries are such.
func (e *Encoder) Single(node, agg plan.ID, rows uint64, state []byte) {
	e.closeNode()
	const fixed = 3 + 1 + len(agg) + 2 // counters, aggregates, pane and key
	payload := e.node[:0]
	payload = append(payload, 0, 0, 0, 1)
	payload = append(payload, agg[:]...)
	payload = append(payload, 0, 0)
	payload = binary.AppendUvarint(payload, rows)
	payload = appendBytes(payload, state)
	e.node = payload
	if max(len(e.block), len(e.header))+nodeOverhead+len(payload) > e.max {
		e.open, e.id, e.kind, e.items, e.tally = true, node, Table, 0, false
		e.aggs = append(append(e.aggs[:0], 1), agg[:]...)
		item := append(e.item[:0], payload[fixed-2:]...)
		e.item, e.node = item, payload[:fixed-2]
		e.add(item)
		return
	}
	if len(e.block) == 0 {
		e.block = append(e.block, e.header...)
	}
	b := append(e.block, node[:]...)
	b = append(b, byte(Table))
	b = binary.AppendUvarint(b, uint64(len(payload)))
	e.block = append(b, payload...)
}

func (e *Encoder) begin(errs, mismatches, noTime uint64) {
	e.tally = errs|mismatches|noTime != 0
	e.node = binary.AppendUvarint(e.node[:0], errs)
	e.node = binary.AppendUvarint(e.node, mismatches)
	e.node = binary.AppendUvarint(e.node, noTime)
	e.node = append(e.node, e.aggs...)
}

// Group adds a group to the open table node. Its states are parallel to the
// node's aggregates. Nothing of g is kept.
func (e *Encoder) Group(g Group) {
	b := binary.AppendVarint(e.item[:0], g.Pane)
	b = appendBytes(b, g.Key)
	b = binary.AppendUvarint(b, g.Rows)
	for _, s := range g.States {
		b = appendBytes(b, s)
	}
	e.item = b
	e.add(b)
}

// Row adds a row to the open rows node. Nothing of r is kept.
func (e *Encoder) Row(r Row) {
	b := binary.AppendVarint(e.item[:0], r.EventTime)
	b = binary.AppendUvarint(b, uint64(uint32(r.Partition)))
	b = binary.AppendUvarint(b, uint64(r.Offset))
	b = binary.AppendUvarint(b, uint64(uint32(r.Index)))
	b = appendBytes(b, r.Data)
	e.item = b
	e.add(b)
}

func (e *Encoder) add(item []byte) {
	if e.size()+len(item) > e.max {
		if e.items > 0 {
			e.closeNode()
			e.open, e.items = true, 0
			e.begin(0, 0, 0)
		}
		e.flush()
	}
	e.node = append(e.node, item...)
	e.items++
}

// size is what the current block would be with the open node closed.
func (e *Encoder) size() int {
	n := max(len(e.block), len(e.header))
	if e.open {
		n += nodeOverhead + len(e.node)
	}
	return n
}

// closeNode moves the open node, where it says anything, into the block.
func (e *Encoder) closeNode() {
	if !e.open {
		return
	}
	e.open = false
	if e.items == 0 && !e.tally {
		return
	}
	if len(e.block) > 0 && len(e.block)+nodeOverhead+len(e.node) > e.max {
		e.flush()
	}
	if len(e.block) == 0 {
		e.block = append(e.block, e.header...)
	}
	e.block = append(e.block, e.id[:]...)
	e.block = append(e.block, byte(e.kind))
	e.block = binary.AppendUvarint(e.block, uint64(len(e.node)))
	e.block = append(e.block, e.node...)
}

func (e *Encoder) flush() {
	if len(e.block) == 0 {
		return
	}
	done := e.block
	e.block = nil
	if e.write != nil {
		e.write(done)
	} else {
		e.done = append(e.done, done)
	}
}

// Finish returns the encoded blocks in order: none if nothing was added. The
// encoder is then empty and may be used again; the blocks are the caller's.
func (e *Encoder) Finish() [][]byte {
	e.closeNode()
	e.flush()
	done := e.done
	e.done = nil
	return done
}

// Encode writes b as one block, whatever its size. Nodes without groups, rows
// and counters are left out.
func Encode(b *Block) []byte {
	e := NewEncoder(b.Plan, b.Cohort, int(^uint(0)>>1))
	for _, d := range b.Nodes {
		e.Node(d)
	}
	if blocks := e.Finish(); len(blocks) == 1 {
		return blocks[0]
	}
	return e.header
}

// Split writes b as blocks of at most maxBytes bytes each; only a single group
// or row that is larger makes a larger one. Together they say what b says.
func Split(b *Block, maxBytes int) [][]byte {
	e := NewEncoder(b.Plan, b.Cohort, maxBytes)
	for _, d := range b.Nodes {
		e.Node(d)
	}
	return e.Finish()
}

func appendBytes(dst, b []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(b)))
	return append(dst, b...)
}
