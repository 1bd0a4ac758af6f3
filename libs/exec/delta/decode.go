package delta

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/millrace/millrace/libs/sql/plan"
)

// ErrMalformed is wrapped by the errors of [DecodeBlock] and [DecodeSeal]: the
// bytes are not what this package writes.
var ErrMalformed = errors.New("malformed delta")

// DecodeBlock reads a block that an [Encoder] wrote. The block's byte slices
// point into b. Nodes of unknown kinds are returned with their payload in Raw.
func DecodeBlock(b []byte) (*Block, error) {
	if len(b) == 0 || b[0] != version {
		return nil, fmt.Errorf("%w: block version is not %d", ErrMalformed, version)
	}
	r := reader{b: b[1:]}
	block := &Block{Plan: r.varint(), Cohort: uint32(r.uvarint(math.MaxUint32))}
	for !r.bad && len(r.b) > 0 {
		d := NodeDelta{Node: r.id(), Kind: NodeKind(r.byte())}
		d.decode(r.bytes(), &r)
		block.Nodes = append(block.Nodes, d)
	}
	if r.bad {
		return nil, fmt.Errorf("%w: block of %d bytes, near byte %d", ErrMalformed, len(b), len(b)-len(r.b))
	}
	return block, nil
}

func (d *NodeDelta) decode(payload []byte, outer *reader) {
	r := reader{b: payload, bad: outer.bad}
	switch d.Kind {
	case Table:
		d.counters(&r)
		d.table(&r)
	case Rows:
		d.counters(&r)
		for !r.bad && len(r.b) > 0 {
			d.Rows = append(d.Rows, Row{
				EventTime: r.varint(),
				Partition: int32(r.uvarint(math.MaxInt32)),
				Offset:    int64(r.uvarint(math.MaxInt64)),
				Index:     int32(r.uvarint(math.MaxInt32)),
				Data:      r.bytes(),
			})
		}
	default:
		d.Raw = payload
	}
	outer.bad = outer.bad || r.bad
}

func (d *NodeDelta) counters(r *reader) {
	d.Errors = r.uvarint(math.MaxUint64)
	d.Mismatches = r.uvarint(math.MaxUint64)
	d.NoTime = r.uvarint(math.MaxUint64)
}

func (d *NodeDelta) table(r *reader) {
	n := r.uvarint(uint64(len(r.b) / len(plan.ID{})))
	if r.bad {
		return
	}
	d.Aggs = make([]plan.ID, n)
	for i := range d.Aggs {
		d.Aggs[i] = r.id()
	}
	var states [][]byte // backing of many groups' States
	for !r.bad && len(r.b) > 0 {
		g := Group{Pane: r.varint(), Key: r.bytes(), Rows: r.uvarint(math.MaxUint64)}
		if r.bad || uint64(len(r.b)) < n { // each state takes a byte or more
			r.bad = true
			return
		}
		if uint64(cap(states)-len(states)) < n {
			states = make([][]byte, 0, min(len(r.b), max(int(n), 64)))
		}
		from := len(states)
		for range n {
			states = append(states, r.bytes())
		}
		g.States = states[from:len(states):len(states)]
		d.Groups = append(d.Groups, g)
	}
}

// reader takes fields off the front of b. After the first that is missing or
// out of range bad is set and every field is zero.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) take(n int) []byte {
	if r.bad || n > len(r.b) {
		r.bad = true
		return nil
	}
	v := r.b[:n:n]
	r.b = r.b[n:]
	return v
}

func (r *reader) byte() byte {
	if v := r.take(1); v != nil {
		return v[0]
	}
	return 0
}

func (r *reader) id() (id plan.ID) {
	copy(id[:], r.take(len(id)))
	return id
}

func (r *reader) uvarint(limit uint64) uint64 {
	v, n := binary.Uvarint(r.b)
	if r.bad || n <= 0 || v > limit {
		r.bad = true
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) varint() int64 {
	v, n := binary.Varint(r.b)
	if r.bad || n <= 0 {
		r.bad = true
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) bytes() []byte { return r.take(int(r.uvarint(uint64(len(r.b))))) }
