package admission

import (
	"cmp"
	"math"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/libs/wire"
)

// Limits bound what one standing query may use. 0 is no limit.
type Limits struct {
	MaxGroups        int   // groups that it keeps
	MaxRowsPerSecond int   // rows that a row-returning query returns
	MaxResultBytes   int64 // of its results
}

// Flags registers the limits of queries that name none.
func (l *Limits) Flags(f *daemon.Flags, defaults Limits) {
	f.Int(&l.MaxGroups, "max-groups", defaults.MaxGroups, 0, math.MaxInt,
		"`GROUPS` that a query may have unless its option max_groups says otherwise; 0 is without limit")
	f.Int(&l.MaxRowsPerSecond, "max-rows-per-second", defaults.MaxRowsPerSecond, 0, math.MaxInt,
		"`ROWS` that a query may return per second unless its option max_rows_per_second says otherwise; 0 is without limit")
	f.Size(&l.MaxResultBytes, "max-result-bytes", defaults.MaxResultBytes, 0, math.MaxInt64,
		"bytes that a query's results may have unless its option max_result_bytes says otherwise; 0 is without limit")
}

// apply fills in the limits that a submission does not name. In the registry 0
// is no limit.
func (l Limits) apply(o wire.Options) wire.Options {
	o.MaxGroups = cmp.Or(o.MaxGroups, int64(l.MaxGroups))
	o.MaxRowsPerSecond = cmp.Or(o.MaxRowsPerSecond, int64(l.MaxRowsPerSecond))
	o.MaxResultBytes = cmp.Or(o.MaxResultBytes, l.MaxResultBytes)
	return o
}

// unsupported refuses options that nothing heeds yet, rather than ignore them.
func unsupported(o wire.Options) *problem {
	switch {
	case o.History:
		return &problem{message: "option history is not supported yet", hint: "leave it out"}
	case o.Grace != 0:
		return &problem{message: "option grace is not supported yet: late rows are counted and change no closed window", hint: "leave it out"}
	default:
		return nil
	}
}
