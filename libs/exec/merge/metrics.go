package merge

import (
	"sync"
	"sync/atomic"
	"time"
)

// Metrics is what a running stage tells about itself. All of it may be read at
// any time.
type Metrics struct {
	Commits      atomic.Int64
	CommitNanos  atomic.Int64 // of all commits
	Aborts       atomic.Int64
	FlushedRows  atomic.Int64
	FlushNanos   atomic.Int64
	Refused      atomic.Int64 // writes that the store did not take
	Repairs      atomic.Int64
	LateRows     atomic.Int64 // for closed windows
	partitionsMu sync.Mutex
	partitions   map[int32]PartitionMetrics
}

// PartitionMetrics is one partition's part.
type PartitionMetrics struct {
	Position   int64 // next exchange offset to fold
	DirtyRows  int64 // owed to the store
	StateBytes int64 // changed since the last checkpoint, about
	Groups     int64
	Watermarks map[string]int64 // by stream, µs since 1970
}

// Partitions returns the owned partitions' metrics.
func (m *Metrics) Partitions() map[int32]PartitionMetrics {
	m.partitionsMu.Lock()
	defer m.partitionsMu.Unlock()
	out := make(map[int32]PartitionMetrics, len(m.partitions))
	for p, v := range m.partitions {
		out[p] = v
	}
	return out
}

// measure takes a partition's part.
func (m *Metrics) measure(o *owned) {
	m.LateRows.Add(int64(o.late - o.lateTold))
	o.lateTold = o.late

	v := PartitionMetrics{Position: o.pos, StateBytes: o.dirtyBytes, Watermarks: map[string]int64{}}
	for name, mark := range o.watermarks {
		v.Watermarks[name] = mark
	}
	for q := range o.owing {
		v.DirtyRows += int64(len(q.rows) + len(q.tops) + len(q.log))
	}
	for _, n := range o.nodes {
		for _, seg := range n.segments {
			v.Groups += seg.groups
		}
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

func (m *Metrics) committed(took time.Duration) {
	m.Commits.Add(1)
	m.CommitNanos.Add(int64(took))
}

func (m *Metrics) aborted() { m.Aborts.Add(1) }
