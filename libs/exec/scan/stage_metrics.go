package scan

import (
	"maps"
	"sync"
	"sync/atomic"
	"time"
)

// Metrics is what a running stage tells about itself. All of it may be read at
// any time.
type Metrics struct {
	// Of committed transactions.
	Documents   atomic.Int64 // read
	Bytes       atomic.Int64 // of input
	DeadLetters atomic.Int64 // documents that could not be read
	Lost        atomic.Int64 // offsets that were deleted before they were read

	Commits     atomic.Int64
	CommitNanos atomic.Int64 // of all commits
	Aborts      atomic.Int64

	Backlog atomic.Int64 // bytes of the exchange that merge has still to read, about
	Paused  atomic.Bool  // the backlog is over its limit

	mu  sync.Mutex
	lag map[int32]int64
}

// Lag returns, per partition assigned, how many offsets are still to be read.
func (m *Metrics) Lag() map[int32]int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.lag)
}

func (m *Metrics) setLag(lag map[int32]int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.lag = lag
}

func (m *Metrics) committed(took time.Duration) {
	m.Commits.Add(1)
	m.CommitNanos.Add(int64(took))
}
