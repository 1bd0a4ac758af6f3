package wire

import (
	"bytes"
	"fmt"
	"time"

	"github.com/segmentio/encoding/json"
)

// Options are what a submission may ask for beside its SQL. Zero values mean
// that nothing was asked for; [Settings] say what holds then.
type Options struct {
	History          bool     `json:"history,omitempty"`             // keep samples for charts
	Retention        Duration `json:"retention,omitempty"`           // of the rows of closed windows
	Grace            Duration `json:"grace,omitempty"`               // for how long late rows change a closed window
	MaxGroups        int64    `json:"max_groups,omitempty"`          // the query fails beyond
	MaxRowsPerSecond int64    `json:"max_rows_per_second,omitempty"` // the query fails beyond
	MaxResultBytes   int64    `json:"max_result_bytes,omitempty"`    // the query fails beyond
	MaxStateBytes    int64    `json:"max_state_bytes,omitempty"`     // the query fails beyond
}

// Duration is a time.Duration that JSON spells like "1h30m". Zero is "0s".
type Duration time.Duration

const durationForm = `a duration such as "90s" or "1h30m"`

// MarshalJSON writes the duration as a string.
func (d Duration) MarshalJSON() ([]byte, error) {
	return json.Marshal(time.Duration(d).String())
}

// UnmarshalJSON reads what MarshalJSON writes; null is nothing, as elsewhere.
func (d *Duration) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		return nil
	}
	var s string
	if plain, ok := plainText(b); ok {
		s = plain
	} else if err := json.Unmarshal(b, &s); err != nil {
		return fmt.Errorf("expected %s, found %s", durationForm, b)
	}
	parsed, err := time.ParseDuration(s)
	if err != nil {
		return fmt.Errorf("expected %s, found %q", durationForm, s)
	}
	*d = Duration(parsed)
	return nil
}

// plainText returns what is between quotes of JSON where it stands there as it is.
func plainText(b []byte) (text string, ok bool) {
	if len(b) < 2 || b[0] != '"' || b[len(b)-1] != '"' || bytes.IndexByte(b, '\\') >= 0 {
		return "", false
	}
	return string(b[1 : len(b)-1]), true
}

func (o *Options) check() error {
	if o.Grace < 0 {
		return invalidf("option grace must not be negative")
	}
	for _, l := range o.limits() {
		if l.value < 0 {
			return l.tooSmall()
		}
	}
	return nil
}

// limit is an option that has no zero: a query that names none has the default,
// and only the operator can do without.
type limit struct {
	name   string
	value  int64
	least  string
	normal any // the default
}

func (o *Options) limits() []limit {
	const one = "at least 1"
	return []limit{
		{"retention", int64(o.Retention), "longer than 0s", DefaultRetention},
		{"max_groups", o.MaxGroups, one, DefaultMaxGroups},
		{"max_rows_per_second", o.MaxRowsPerSecond, one, DefaultMaxRowsPerSecond},
		{"max_result_bytes", o.MaxResultBytes, one, DefaultMaxResultBytes},
		{"max_state_bytes", o.MaxStateBytes, one, DefaultMaxStateBytes},
	}
}

func (l *limit) tooSmall() error {
	return invalidf("option %s must be %s; leave it out for the default, %v unless the operator has set another", l.name, l.least, l.normal)
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
