package scan

import (
	"maps"
	"sync"
	"sync/atomic"

	"github.com/millrace/millrace/libs/exec/meter"
)

// AbortRebalance is the reason of a transaction that ended without effect, or
// was thrown away before its end, because the group gave the partitions anew.
// The other reasons are those of [Log.Reason].
const AbortRebalance = "rebalance"

// Metrics is what a running stage tells about itself. All of it may be read at
// any time.
type Metrics struct {
	// Of committed transactions.
	Documents   atomic.Int64 // read
	Bytes       atomic.Int64 // of input
	DeadLetters atomic.Int64 // documents that could not be read
	Lost        atomic.Int64 // offsets that were deleted before they were read

	Commits meter.Histogram // time taken by committed transactions
	Aborts  meter.Tally     // by reason: AbortRebalance, or what Log.Reason says

	Backlog atomic.Int64 // bytes of the exchange that are not checkpointed, as [Log.Backlog] says
	Paused  atomic.Bool  // the backlog is over its limit, and nothing is read

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

// rest says what holds while no stage runs.
func (m *Metrics) rest() {
	m.setLag(nil)
	m.Paused.Store(false)
}
