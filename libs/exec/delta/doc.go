// Package delta is what scan tells merge through the exchange topic: blocks and
// seals.
//
// A [Block] holds what one transaction of one scan adds to the nodes that one
// exchange partition owns: partial aggregates per group, and rows of
// row-returning queries. It carries the plan position that it was made under
// and describes itself, so that a reader skips the kinds of node and the
// aggregates that it does not know. A [Seal] is the transaction's last record
// in every exchange partition and says, per scan partition, from where to where
// the transaction went. [Route] names the partition that owns a group.
//
// States, keys and rows are bytes here: packages agg and record read them.
// Nothing is folded, sent or stored.
//
//	e := delta.NewEncoder(position, 0, delta.MaxBlock)
//	e.Node(delta.NodeDelta{Node: id, Kind: delta.Table, Aggs: aggs})
//	e.Group(delta.Group{Key: key, Rows: 3, States: states})
//	values := e.Finish() // one record value per block
package delta

// The header of every record of the exchange topic, and its values.
const (
	HeaderType = "type"
	TypeBlock  = "block"
	TypeSeal   = "seal"
)

// MaxBlock is the size in bytes that blocks are kept within unless told
// otherwise. Only a single group or row that is larger by itself makes a larger
// block.
const MaxBlock = 900 << 10
