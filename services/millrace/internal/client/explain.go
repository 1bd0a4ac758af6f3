package client

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
)

// Forms of explanations; a plan has FormDot, too.
const (
	FormText = "text"
	FormJSON = "json" // one object on one line
	FormDot  = "dot"  // Graphviz
)

// ExplainOptions say what is explained, and how it is written.
type ExplainOptions struct {
	Sharing bool   // what the query shares with others, and what it costs
	Form    string // FormText or FormJSON
}

func (o ExplainOptions) values() url.Values {
	v := url.Values{"format": {o.Form}}
	if o.Sharing {
		v.Set("sharing", "true")
	}
	return v
}

// Explain writes how a registered query is answered.
func (c *Client) Explain(ctx context.Context, id string, o ExplainOptions, to io.Writer) error {
	if err := checkID(id); err != nil {
		return err
	}
	return c.copy(ctx, call{method: http.MethodGet, path: queriesPath + "/" + id + "/explain", query: o.values()}, o.Form, to)
}

// ExplainSQL writes how a query would be answered. Nothing is registered.
func (c *Client) ExplainSQL(ctx context.Context, sql string, o ExplainOptions, to io.Writer) error {
	r := call{method: http.MethodPost, path: "v1/explain", query: o.values(), body: Submission{SQL: sql}}
	err := c.copy(ctx, r, o.Form, to)
	var p *Problem
	if errors.As(err, &p) {
		p.sql = sql
	}
	return err
}

// Plan writes the shared plan of all queries that run.
func (c *Client) Plan(ctx context.Context, form string, to io.Writer) error {
	return c.copy(ctx, call{method: http.MethodGet, path: "v1/plan", query: url.Values{"format": {form}}}, form, to)
}

// copy writes an answer as it comes: a plan may be large.
func (c *Client) copy(ctx context.Context, r call, form string, to io.Writer) error {
	return c.answered(ctx, r, planTime, func(resp *http.Response) error {
		want := map[string]string{FormText: "text/plain", FormJSON: "application/json", FormDot: "text/vnd.graphviz"}[form]
		if media, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); resp.StatusCode/100 != 2 || media != want {
			text, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
			if err != nil {
				return c.unreachable(ctx, err)
			}
			return c.check(resp, text, want)
		}
		w := &noted{to: to}
		if _, err := io.Copy(w, resp.Body); err != nil && w.err == nil {
			return c.unreachable(ctx, err)
		}
		return w.err
	})
}

// noted keeps the error of writing, to tell it from one of reading.
type noted struct {
	to  io.Writer
	err error
}

func (n *noted) Write(b []byte) (int, error) {
	var written int
	written, n.err = n.to.Write(b)
	return written, n.err
}
