package wire

import (
	"cmp"
	"time"
)

// Settings are what holds for a registered query: what its submission asked for
// and, for the rest, what query-parser's own settings said when it was admitted.
// The registry record holds all of them, so that what schedulers make of a query
// depends on no setting of theirs.
type Settings struct {
	History          bool     `json:"history,omitempty"`   // keep samples for charts
	Retention        Duration `json:"retention"`           // of the rows of closed windows; 0: for ever
	Grace            Duration `json:"grace,omitempty"`     // for how long late rows change a closed window
	LogRows          int64    `json:"log_rows"`            // that a row log keeps; 0: all
	MaxGroups        int64    `json:"max_groups"`          // the query fails beyond; 0: without limit
	MaxRowsPerSecond int64    `json:"max_rows_per_second"` // the query fails beyond; 0: without limit
	MaxResultBytes   int64    `json:"max_result_bytes"`    // the query fails beyond; 0: without limit
	MaxStateBytes    int64    `json:"max_state_bytes"`     // the query fails beyond; 0: without limit
}

// What holds for a registered query whose record does not say, as those of
// earlier versions do not, and what query-parser's settings are by default.
const (
	DefaultRetention        = 24 * time.Hour
	DefaultLogRows          = 10_000
	DefaultMaxGroups        = 100_000
	DefaultMaxRowsPerSecond = 10_000
	DefaultMaxResultBytes   = 64 << 20
	DefaultMaxStateBytes    = 256 << 20
)

// DefaultSettings are the constants above.
func DefaultSettings() Settings {
	return Settings{
		Retention: Duration(DefaultRetention), LogRows: DefaultLogRows, MaxGroups: DefaultMaxGroups,
		MaxRowsPerSecond: DefaultMaxRowsPerSecond, MaxResultBytes: DefaultMaxResultBytes,
		MaxStateBytes: DefaultMaxStateBytes,
	}
}

// With returns the settings with what a submission asks for in their place.
func (s Settings) With(o Options) Settings {
	return Settings{
		History:          o.History,
		Retention:        cmp.Or(o.Retention, s.Retention),
		Grace:            o.Grace,
		LogRows:          s.LogRows,
		MaxGroups:        cmp.Or(o.MaxGroups, s.MaxGroups),
		MaxRowsPerSecond: cmp.Or(o.MaxRowsPerSecond, s.MaxRowsPerSecond),
		MaxResultBytes:   cmp.Or(o.MaxResultBytes, s.MaxResultBytes),
		MaxStateBytes:    cmp.Or(o.MaxStateBytes, s.MaxStateBytes),
	}
}

func (s *Settings) check() error {
	for _, f := range []struct {
		name  string
		value int64
	}{
		{"retention", int64(s.Retention)},
		{"grace", int64(s.Grace)},
		{"log_rows", s.LogRows},
		{"max_groups", s.MaxGroups},
		{"max_rows_per_second", s.MaxRowsPerSecond},
		{"max_result_bytes", s.MaxResultBytes},
		{"max_state_bytes", s.MaxStateBytes},
	} {
		if f.value < 0 {
			return invalidf("option %s must not be negative", f.name)
		}
	}
	return nil
}
