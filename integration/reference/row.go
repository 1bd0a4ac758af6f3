package reference

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/millrace/millrace/libs/record"
)

// Row is one row of a bounded run's final results, as `millrace run --format
// json` prints it: {"query":"q1","key":[…],"row":{…},"window":{…}}.
type Row struct {
	Query string `json:"query"`

	// Key holds the group's key values in the order of GROUP BY, without the
	// window columns; it is [] for global aggregates and for queries that
	// return rows.
	Key json.RawMessage `json:"key"`

	// Row holds the output columns in the order of SELECT.
	Row json.RawMessage `json:"row"`

	// Window is nil where the query has none.
	Window *Window `json:"window,omitempty"`

	// Rank is the row's place, from 1, among those of its query and window where
	// the query orders them; 0 where the order means nothing or is not known.
	Rank int `json:"-"`

	// Doubles names the output columns of type DOUBLE, where that is known:
	// [Diff] compares them with a tolerance.
	Doubles []string `json:"-"`

	// Checks are tests, by output column, of values that need not be the same: those of
	// approximate aggregates.
	Checks map[string]func(got string) bool `json:"-"`
}

// Window is a window's bounds in milliseconds since 1970 UTC, the end excluded.
type Window struct {
	Start int64 `json:"start"`
	End   int64 `json:"end"`
}

// ParseRow reads one line of JSON output.
func ParseRow(line []byte) (Row, error) {
	var r Row
	if err := json.Unmarshal(line, &r); err != nil {
		return Row{}, fmt.Errorf("read result row %.200q: %w", line, err)
	}
	return r, nil
}

// AppendLine appends the row as a line of JSON output, without the line break.
func (r *Row) AppendLine(dst []byte) []byte {
	dst = append(dst, `{"query":`...)
	dst = record.AppendJSONString(dst, r.Query)
	dst = append(dst, `,"key":`...)
	dst = append(dst, r.Key...)
	dst = append(dst, `,"row":`...)
	dst = append(dst, r.Row...)
	if r.Window != nil {
		dst = append(dst, `,"window":{"start":`...)
		dst = strconv.AppendInt(dst, r.Window.Start, 10)
		dst = append(dst, `,"end":`...)
		dst = strconv.AppendInt(dst, r.Window.End, 10)
		dst = append(dst, '}')
	}
	return append(dst, '}')
}

// String is the row's line.
func (r *Row) String() string { return string(r.AppendLine(nil)) }

// KeyJSON returns the JSON spelling of a group key.
func KeyJSON(key []record.Value) json.RawMessage {
	dst := []byte{'['}
	for i := range key {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = record.AppendJSON(dst, key[i])
	}
	return append(dst, ']')
}

// RowJSON returns the JSON spelling of an output row; names and values are
// parallel.
func RowJSON(names []string, values []record.Value) json.RawMessage {
	dst := []byte{'{'}
	for i := range values {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = record.AppendJSONString(dst, names[i])
		dst = append(dst, ':')
		dst = record.AppendJSON(dst, values[i])
	}
	return append(dst, '}')
}
