package wire

import (
	"fmt"
	"time"

	"github.com/segmentio/encoding/json"
)

// Options are what a submission may ask for beside its SQL. Zero values mean
// that nothing was asked for.
type Options struct {
	History          bool     `json:"history,omitempty"`             // keep samples for charts
	Retention        Duration `json:"retention,omitempty"`           // of the rows of closed windows
	Grace            Duration `json:"grace,omitempty"`               // for how long late rows change a closed window
	MaxGroups        int64    `json:"max_groups,omitempty"`          // the query fails beyond
	MaxRowsPerSecond int64    `json:"max_rows_per_second,omitempty"` // the query fails beyond
	MaxResultBytes   int64    `json:"max_result_bytes,omitempty"`    // the query fails beyond
}

// Duration is a time.Duration that JSON spells like "1h30m". Zero is "0s".
type Duration time.Duration

const durationForm = `a duration such as "90s" or "1h30m"`

// MarshalJSON writes the duration as a string.
func (d Duration) MarshalJSON() ([]byte, error) {
	return json.Marshal(time.Duration(d).String())
}

// UnmarshalJSON reads what MarshalJSON writes.
func (d *Duration) UnmarshalJSON(b []byte) error {
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return fmt.Errorf("expected %s, found %s", durationForm, b)
	}
	parsed, err := time.ParseDuration(s)
	if err != nil {
		return fmt.Errorf("expected %s, found %q", durationForm, s)
	}
	*d = Duration(parsed)
	return nil
}

func (o *Options) check() error {
	for _, f := range []struct {
		name  string
		value int64
	}{
		{"retention", int64(o.Retention)},
		{"grace", int64(o.Grace)},
		{"max_groups", o.MaxGroups},
		{"max_rows_per_second", o.MaxRowsPerSecond},
		{"max_result_bytes", o.MaxResultBytes},
	} {
		if f.value < 0 {
			return invalidf("option %s must not be negative", f.name)
		}
	}
	return nil
}

// Limits of what accompanies a query.
const (
	maxOwner  = 128 // bytes
	maxLabels = 32
	maxLabel  = 128 // bytes of a label's name and of its value
)

func checkOwner(owner string, labels map[string]string) error {
	if len(owner) > maxOwner {
		return invalidf("owner of %d bytes, at most %d are allowed", len(owner), maxOwner)
	}
	if len(labels) > maxLabels {
		return invalidf("%d labels, at most %d are allowed", len(labels), maxLabels)
	}
	for name, value := range labels {
		if name == "" || len(name) > maxLabel || len(value) > maxLabel {
			return invalidf("label %.40q: a name of 1 to %d bytes and a value of at most %d are allowed", name, maxLabel, maxLabel)
		}
	}
	return nil
}
