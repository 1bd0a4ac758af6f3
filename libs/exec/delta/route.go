package delta

import (
	"fmt"

	"github.com/cespare/xxhash/v2"

	"github.com/millrace/millrace/libs/sql/plan"
)

// Routing says what decides which exchange partition owns a group. Numbers are
// part of node ids.
type Routing uint8

// The routings.
const (
	ByKey   Routing = 1 // the node and the group key: groups are spread
	ByTable Routing = 2 // the node alone: all its groups together, for ORDER BY and LIMIT over groups
)

// String names the routing.
func (r Routing) String() string {
	switch r {
	case ByKey:
		return "key"
	case ByTable:
		return "table"
	default:
		return fmt.Sprintf("routing(%d)", uint8(r))
	}
}

// Route returns the exchange partition, of partitions ≥ 1, that owns the group
// with this key of this node. A node's rows and counters are owned by
// Route(node, ByTable, nil, partitions).
func Route(node plan.ID, routing Routing, key []byte, partitions int) int32 {
	var d xxhash.Digest
	d.Reset()
	_, _ = d.Write(node[:])
	if routing == ByKey {
		_, _ = d.Write(key)
	}
	return int32(d.Sum64() % uint64(partitions))
}
