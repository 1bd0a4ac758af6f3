package merge

import (
	"maps"
	"sync"
	"sync/atomic"

	"github.com/millrace/millrace/libs/exec/meter"
)

// Metrics is what a running stage tells about itself. Its zero value is ready,
// and all of it may be read at any time.
type Metrics struct {
	// AppendToResult is the time from the append of the newest post that a seal
	// covers to the store's acknowledgement of the flush that includes it: one
	// observation per merge partition, seal, and scan partition with posts in it.
	AppendToResult meter.Histogram
	Commits        meter.Histogram // time taken by committed checkpoints
	Aborts         meter.Tally     // of transactions, by one of the Abort reasons

	// Refused counts what the store did not take, by [Store.Reason], and
	// ReasonEpoch for operations on a query of which it knows a later epoch.
	Refused meter.Tally
	Repairs atomic.Int64

	FlushedRows atomic.Int64
	FlushNanos  atomic.Int64
	LateRows    atomic.Int64 // for closed windows

	partitionsMu sync.Mutex
	partitions   map[int32]PartitionMetrics
}

// ReasonEpoch is the reason for which operations of a former epoch of a query
// are refused.
const ReasonEpoch = "epoch"

// Reasons for which transactions end without effect.
const (
	AbortRebalance = "rebalance" // a rebalance came between: the state is kept, and the next one holds it
	AbortFailed    = "failed"    // the member cannot go on
)

// PartitionMetrics is one partition's part.
type PartitionMetrics struct {
	Position   int64 // next exchange offset to fold
	DirtyRows  int64 // owed to the store
	StateBytes int64 // of all groups as checkpoints hold them; about, for those changed since the last one
	DirtyBytes int64 // changed since the last checkpoint, about
	Groups     int64
	Watermarks map[string]int64 // by stream, µs since 1970
}

// Partitions returns the owned partitions' metrics.
func (m *Metrics) Partitions() map[int32]PartitionMetrics {
	m.partitionsMu.Lock()
	defer m.partitionsMu.Unlock()
	return maps.Clone(m.partitions)
}

// measure takes a partition's part.
func (m *Metrics) measure(o *owned) {
	m.LateRows.Add(int64(o.late - o.lateTold))
	o.lateTold = o.late

	v := PartitionMetrics{
		Position: o.pos, DirtyRows: o.owed, DirtyBytes: o.dirtyBytes, Watermarks: o.marks(),
		StateBytes: o.held.bytes, Groups: o.held.groups,
	}
	m.partitionsMu.Lock()
	defer m.partitionsMu.Unlock()
	if m.partitions == nil {
		m.partitions = map[int32]PartitionMetrics{}
	}
	m.partitions[o.id] = v
}

func (m *Metrics) forget(p int32) {
	m.partitionsMu.Lock()
	defer m.partitionsMu.Unlock()
	delete(m.partitions, p)
}
