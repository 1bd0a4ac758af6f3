package merge

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/millrace/millrace/libs/exec/agg"
	"github.com/millrace/millrace/libs/sql/plan"
)

// Keys of the checkpoints topic. Their first byte is the kind; integers are big
// endian with the sign bit flipped, so that keys sort by value.
const (
	keyCheckpoint byte = 'c' // the checkpoint record
	keyClaim      byte = 'o' // the claim of an owner
	keyGroup      byte = 'g' // node, segment, pane, chunk, group key → states
	keyCounters   byte = 'n' // node, segment → counters
	keyPane       byte = 'p' // node, pane → when it closed
	keyMinute     byte = 'm' // node, segment, minute → rows
	keyPassed     byte = 'q' // no node, epoch, query id → documents before it
)

// What a group takes in a checkpoint besides its key and its states' bytes: kind,
// node, segment, pane and chunk; and besides each state: its aggregate and
// size.
const (
	keyBytes   = 1 + 16 + 8 + 8 + 4
	stateBytes = 16 + 1
)

// maxChunk is the size in bytes beyond which a group's states are split.
const maxChunk = 64 << 10

// stateKey names a piece of state.
type stateKey struct {
	kind    byte
	node    plan.ID
	segment int64
	pane    int64
	key     string
}

// stateRecord names a record of the checkpoints topic: a piece of state, or one of
// its chunks.
type stateRecord struct {
	stateKey
	chunk uint32
}

// encode writes the key as it stands in the checkpoints topic.
func (k stateKey) encode(chunk uint32) []byte {
	dst := append([]byte{k.kind}, k.node[:]...)
	switch k.kind {
	case keyGroup:
		dst = appendOrdered(dst, k.segment)
		dst = appendOrdered(dst, k.pane)
		dst = binary.BigEndian.AppendUint32(dst, chunk)
		dst = append(dst, k.key...)
	case keyCounters:
		dst = appendOrdered(dst, k.segment)
	case keyPane:
		dst = appendOrdered(dst, k.pane)
	case keyMinute:
		dst = appendOrdered(appendOrdered(dst, k.segment), k.pane)
		dst = append(dst, k.key...)
	case keyPassed:
		dst = append(appendOrdered(dst, k.segment), k.key...)
	}
	return dst
}

func appendOrdered(dst []byte, n int64) []byte {
	return binary.BigEndian.AppendUint64(dst, uint64(n)^1<<63)
}

var errStateKey = errors.New("malformed state key")

// parseStateKey reads what encode wrote.
func parseStateKey(b []byte) (k stateKey, chunk uint32, err error) {
	if len(b) < 1+len(k.node) {
		return k, 0, errStateKey
	}
	k.kind = b[0]
	copy(k.node[:], b[1:])
	b = b[1+len(k.node):]
	next := func() int64 {
		if len(b) < 8 {
			err = errStateKey
			return 0
		}
		n := int64(binary.BigEndian.Uint64(b) ^ 1<<63)
		b = b[8:]
		return n
	}
	switch k.kind {
	case keyGroup:
		k.segment, k.pane = next(), next()
		if err != nil || len(b) < 4 {
			return k, 0, errStateKey
		}
		chunk = binary.BigEndian.Uint32(b)
		k.key = string(b[4:])
	case keyCounters:
		k.segment = next()
	case keyPane:
		k.pane = next()
	case keyMinute:
		k.segment, k.pane = next(), next()
		if k.key = string(b); err == nil && k.key != "" && k.key != carriedMinute {
			return k, 0, errStateKey
		}
	case keyPassed:
		k.segment = next()
		k.key = string(b)
	default:
		return k, 0, fmt.Errorf("%w: kind %q", errStateKey, k.kind)
	}
	return k, chunk, err
}

// compareKeys orders state keys, so that a checkpoint's records do not depend
// on map order.
func compareKeys(a, b stateKey) int {
	if c := cmp.Compare(a.kind, b.kind); c != 0 {
		return c
	}
	if c := bytes.Compare(a.node[:], b.node[:]); c != 0 {
		return c
	}
	if c := cmp.Compare(a.segment, b.segment); c != 0 {
		return c
	}
	if c := cmp.Compare(a.pane, b.pane); c != 0 {
		return c
	}
	return strings.Compare(a.key, b.key)
}

// markState notes that the key's state is to be written at the next checkpoint.
func (s *Partition) markState(k stateKey) {
	if _, ok := s.dirty[k]; !ok {
		s.dirty[k] = struct{}{}
		s.dirtyBytes += k.bytes()
	}
}

// bytes is about what a key, or its tombstone, takes.
func (k stateKey) bytes() int64 { return int64(64 + len(k.key)) }

// markGone notes that a group is gone. The chunks that the last checkpoint
// wrote for it are remembered, so that each gets its tombstone.
func (s *Partition) markGone(n *node, seg *segment, r rowRef, g *group) {
	k := stateKey{kind: keyGroup, node: n.id, segment: seg.start, pane: r.pane, key: r.key}
	if g.chunks > 1 {
		s.tombs[k] = max(s.tombs[k], g.chunks)
	}
	s.markState(k)
}

// appendGroup writes a group's states: rows, then per aggregate held its id and
// state.
func appendGroup(dst []byte, n *node, g *group) []byte {
	dst = binary.AppendUvarint(dst, g.rows)
	for i, st := range g.states {
		if st == nil {
			continue
		}
		dst = append(dst, n.aggs[i].ID[:]...)
		enc := st.Append(nil)
		dst = binary.AppendUvarint(dst, uint64(len(enc)))
		dst = append(dst, enc...)
	}
	return dst
}

var errStates = errors.New("malformed group state")

// decodeGroup reads what appendGroup wrote; aggregates that the node does not
// keep any more are skipped.
func decodeGroup(b []byte, n *node) (*group, error) {
	g := &group{states: make([]agg.State, len(n.aggs))}
	rows, w := binary.Uvarint(b)
	if w <= 0 {
		return nil, errStates
	}
	g.rows, b = rows, b[w:]
	for len(b) > 0 {
		var id plan.ID
		if len(b) < len(id) {
			return nil, errStates
		}
		copy(id[:], b)
		b = b[len(id):]
		size, w := binary.Uvarint(b)
		if w <= 0 || size > uint64(len(b)-w) {
			return nil, errStates
		}
		enc := b[w : w+int(size)]
		b = b[w+int(size):]
		at := n.aggIndex(id)
		if at < 0 {
			continue
		}
		st, err := n.aggs[at].Func.Decode(enc)
		if err != nil {
			return nil, fmt.Errorf("aggregate %s: %w", id, err)
		}
		g.states[at] = st
	}
	return g, nil
}

// IsCheckpoint reports whether key is that of checkpoint records.
func IsCheckpoint(key []byte) bool { return len(key) == 1 && key[0] == keyCheckpoint }

// isClaim reports whether key is that of claims.
func isClaim(key []byte) bool { return len(key) == 1 && key[0] == keyClaim }
