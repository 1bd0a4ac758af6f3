package results

import (
	"fmt"

	"github.com/segmentio/encoding/json"
)

// Change is one message on a query's change channel: what one script call of one
// merge partition did to the query. Every change of rows, ordered lists and logs
// has Previous, Offset and N; Previous is the Offset of the change before by the
// same partition. A subscriber that has seen another offset last has missed
// something and reads the result again. schemas/messages/change.json describes it.
type Change struct {
	Epoch     int64 `json:"epoch"`
	Partition int32 `json:"partition"`
	Previous  int64 `json:"previous"` // -1: none before
	Offset    int64 `json:"offset"`
	N         int64 `json:"n"`

	Window  *Window           `json:"window,omitempty"` // nil: not windowed
	Rows    []ChangedRow      `json:"rows,omitempty"`   // whole rows; null: it left
	Keys    []json.RawMessage `json:"keys,omitempty"`   // instead of Rows where they are long: read these
	Top     []json.RawMessage `json:"top,omitempty"`    // the whole list; [] if it is empty now
	Log     []LogEntry        `json:"log,omitempty"`    // new entries; [] where they are long: read on
	Gone    bool              `json:"gone,omitempty"`   // the window was deleted
	Reread  bool              `json:"reread,omitempty"` // too much changed: read the result again
	Meta    map[string]string `json:"meta,omitempty"`   // facts that were set
	Dropped bool              `json:"dropped,omitempty"`
	More    bool              `json:"more,omitempty"` // the same call did more; it follows at once
}

// ChangedRow is a row in a Change.
type ChangedRow struct {
	Key json.RawMessage `json:"key"`
	Row json.RawMessage `json:"row"`
}

// ParseChange reads a message.
func ParseChange(payload string) (Change, error) {
	var c Change
	if err := json.Unmarshal([]byte(payload), &c); err != nil {
		return Change{}, fmt.Errorf("change message: %w", err)
	}
	return c, nil
}

func (c *Change) window() Window {
	if c.Window == nil {
		return Window{}
	}
	return *c.Window
}

func (c *Change) rows() []Row {
	rows := make([]Row, len(c.Rows))
	for i, r := range c.Rows {
		rows[i].Key = string(r.Key)
		if string(r.Row) != "null" {
			rows[i].Value = r.Row
		}
	}
	return rows
}

// Event is what a [Feed] tells. The set of types is closed.
type Event interface{ event() }

// Begin says: forget what you have; the current state follows, and ends with a
// Ready. The facts are those of the epoch; of one whose facts are not written yet
// there are none.
type Begin struct {
	Epoch int64 // -1: nothing was written for this query yet
	Facts Facts
}

// RowsChanged brings whole rows; a nil Value is a row that left.
type RowsChanged struct {
	Window Window
	Rows   []Row
}

// TopChanged brings a whole ordered list, its elements as [Top.Rows] has them.
type TopChanged struct {
	Window Window
	Rows   []json.RawMessage
}

// LogGrew brings log entries, each once, in order.
type LogGrew struct {
	Entries []LogEntry
}

// WindowGone says that a window and its rows are no more.
type WindowGone struct {
	Window Window
}

// FactsChanged brings facts that were set.
type FactsChanged struct {
	Fields map[string]string
}

// Ready says that everything up to here is one state of the result, and where to
// resume after it.
type Ready struct {
	Position Position
}

// Dropped says that the query is gone; its rows go within ten minutes. It may be
// submitted again later, and then a Begin follows.
type Dropped struct {
	Epoch int64
}

func (Begin) event()        {}
func (RowsChanged) event()  {}
func (TopChanged) event()   {}
func (LogGrew) event()      {}
func (WindowGone) event()   {}
func (FactsChanged) event() {}
func (Ready) event()        {}
func (Dropped) event()      {}
