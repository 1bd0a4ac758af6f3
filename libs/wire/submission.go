package wire

import (
	"bytes"
	"strings"

	"github.com/segmentio/encoding/json"
)

// Submission is what the value of a record of millrace.queries asks for; the
// record's key is the query's id.
type Submission struct {
	Kind    SubmissionKind
	SQL     string // SubmitSQL: the statement
	Owner   string // SubmitSQL
	Labels  map[string]string
	Options Options

	Legacy []byte // SubmitLegacy: the JSON object as it was sent
	Fail   Fail   // SubmitFail
}

// SubmissionKind tells submissions apart.
type SubmissionKind uint8

// The kinds of submissions.
const (
	SubmitSQL    SubmissionKind = 1 + iota // register or replace, by SQL text alone or in a JSON object
	SubmitLegacy                           // register or replace, by the older JSON query form
	SubmitFail                             // a merge partition asks to stop the query
	SubmitDrop                             // drop: a null value
)

// Fail asks to stop a query that crossed one of its limits, or that is complete.
type Fail struct {
	Epoch     int64  `json:"epoch"` // of the query that is meant; another is left alone
	Reason    string `json:"reason"`
	Completed bool   `json:"completed,omitempty"` // it has all the rows that it wants
}

type submissionJSON struct {
	SQL     string            `json:"sql"`
	Owner   string            `json:"owner,omitempty"`
	Labels  map[string]string `json:"labels,omitempty"`
	Options *Options          `json:"options,omitempty"`
}

type failJSON struct {
	Fail *Fail `json:"fail"`
}

// Marshal returns the value of the record: nil for a drop, else JSON.
func (s *Submission) Marshal() ([]byte, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	switch s.Kind {
	case SubmitSQL:
		v := submissionJSON{SQL: s.SQL, Owner: s.Owner, Labels: s.Labels}
		if s.Options != (Options{}) {
			v.Options = &s.Options
		}
		return marshal(v)
	case SubmitLegacy:
		return bytes.Clone(s.Legacy), nil
	case SubmitFail:
		return marshal(failJSON{&s.Fail})
	case SubmitDrop:
		return nil, nil
	default:
		return nil, invalidf("submission of unknown kind %d", s.Kind)
	}
}

func (s *Submission) check() error {
	switch s.Kind {
	case SubmitSQL:
		if strings.TrimSpace(s.SQL) == "" {
			return invalidf("sql: expected a statement, found nothing")
		}
		if err := checkOwner(s.Owner, s.Labels); err != nil {
			return err
		}
		return s.Options.check()
	case SubmitLegacy:
		if !json.Valid(s.Legacy) {
			return invalidf("the older query form is a JSON object")
		}
	case SubmitFail:
		if s.Fail.Epoch < 0 || s.Fail.Reason == "" {
			return invalidf("fail: expected an epoch and a reason")
		}
	case SubmitDrop:
	}
	return nil
}
