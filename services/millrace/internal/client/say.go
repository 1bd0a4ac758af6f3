package client

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/segmentio/encoding/json"
)

// Said is the answer to a statement: a table, an explanation, or what became of a query.
type Said struct {
	Statement  string     `json:"statement"`
	Columns    []string   `json:"columns"`
	Rows       [][]string `json:"rows"`
	Definition string     `json:"definition"`
	Note       string     `json:"note"`
	Text       string     `json:"text"` // an explanation
	ID         string     `json:"id"`
	Epoch      int64      `json:"epoch"`
	State      string     `json:"state"`

	Raw json.RawMessage `json:"-"` // as it came
}

// declareTime is how long the service waits until a stream or view is declared or dropped.
const declareTime = 15 * time.Second

// Say has a statement answered that is no SELECT by itself.
func (c *Client) Say(ctx context.Context, sql string) (Said, error) {
	var s Said
	r := call{method: http.MethodPost, path: "v1/sql", body: struct {
		SQL string `json:"sql"`
	}{sql}, into: &s.Raw, wait: declareTime}
	err := c.do(ctx, r)
	var p *Problem
	if errors.As(err, &p) {
		p.sql = sql
	}
	if err == nil {
		err = json.Unmarshal(s.Raw, &s)
	}
	return s, err
}
