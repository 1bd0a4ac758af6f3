package wire

import (
	"strconv"
	"time"
)

// Status is a transition of a query, or what became of a stream or a view: the value
// of a record of millrace.status, whose key is the query's id, or the name. Records
// may be repeated: Epoch and Transition tell repeats.
type Status struct {
	Version    int        `json:"version"`
	ID         string     `json:"id"` // the query's, or the stream's or view's name; as submitted, so it may be invalid when rejected
	Epoch      int64      `json:"epoch"`
	Transition Transition `json:"transition"`
	Object     Object     `json:"object,omitempty"` // what ID names; "": a query
	Time       time.Time  `json:"time"`
	Message    string     `json:"message,omitempty"` // for people: why, or how far

	// Where and why a submission was rejected. Line and Column count from 1,
	// columns in characters; 0: the place is not known.
	Position int    `json:"position,omitempty"` // byte offset in the SQL
	Line     int    `json:"line,omitempty"`
	Column   int    `json:"column,omitempty"`
	Expected string `json:"expected,omitempty"`
	Found    string `json:"found,omitempty"`
	Hint     string `json:"hint,omitempty"`
	Excerpt  string `json:"excerpt,omitempty"` // the source line and a caret below it

	Code string  `json:"code,omitempty"` // SQLSTATE
	More []Fault `json:"more,omitempty"` // what else is wrong, independently
}

// Fault is one more thing that is wrong with a text, with its place.
type Fault struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Hint    string `json:"hint,omitempty"`
	Excerpt string `json:"excerpt"`
}

// Transition is what happened to a query.
type Transition string

// The transitions. Accepted, Rejected, Completed, Dropped and Failed are written by
// query-parser, the others by merge.
const (
	Accepted   Transition = "accepted"
	Rejected   Transition = "rejected"
	CatchingUp Transition = "catching-up"
	Live       Transition = "live"
	Completed  Transition = "completed"
	Paused     Transition = "paused"
	Dropped    Transition = "dropped"
	Failed     Transition = "failed"
)

func (t Transition) valid() bool {
	switch t {
	case Accepted, Rejected, CatchingUp, Live, Completed, Paused, Dropped, Failed:
		return true
	default:
		return false
	}
}

// Object is what a status is about, where that is no query: then Transition is
// Accepted, Rejected or Dropped.
type Object string

// The objects other than queries.
const (
	ObjectStream Object = "stream"
	ObjectView   Object = "view"
)

// checkObject holds what is said of things that are not queries.
func (s *Status) checkObject() error {
	switch s.Object {
	case "":
		return nil
	case ObjectStream, ObjectView:
	default:
		return invalidf("status of an unknown object %.40q", s.Object)
	}
	switch {
	case s.Transition != Accepted && s.Transition != Rejected && s.Transition != Dropped:
		return invalidf("status of %s %.140q with the transition %s", s.Object, s.ID, s.Transition)
	case s.Transition != Rejected && !ValidName(s.ID):
		return invalidf("status of %s name %.140q", s.Object, s.ID)
	}
	return nil
}

// Passed tells a query's owner how many posts had been read when it began, in the
// message of [Live]: "381,912 posts passed before you". Nothing where none had, or
// where it is not known (less than 0).
func Passed(posts int64) string {
	switch {
	case posts <= 0:
		return ""
	case posts == 1:
		return "1 post passed before you"
	}
	digits := strconv.FormatInt(posts, 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits + " posts passed before you"
}

// Marshal returns the message as JSON, with the present version.
func (s *Status) Marshal() ([]byte, error) {
	v := *s
	v.Version = Version
	if err := v.check(); err != nil {
		return nil, err
	}
	return marshal(&v)
}

// Unmarshal reads what Marshal writes. Times are in UTC.
func (s *Status) Unmarshal(b []byte) error {
	var v Status
	if err := unmarshal(b, &v); err != nil {
		return err
	}
	if err := v.check(); err != nil {
		return err
	}
	v.Time = v.Time.UTC()
	*s = v
	return nil
}

func (s *Status) check() error {
	if err := checkVersion("status", s.Version); err != nil {
		return err
	}
	switch {
	case !s.Transition.valid():
		return invalidf("status of query %.140q with unknown transition %q", s.ID, s.Transition)
	case s.Transition != Rejected && !ValidID(s.ID):
		return invalidf("status of query id %.140q", s.ID)
	case s.Epoch < 0:
		return invalidf("status of query %.140q with epoch %d", s.ID, s.Epoch)
	case s.Position < 0 || s.Line < 0 || s.Column < 0 || (s.Line == 0) != (s.Column == 0):
		return invalidf("status of query %.140q at line %d, column %d, byte %d", s.ID, s.Line, s.Column, s.Position)
	case (s.Transition == Rejected || s.Transition == Failed) && s.Message == "":
		return invalidf("status of query %.140q, %s without a message", s.ID, s.Transition)
	}
	if err := s.checkObject(); err != nil {
		return err
	}
	return checkTime("time", s.Time)
}
