package admission

import (
	"fmt"
	"math"
	"time"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/libs/wire"
)

// Limits are what holds for queries that do not say otherwise, and for all streams
// together. 0 is no limit.
type Limits struct {
	MaxGroups        int           // groups that it keeps
	MaxRowsPerSecond int           // rows that a row-returning query returns, over a minute of event time
	MaxResultBytes   int64         // of its results
	MaxStateBytes    int64         // of what its aggregates keep
	Retention        time.Duration // of the rows of closed windows
	LogRows          int           // that the log of a row-returning query keeps

	// MaxDeclaredStreams is how many streams may be declared at a time: each costs every
	// scheduler a scan, with a member of a consumer group and a producer of its own. Those
	// that there are stay where it is lowered.
	MaxDeclaredStreams int
}

// DefaultMaxDeclaredStreams is how many streams may be declared unless the setting says
// otherwise.
const DefaultMaxDeclaredStreams = 100

// DefaultLimits are, for queries, those that records of the registry without any have.
func DefaultLimits() Limits {
	return Limits{
		MaxGroups: wire.DefaultMaxGroups, MaxRowsPerSecond: wire.DefaultMaxRowsPerSecond, MaxResultBytes: wire.DefaultMaxResultBytes,
		MaxStateBytes: wire.DefaultMaxStateBytes,
		Retention:     wire.DefaultRetention, LogRows: wire.DefaultLogRows,
		MaxDeclaredStreams: DefaultMaxDeclaredStreams,
	}
}

// Flags registers the limits of queries that name none, and of streams.
func (l *Limits) Flags(f *daemon.Flags, defaults Limits) {
	f.Int(&l.MaxGroups, "max-groups", defaults.MaxGroups, 0, math.MaxInt,
		"`GROUPS` that a query may have unless its option max_groups says otherwise; 0 is without limit")
	f.Int(&l.MaxRowsPerSecond, "max-rows-per-second", defaults.MaxRowsPerSecond, 0, math.MaxInt,
		"`ROWS` that a query may return per second, over a minute of event time, unless its option max_rows_per_second says otherwise; 0 is without limit")
	f.Size(&l.MaxResultBytes, "max-result-bytes", defaults.MaxResultBytes, 0, math.MaxInt64,
		"bytes that a query's results may have unless its option max_result_bytes says otherwise; 0 is without limit")
	f.Size(&l.MaxStateBytes, "max-state-bytes", defaults.MaxStateBytes, 0, math.MaxInt64,
		"bytes that a query's aggregates may keep unless its option max_state_bytes says otherwise; 0 is without limit")
	f.Duration(&l.Retention, "retention", defaults.Retention, 0, 10*365*24*time.Hour,
		"how long rows of closed windows are kept unless a query's option retention says otherwise; 0 is for ever")
	f.Int(&l.LogRows, "log-rows", defaults.LogRows, 0, math.MaxInt,
		"`ROWS` that the log of a row-returning query keeps; 0 is all")
	f.Int(&l.MaxDeclaredStreams, "max-declared-streams", defaults.MaxDeclaredStreams, 0, math.MaxInt,
		"`STREAMS` that may be declared at a time, each of which costs every scheduler a scan; 0 is without limit")
}

// Check refuses negative limits.
func (l Limits) Check() error {
	if l.MaxGroups < 0 || l.MaxRowsPerSecond < 0 || l.MaxResultBytes < 0 || l.MaxStateBytes < 0 || l.Retention < 0 || l.LogRows < 0 || l.MaxDeclaredStreams < 0 {
		return fmt.Errorf("limits must not be negative: %+v", l)
	}
	return nil
}

// settings returns what holds for a query that asks for these options.
func (l Limits) settings(o wire.Options) wire.Settings {
	return wire.Settings{
		Retention: wire.Duration(l.Retention), LogRows: int64(l.LogRows), MaxGroups: int64(l.MaxGroups),
		MaxRowsPerSecond: int64(l.MaxRowsPerSecond), MaxResultBytes: l.MaxResultBytes, MaxStateBytes: l.MaxStateBytes,
	}.With(o)
}
