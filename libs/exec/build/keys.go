package build

import (
	"encoding/binary"

	"github.com/millrace/millrace/libs/exec/scan"
	"github.com/millrace/millrace/libs/sql/plan"
)

// keys are what rows are grouped by, with the number of groupings that use them.
type keys struct {
	id      plan.ID
	scan    *scan.Keys
	values  []*value
	columns []int // that the values read
	refs    int
}

// acquireKeys returns the one of those keys, for a grouping, nil for none.
func (b *Builder) acquireKeys(s *stream, grouping plan.ID, c *compiled, window int64) *keys {
	values := b.ownValues(grouping, c.values)
	if len(values) == 0 && window == 0 {
		return nil
	}
	parts := [][]byte{binary.AppendVarint(nil, window)}
	if b.ownTables() {
		parts = append(parts, grouping[:])
	}
	for i := range values {
		parts = append(parts, values[i].id[:])
	}
	id := plan.HashID(parts...)
	k := s.keys[id]
	if k == nil {
		k = &keys{id: id, values: b.acquire(s, values), columns: c.columns}
		k.scan = &scan.Keys{Slot: b.keySlots.take(), Values: scanValues(k.values), Window: window}
		s.keys[id] = k
	}
	k.refs++
	return k
}

func (b *Builder) releaseKeys(s *stream, k *keys) {
	if k == nil {
		return
	}
	if k.refs--; k.refs == 0 {
		delete(s.keys, k.id)
		b.release(s, k.values)
		b.keySlots.give(k.scan.Slot)
	}
}
