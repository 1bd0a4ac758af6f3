package directory

import (
	"slices"
	"time"

	"github.com/millrace/millrace/libs/sql/plan"
	"github.com/millrace/millrace/libs/wire"
)

// Query is a standing query as it is known now.
type Query struct {
	ID        string            `json:"id"`
	Epoch     int64             `json:"epoch"`
	State     string            `json:"state"`
	Message   string            `json:"message,omitempty"` // why, where the state has a reason
	Owner     string            `json:"owner,omitempty"`
	Labels    map[string]string `json:"labels,omitempty"`
	Options   *wire.Settings    `json:"options,omitempty"` // as they hold; nil before it is registered
	SQL       string            `json:"sql,omitempty"`
	Kind      Kind              `json:"kind,omitempty"`
	Windowed  bool              `json:"windowed,omitempty"`
	Columns   []Column          `json:"columns,omitempty"`
	Submitted *time.Time        `json:"submitted,omitempty"`
	Rejection *Rejection        `json:"rejection,omitempty"` // of a later submission
	Streams   []string          `json:"-"`                   // that it reads
}

// Kind says how a query's results lie in Redis.
type Kind string

// The kinds.
const (
	KindRows Kind = "rows" // a row per group
	KindTop  Kind = "top"  // an ordered list
	KindLog  Kind = "log"  // a log of rows
)

// Column is one column of a query's rows.
type Column struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// Rejection says why a submission was not accepted, and where in its text.
type Rejection struct {
	Epoch    int64     `json:"epoch"`
	Time     time.Time `json:"time"`
	Message  string    `json:"message"`
	Line     int       `json:"line,omitempty"`
	Column   int       `json:"column,omitempty"`
	Expected string    `json:"expected,omitempty"`
	Found    string    `json:"found,omitempty"`
	Hint     string    `json:"hint,omitempty"`
	Excerpt  string    `json:"excerpt,omitempty"`

	Code string       `json:"code,omitempty"` // SQLSTATE
	More []wire.Fault `json:"more,omitempty"` // what else is wrong, independently
}

// States besides the transitions of millrace.status.
const (
	// StateSubmitted: written to millrace.queries, not decided yet.
	StateSubmitted = "submitted"
)

// Ended reports whether the query is one that takes no posts any more, and whose result
// stays: it failed, or has all the rows that it wants.
func (q *Query) Ended() bool {
	return q.State == string(wire.Failed) || q.State == string(wire.Completed)
}

// streamsOf returns the streams that a query reads, each once.
func streamsOf(out *plan.Output) (names []string) {
	plan.Walk(out, func(n plan.Node, _ int) {
		if s, ok := n.(*plan.Scan); ok && !slices.Contains(names, s.Stream) {
			names = append(names, s.Stream)
		}
	})
	return names
}

// Describe tells a query's kind, whether it is windowed, and its columns.
func Describe(out *plan.Output) (kind Kind, windowed bool, columns []Column) {
	kind = KindLog
	for n := plan.Node(out); n != nil; n = n.Input() {
		switch n := n.(type) {
		case *plan.TopK:
			kind = KindTop
		case *plan.Aggregate:
			if kind == KindLog {
				kind = KindRows
			}
		case *plan.Window:
			windowed = true
		case *plan.Project:
			for _, c := range n.Cols {
				columns = append(columns, Column{Name: c.Name, Type: c.Expr.Type().String()})
			}
		}
	}
	return kind, windowed, columns
}

func rejection(s *wire.Status) *Rejection {
	return &Rejection{
		Epoch: s.Epoch, Time: s.Time, Message: s.Message, Line: s.Line, Column: s.Column,
		Expected: s.Expected, Found: s.Found, Hint: s.Hint, Excerpt: s.Excerpt,
		Code: s.Code, More: s.More,
	}
}
