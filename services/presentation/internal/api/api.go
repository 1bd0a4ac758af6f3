package api

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/millrace/millrace/libs/explain"
	"github.com/millrace/millrace/libs/results"
	"github.com/millrace/millrace/libs/submission"
	"github.com/millrace/millrace/services/presentation/internal/directory"
	"github.com/millrace/millrace/services/presentation/internal/page"
)

// Bounds of requests and pages.
const (
	maxBody      = 1 << 20
	defaultPage  = 100
	maxPage      = 1000
	defaultWait  = 30 * time.Second
	maxWait      = 5 * time.Minute
	submitTime   = 15 * time.Second // to have a submission acknowledged
	heartbeat    = 15 * time.Second // of an event stream
	writeTime    = 30 * time.Second // for a client to take one event
	watchTime    = time.Minute      // how long a stream counts as watching
	maxDropBatch = 1000
)

// Submission is one record for millrace.queries; a nil Value drops the query.
type Submission struct {
	ID       string
	Value    []byte
	Declares bool // a stream or view: ID is its name, and no query's
}

// Config is what an API works on.
type Config struct {
	Directory *directory.Directory
	Measured  explain.Measured // prices queries; nil: by defaults
	Results   *results.Reader
	Checker   *submission.Checker // of what is submitted, as query-parser's; its catalog is the directory's
	// Submit writes submissions and returns their epochs.
	Submit func(ctx context.Context, subs []Submission) ([]int64, error)
	// Ready reports whether the directory is complete; nil: it is.
	Ready func() bool
	// Hosts are names under which the service may be called besides localhost,
	// addresses and the names under localhost. Without it a page of a stranger
	// could reach a service on loopback by a name that points there.
	Hosts []string
	// AnyHost allows every name: for a service that others are meant to reach.
	AnyHost bool
	Page    *page.Page // nil: there is none
	// MaxStreams bounds the event streams that are open at once.
	MaxStreams int
	// Patience is how long an answer waits until a stream or view that was submitted is
	// declared or dropped; 0: 15 s.
	Patience time.Duration
	// Done ends event streams.
	Done <-chan struct{}
	Log  *slog.Logger
}

// API answers /v1, and serves the page and the descriptions.
type API struct {
	cfg     Config
	mux     *http.ServeMux
	streams atomic.Int64
	whole   chan struct{} // whose turn it is to be told the whole plan
	origin  *http.CrossOriginProtection
}

// New returns the handler of everything but health, readiness and metrics.
func New(cfg Config) *API {
	if cfg.Patience == 0 {
		cfg.Patience = declareTime
	}
	a := &API{cfg: cfg, mux: http.NewServeMux(), whole: make(chan struct{}, 1), origin: http.NewCrossOriginProtection()}
	for pattern, h := range a.routes() {
		a.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			if err := h(w, r); err != nil {
				a.fail(w, r, err)
			}
		})
	}
	return a
}

func (a *API) routes() map[string]func(http.ResponseWriter, *http.Request) error {
	return map[string]func(http.ResponseWriter, *http.Request) error{
		"GET /{$}":                     a.index,
		"GET /page/{file}":             a.file,
		"GET /openapi.yaml":            a.description,
		"GET /asyncapi.yaml":           a.description,
		"GET /messages/{file}":         a.message,
		"GET /v1/overview":             a.overview,
		"GET /v1/queries":              a.list,
		"POST /v1/queries":             a.post,
		"DELETE /v1/queries":           a.dropMany,
		"GET /v1/queries/{id}":         a.show,
		"PUT /v1/queries/{id}":         a.put,
		"DELETE /v1/queries/{id}":      a.drop,
		"GET /v1/queries/{id}/results": a.results,
		"GET /v1/queries/{id}/windows": a.windows,
		"GET /v1/queries/{id}/changes": a.changes,
		"GET /v1/queries/{id}/history": a.history,
		"GET /v1/queries/{id}/explain": a.explain,
		"POST /v1/explain":             a.explainBody,
		"GET /v1/plan":                 a.plan,
		"POST /v1/sql":                 a.statement,
	}
}

// Routes returns what the API answers as METHOD PATH, sorted.
func (a *API) Routes() []string {
	var all []string
	for pattern := range a.routes() {
		all = append(all, strings.TrimSuffix(pattern, "{$}"))
	}
	slices.Sort(all)
	return all
}

// Streams returns how many event streams are open.
func (a *API) Streams() int64 { return a.streams.Load() }

// ServeHTTP answers a request.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := a.admit(r); err != nil {
		a.fail(w, r, err)
		return
	}
	handler, pattern := a.mux.Handler(r)
	if pattern == "" {
		// The mux knows whether the path or the method is wrong; it would say so
		// in plain text.
		probe := &statusOnly{header: http.Header{}}
		handler.ServeHTTP(probe, r)
		if probe.status == http.StatusMethodNotAllowed {
			w.Header().Set("Allow", probe.header.Get("Allow"))
			a.fail(w, r, problem(probe.status, methodUnknown, "The method is not allowed here", "allowed: "+probe.header.Get("Allow")))
			return
		}
		a.fail(w, r, problem(http.StatusNotFound, notFound, "There is nothing here", "see schemas/openapi.yaml for what there is"))
		return
	}
	if err := admitBody(r); err != nil {
		a.fail(w, r, err)
		return
	}
	a.mux.ServeHTTP(w, r)
}

// Route returns the pattern that a request matches, "" for none: what metrics
// count by.
func (a *API) Route(r *http.Request) string {
	_, pattern := a.mux.Handler(r)
	return pattern
}

// statusOnly keeps the status and the header of an answer.
type statusOnly struct {
	header http.Header
	status int
}

func (s *statusOnly) Header() http.Header         { return s.header }
func (s *statusOnly) Write(b []byte) (int, error) { return len(b), nil }
func (s *statusOnly) WriteHeader(status int)      { s.status = status }
