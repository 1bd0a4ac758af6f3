package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/segmentio/encoding/json"
)

const (
	dialTime = 5 * time.Second
	// callTime is for one answer, beyond what the service was asked to wait.
	callTime = 30 * time.Second
	// planTime is for the plan of a hundred thousand queries.
	planTime = 2 * time.Minute
	// maxAnswer bounds the bytes of one answer.
	maxAnswer = 256 << 20
)

// Client talks to one service. It is safe for concurrent use.
type Client struct {
	server string // as it was given, for people
	base   *url.URL
	http   *http.Client
}

// New returns a client of the service at server, an http or https address; one
// without a scheme is http.
func New(server string) (*Client, error) {
	text := server
	if !strings.Contains(text, "://") {
		text = "http://" + text
	}
	base, err := url.Parse(text)
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" || base.RawQuery != "" || base.Fragment != "" {
		return nil, fmt.Errorf("server %q: expected an address such as http://127.0.0.1:8080", server)
	}
	base.Path = strings.TrimRight(base.Path, "/")
	transport := &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: dialTime}).DialContext,
		TLSHandshakeTimeout: dialTime,
		IdleConnTimeout:     time.Minute,
		MaxIdleConnsPerHost: 16,
	}
	return &Client{server: base.Redacted(), base: base, http: &http.Client{Transport: transport}}, nil
}

// Server returns the service's address.
func (c *Client) Server() string { return c.server }

// Close lets idle connections go.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// call is one request and where its answer goes.
type call struct {
	method string
	path   string // of nothing that would have to be escaped
	query  url.Values
	body   any // nil: none
	into   any
	wait   time.Duration // that the service was asked to
}

func (c *Client) do(ctx context.Context, r call) error {
	return c.answered(ctx, r, callTime+r.wait, func(resp *http.Response) error {
		text, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
		if err != nil {
			return c.unreachable(ctx, err)
		}
		if err := c.check(resp, text, "application/json"); err != nil {
			return err
		}
		if err := json.Unmarshal(text, r.into); err != nil {
			return fmt.Errorf("answer of %s to %s %s: %w", c.server, r.method, resp.Request.URL.Path, err)
		}
		return nil
	})
}

// answered makes a request, and hands the answer to read; both within a time.
func (c *Client) answered(ctx context.Context, r call, within time.Duration, read func(*http.Response) error) error {
	timed, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	req, err := c.request(timed, r)
	if err != nil {
		return err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return c.unreachable(ctx, err)
	}
	defer resp.Body.Close()
	return read(resp)
}

func (c *Client) request(ctx context.Context, r call) (*http.Request, error) {
	u := c.base.JoinPath(r.path)
	u.RawQuery = r.query.Encode()
	var body io.Reader
	if r.body != nil {
		b, err := json.Append(nil, r.body, json.SortMapKeys)
		if err != nil {
			return nil, fmt.Errorf("encode request: %w", err)
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, r.method, u.String(), body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json, application/problem+json")
	if r.method != http.MethodGet {
		req.Header.Set("Content-Type", "application/json")
	}
	return req, nil
}

// check turns an answer that is not of the wanted type into an error.
func (c *Client) check(resp *http.Response, text []byte, want string) error {
	media, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if media == "application/problem+json" {
		p := new(Problem)
		if err := json.Unmarshal(text, p); err == nil && p.Title != "" {
			p.Status = resp.StatusCode
			return p
		}
	}
	if resp.StatusCode/100 == 2 && media == want {
		return nil
	}
	return fmt.Errorf("%s does not answer as Millrace does (%s, %s): is it the right server?", c.server, resp.Status, media)
}

// unreachable tells a service that does not answer from a caller who has gone.
func (c *Client) unreachable(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return &UnreachableError{Server: c.server, Err: err}
}

// UnreachableError is a service that does not answer.
type UnreachableError struct {
	Server string
	Err    error
}

// Error says what to do.
func (e *UnreachableError) Error() string {
	return fmt.Sprintf("no Millrace at %s (%s): start one with `millrace up`, or name another with --server or MILLRACE_SERVER", e.Server, e.cause())
}

// Unwrap returns the cause.
func (e *UnreachableError) Unwrap() error { return e.Err }

// cause is the innermost reason: the address is told already.
func (e *UnreachableError) cause() string {
	var (
		dns *net.DNSError
		op  *net.OpError
		at  *url.Error
	)
	switch {
	case errors.Is(e.Err, context.DeadlineExceeded):
		return "it did not answer in time"
	case errors.As(e.Err, &dns):
		return dns.Err
	case errors.As(e.Err, &op):
		return inner(op.Err).Error()
	case errors.Is(e.Err, io.EOF), errors.Is(e.Err, io.ErrUnexpectedEOF):
		return "it closed the connection"
	case errors.As(e.Err, &at):
		return at.Err.Error()
	default:
		return e.Err.Error()
	}
}

// inner unwraps to what has nothing below it.
func inner(err error) error {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err
		}
		err = next
	}
}
