package api

import (
	"errors"
	"net/http"

	"github.com/segmentio/encoding/json"

	"github.com/millrace/millrace/libs/results"
	"github.com/millrace/millrace/libs/submission"
	"github.com/millrace/millrace/libs/wire"
	"github.com/millrace/millrace/services/presentation/internal/directory"
)

// Problem is an RFC 9457 problem, with the place of an error in SQL.
type Problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail,omitempty"`

	Line     int    `json:"line,omitempty"`   // from 1
	Column   int    `json:"column,omitempty"` // from 1, in characters
	Expected string `json:"expected,omitempty"`
	Found    string `json:"found,omitempty"`
	Hint     string `json:"hint,omitempty"`
	Excerpt  string `json:"excerpt,omitempty"` // the source line and a caret below it

	Code string       `json:"code,omitempty"` // SQLSTATE
	More []wire.Fault `json:"more,omitempty"` // what else is wrong, independently

	Epoch *int64 `json:"epoch,omitempty"` // of the submission, where there was one
}

func (p *Problem) Error() string { return p.Title + ": " + p.Detail }

// Names of problems; a type is urn:millrace:problem:NAME.
const (
	badRequest      = "bad-request"
	invalidSQL      = "invalid-sql"
	rejected        = "rejected"
	notFound        = "not-found"
	notLive         = "not-live"
	foreignOrigin   = "foreign-origin"
	wrongMediaType  = "wrong-media-type"
	tooLarge        = "too-large"
	methodUnknown   = "method-not-allowed"
	unavailable     = "unavailable"
	tooManyStreams  = "too-many-streams"
	internalProblem = "internal"
)

func problem(status int, name, title, detail string) *Problem {
	return &Problem{Type: "urn:millrace:problem:" + name, Title: title, Status: status, Detail: detail}
}

func badRequestError(detail string) *Problem {
	return problem(http.StatusBadRequest, badRequest, "The request is not understood", detail)
}

// submissionProblem tells what is wrong with a submission, and where. What is no
// [*submission.Problem] stays what it is.
func submissionProblem(status int, err error) error {
	var s *submission.Problem
	if !errors.As(err, &s) {
		return err
	}
	p := problem(status, rejected, "The query is not accepted", s.Message)
	switch {
	case status == http.StatusBadRequest:
		p = badRequestError(s.Message)
	case s.Line > 0:
		p = problem(status, invalidSQL, "The query is not valid", s.Message)
	}
	p.Line, p.Column, p.Expected, p.Found, p.Hint, p.Excerpt = s.Line, s.Column, s.Expected, s.Found, s.Hint, s.Excerpt
	p.Code, p.More = s.Code, s.More
	return p
}

// rejectionProblem tells why query-parser rejected what passed here.
func rejectionProblem(r *directory.Rejection) *Problem {
	p := problem(http.StatusUnprocessableEntity, rejected, "The query was rejected", r.Message)
	p.Line, p.Column, p.Expected, p.Found, p.Hint, p.Excerpt = r.Line, r.Column, r.Expected, r.Found, r.Hint, r.Excerpt
	p.Code, p.More = r.Code, r.More
	p.Epoch = &r.Epoch
	return p
}

// asProblem turns any error into a problem. What is our fault is not explained
// to strangers; the log has it.
func asProblem(err error) *Problem {
	var p *Problem
	switch {
	case errors.As(err, &p):
		return p
	case errors.Is(err, results.ErrUnavailable):
		return problem(http.StatusServiceUnavailable, unavailable, "Redis is not available", "the results cannot be read now; try again")
	default:
		return problem(http.StatusInternalServerError, internalProblem, "Something went wrong", "see the log of the presentation service")
	}
}

func (a *API) fail(w http.ResponseWriter, r *http.Request, err error) {
	p := asProblem(err)
	if p.Status >= http.StatusInternalServerError && r.Context().Err() == nil {
		a.cfg.Log.Warn("request failed", "method", r.Method, "path", r.URL.Path, "status", p.Status, "error", err)
	}
	body, err := json.Append(nil, p, 0)
	if err != nil {
		body = []byte("{}")
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if p.Status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "2")
	}
	w.WriteHeader(p.Status)
	_, _ = w.Write(append(body, '\n'))
}

// answer writes a JSON body; <, > and & stay as they are.
func (a *API) answer(w http.ResponseWriter, r *http.Request, status int, v any) {
	body, err := json.Append(nil, v, json.SortMapKeys)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n'))
}
