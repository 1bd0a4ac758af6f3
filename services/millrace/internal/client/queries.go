package client

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"net/http"
	"net/url"
	"time"

	"github.com/segmentio/encoding/json"

	"github.com/millrace/millrace/libs/wire"
)

const queriesPath = "v1/queries"

// Submission is a query to register.
type Submission struct {
	ID     string            `json:"-"` // "": the service makes one
	SQL    string            `json:"sql"`
	Owner  string            `json:"owner,omitempty"`
	Labels map[string]string `json:"labels,omitempty"`
}

// Submitted is what became of a Submission.
type Submitted struct {
	ID       string   `json:"id"`
	Epoch    int64    `json:"epoch"` // its offset in millrace.queries
	State    string   `json:"state"`
	Kind     string   `json:"kind,omitempty"`
	Windowed bool     `json:"windowed,omitempty"`
	Columns  []Column `json:"columns,omitempty"`
}

// Column is one column of a query's rows.
type Column struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// States of a query that the command line tells apart.
const (
	StateLive     = "live"
	StateDropped  = "dropped"
	StateRejected = "rejected"
	StateFailed   = "failed"
)

// Kinds of results.
const (
	KindRows = "rows" // a row per group
	KindTop  = "top"  // an ordered list
	KindLog  = "log"  // a log of rows
)

// Query is a query as the service knows it. Show tells more than List.
type Query struct {
	ID        string            `json:"id"`
	Epoch     int64             `json:"epoch"`
	State     string            `json:"state"`
	Message   string            `json:"message"` // why it is in this state
	Owner     string            `json:"owner"`
	Labels    map[string]string `json:"labels"`
	SQL       string            `json:"sql"`
	Kind      string            `json:"kind"`
	Windowed  bool              `json:"windowed"`
	Columns   []Column          `json:"columns"`
	Submitted *time.Time        `json:"submitted"`
	Rejection *Rejection        `json:"rejection"` // of a later submission

	Counters map[string]int64 `json:"counters"` // rows matched, late, errors
	Updated  *time.Time       `json:"updated"`  // when a row changed last
	Passed   int64            `json:"passed"`   // posts that were read before it began
	AsOf     *AsOf            `json:"as_of"`

	Raw json.RawMessage `json:"-"` // all that the service told
}

// Rejection is why a submission was not accepted.
type Rejection struct {
	Epoch   int64     `json:"epoch"`
	Time    time.Time `json:"time"`
	Message string    `json:"message"`
	Line    int       `json:"line"`
	Column  int       `json:"column"`
	Hint    string    `json:"hint"`
	Excerpt string    `json:"excerpt"`

	Code string       `json:"code"` // SQLSTATE
	More []wire.Fault `json:"more"` // what else is wrong, independently
}

// AsOf is what all results include.
type AsOf struct {
	Time  *int64 `json:"time"` // event time up to which windows are final, ms since 1970
	Ended bool   `json:"ended"`
}

// UnmarshalJSON keeps the text too: a newer service tells more than Query has.
func (q *Query) UnmarshalJSON(b []byte) error {
	type plain Query
	if err := json.Unmarshal(b, (*plain)(q)); err != nil {
		return err
	}
	q.Raw = bytes.Clone(b)
	return nil
}

// Submit registers a query, or replaces the one that has its id, within the
// time-out; 0 is the service's. With live it returns when the query is live, or,
// with another state, when the time is up.
func (c *Client) Submit(ctx context.Context, s Submission, live bool, timeout time.Duration) (Submitted, error) {
	r := call{method: http.MethodPost, path: queriesPath, query: url.Values{}, body: s, wait: timeout}
	if s.ID != "" {
		if err := checkID(s.ID); err != nil {
			return Submitted{}, err
		}
		r.method, r.path = http.MethodPut, queriesPath+"/"+s.ID
	}
	if live {
		r.query.Set("wait", "live")
	}
	if timeout > 0 {
		r.query.Set("timeout", timeout.String())
	}
	var done Submitted
	r.into = &done
	err := c.do(ctx, r)
	var p *Problem
	if errors.As(err, &p) {
		p.sql = s.SQL
	}
	return done, err
}

// Filter chooses queries. The zero Filter chooses all.
type Filter struct {
	Owner  string
	State  string
	Labels []string // NAME or NAME=VALUE; all must hold
}

// Empty reports whether the filter chooses all queries.
func (f Filter) Empty() bool { return f.Owner == "" && f.State == "" && len(f.Labels) == 0 }

func (f Filter) values() url.Values {
	v := url.Values{}
	if f.Owner != "" {
		v.Set("owner", f.Owner)
	}
	if f.State != "" {
		v.Set("state", f.State)
	}
	if len(f.Labels) > 0 {
		v["label"] = f.Labels
	}
	return v
}

// listPage is how many queries one page of a list has.
const listPage = "1000"

// List returns the registered queries that the filter chooses, in order of id.
func (c *Client) List(ctx context.Context, f Filter) iter.Seq2[Query, error] {
	return func(yield func(Query, error) bool) {
		values := f.values()
		values.Set("limit", listPage)
		for {
			var page struct {
				Queries []Query `json:"queries"`
				Next    string  `json:"next"`
			}
			if err := c.do(ctx, call{method: http.MethodGet, path: queriesPath, query: values, into: &page}); err != nil {
				yield(Query{}, err)
				return
			}
			for _, q := range page.Queries {
				if !yield(q, nil) {
					return
				}
			}
			if page.Next == "" {
				return
			}
			values.Set("after", page.Next)
		}
	}
}

// Show returns a query; one that was submitted, rejected or dropped lately, too.
func (c *Client) Show(ctx context.Context, id string) (Query, error) {
	var q Query
	if err := checkID(id); err != nil {
		return q, err
	}
	err := c.do(ctx, call{method: http.MethodGet, path: queriesPath + "/" + id, into: &q})
	return q, err
}

// Dropped is a drop that was submitted.
type Dropped struct {
	ID    string `json:"id"`
	Epoch int64  `json:"epoch"`
}

// Drop drops a query.
func (c *Client) Drop(ctx context.Context, id string) (Dropped, error) {
	var d Dropped
	if err := checkID(id); err != nil {
		return d, err
	}
	err := c.do(ctx, call{method: http.MethodDelete, path: queriesPath + "/" + id, into: &d})
	return d, err
}

// DropMany drops the registered queries that the filter chooses: an empty one
// chooses all queries of everybody.
func (c *Client) DropMany(ctx context.Context, f Filter) ([]Dropped, error) {
	values := f.values()
	if f.Empty() {
		values.Set("confirm", "all")
	}
	var answer struct {
		Dropped []Dropped `json:"dropped"`
	}
	err := c.do(ctx, call{method: http.MethodDelete, path: queriesPath, query: values, into: &answer})
	return answer.Dropped, err
}
