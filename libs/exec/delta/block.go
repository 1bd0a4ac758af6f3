package delta

import "github.com/millrace/millrace/libs/sql/plan"

// Block is what one transaction adds to the nodes of one exchange partition, or
// a part of it.
type Block struct {
	Plan   int64  // the plan position that it was made under
	Cohort uint32 // 0: live
	Nodes  []NodeDelta
}

// NodeKind says what a NodeDelta holds. Numbers are on the wire.
type NodeKind uint8

// The kinds of node.
const (
	Table NodeKind = 1 // groups of an aggregate table
	Rows  NodeKind = 2 // rows of a row-returning query
)

// NodeDelta is what a transaction adds to one node. The counters are those
// since the node's previous delta and add up over all blocks and partitions:
// each event is counted in one block only.
type NodeDelta struct {
	Node plan.ID
	Kind NodeKind

	Errors     uint64 // rows whose selection was ERROR, or whose output could not be computed or was too large to send
	Mismatches uint64 // fields of another type than declared, in the columns that the node reads
	NoTime     uint64 // selected rows without an event time, which no window counts

	Aggs   []plan.ID // Table: the aggregates that each group holds a state of, in order
	Groups []Group   // Table
	Rows   []Row     // Rows

	// Raw is the payload of a kind that this version does not know.
	Raw []byte
}

// Group is one group's partial aggregates.
type Group struct {
	Pane   int64    // start of the pane in microseconds since 1970 UTC; 0 without a window
	Key    []byte   // concatenated record.AppendValue of the keys
	Rows   uint64   // rows folded in
	States [][]byte // parallel to NodeDelta.Aggs
}

// Row is one row of a row-returning query; partition, offset and index name the
// document it was made of.
type Row struct {
	EventTime int64 // microseconds since 1970 UTC, or record.NoEventTime
	Partition int32
	Offset    int64
	Index     int32
	Data      []byte // concatenated record.AppendValue of the output columns
}
