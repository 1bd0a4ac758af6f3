package client

import (
	"errors"
	"fmt"

	"github.com/segmentio/encoding/json"
)

// Event is what [Client.Watch] tells. The set of types is closed.
//
// The types are those that schemas/openapi.yaml describes, BeginEvent and the
// others, and not libs/results' events, though these are what the service makes
// them from: the command line must not need Redis or its client, and what the
// service of another version sends is bound by the description alone.
// Presentation's tests hold every event that it sends against it.
type Event interface{ event() }

// Begin says: forget what you have; the whole state follows and ends with a
// Ready.
type Begin struct {
	Epoch    int64            `json:"epoch"` // -1: nothing is written for the query yet
	State    string           `json:"state"`
	Kind     string           `json:"kind"`
	Columns  []Column         `json:"columns"`
	Counters map[string]int64 `json:"counters"`
}

// RowsChanged brings whole rows; one that is [Row.Gone] left the result.
type RowsChanged struct {
	Window *Window `json:"window"`
	Rows   []Row   `json:"rows"`
}

// TopChanged brings a whole ordered list.
type TopChanged struct {
	Window *Window `json:"window"`
	Rows   []Row
}

// LogGrew brings entries of a log, each once, in order.
type LogGrew struct {
	Rows []Row `json:"rows"`
}

// WindowGone says that a window and its rows are no more.
type WindowGone struct {
	Window Window `json:"window"`
}

// FactsChanged brings facts that changed, such as status.
type FactsChanged struct {
	Facts map[string]string
}

// Ready says that all before it makes one whole state.
type Ready struct {
	Epoch int64 `json:"epoch"`
}

// QueryDropped says that the query is gone. It is the last event: the service
// would go on with what is submitted under the id later, which is another query.
type QueryDropped struct {
	Epoch int64 `json:"epoch"`
}

// Interrupted says that the connection broke. It is made anew, and what was
// missed is told then.
type Interrupted struct {
	Err error
}

// String tells it to people.
func (i Interrupted) String() string {
	var away *UnreachableError
	if errors.As(i.Err, &away) {
		return fmt.Sprintf("the connection to %s is lost (%s), trying again", away.Server, away.cause())
	}
	return i.Err.Error() + ", trying again"
}

func (Begin) event()        {}
func (RowsChanged) event()  {}
func (TopChanged) event()   {}
func (LogGrew) event()      {}
func (WindowGone) event()   {}
func (FactsChanged) event() {}
func (Ready) event()        {}
func (QueryDropped) event() {}
func (Interrupted) event()  {}

// parse reads an event; nil is one of a kind that this client does not know.
func (m *message) parse() (Event, error) {
	switch m.name {
	case "begin":
		return decode[Begin](m)
	case "rows":
		return decode[RowsChanged](m)
	case "top":
		list, err := decode[struct {
			TopChanged
			Rows []json.RawMessage `json:"rows"`
		}](m)
		if err != nil {
			return nil, err
		}
		top := list.TopChanged
		top.Rows = make([]Row, len(list.Rows))
		for i, r := range list.Rows {
			top.Rows[i] = Row{Window: top.Window, Row: r}
			top.Rows[i].rank()
		}
		return top, nil
	case "log":
		return decode[LogGrew](m)
	case "window-gone":
		return decode[WindowGone](m)
	case "facts":
		facts, err := decode[map[string]string](m)
		return FactsChanged{facts}, err
	case "ready":
		return decode[Ready](m)
	case "dropped":
		return decode[QueryDropped](m)
	default:
		return nil, nil
	}
}

func decode[T any](m *message) (T, error) {
	var v T
	if err := json.Unmarshal(m.data, &v); err != nil {
		return v, fmt.Errorf("event %s: %w", m.name, err)
	}
	return v, nil
}
