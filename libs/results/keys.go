package results

import (
	"fmt"
	"strconv"
	"strings"
)

// Keys that belong to no single query.
const (
	KeyQueries = "millrace:queries"
	KeyTopics  = "millrace:topics"
	KeyWatched = "millrace:watched"

	prefix = "millrace:"
)

// FenceKey returns the hash that holds the fence and as_of of a merge
// partition.
func FenceKey(partition int32) string {
	return prefix + "merge:" + strconv.Itoa(int(partition))
}

// MetaKey returns the hash with a query's facts.
func MetaKey(id string) string { return queryKey(id, "meta") }

// RowsKey returns the hash with a query's rows, of one window if w is not zero.
func RowsKey(id string, w Window) string { return queryKey(id, w.suffix("rows")) }

// TopKey returns the list with a query's ordered rows, of one window if w is
// not zero.
func TopKey(id string, w Window) string { return queryKey(id, w.suffix("top")) }

// WindowsKey returns the sorted set of a query's windows.
func WindowsKey(id string) string { return queryKey(id, "windows") }

// LogKey returns the stream of a row-returning query.
func LogKey(id string) string { return queryKey(id, "log") }

// HistoryKey returns the stream of samples of a query's result.
func HistoryKey(id string) string { return queryKey(id, "history") }

// VersionsKey returns the hash that holds a query's epoch.
func VersionsKey(id string) string { return queryKey(id, "versions") }

// ChangesChannel returns the channel on which a query's changes are published.
func ChangesChannel(id string) string { return queryKey(id, "changes") }

func queryKey(id, name string) string { return prefix + "{" + id + "}:" + name }

// Window is a window of event time, [Start, End) in milliseconds since 1970.
// The zero Window means: not windowed.
type Window struct {
	Start int64 `json:"start"`
	End   int64 `json:"end"`
}

// IsZero reports whether w stands for "not windowed".
func (w Window) IsZero() bool { return w == Window{} }

// String writes the window as keys spell it: START-END.
func (w Window) String() string {
	return strconv.FormatInt(w.Start, 10) + "-" + strconv.FormatInt(w.End, 10)
}

func (w Window) suffix(name string) string {
	if w.IsZero() {
		return name
	}
	return name + ":" + w.String()
}

// ParseWindow reads START-END. Both may be negative.
func ParseWindow(s string) (Window, error) {
	if s == "" {
		return Window{}, fmt.Errorf("window %q: expected START-END in milliseconds", s)
	}
	i := strings.IndexByte(s[1:], '-') + 1 // a sign may stand in front
	if i > 0 {
		start, err1 := strconv.ParseInt(s[:i], 10, 64)
		end, err2 := strconv.ParseInt(s[i+1:], 10, 64)
		if err1 == nil && err2 == nil && start < end {
			return Window{Start: start, End: end}, nil
		}
	}
	return Window{}, fmt.Errorf("window %q: expected START-END in milliseconds", s)
}

// SlotKey names the lease of a scheduler's slot.
func SlotKey(slot int) string { return prefix + "slot:" + strconv.Itoa(slot) }
