package presentation

import (
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/millrace/millrace/libs/metrics"
	"github.com/millrace/millrace/services/presentation/internal/api"
	"github.com/millrace/millrace/services/presentation/internal/directory"
)

// meters are what the service tells about itself.
type meters struct {
	api      *api.API
	requests *metrics.Vector[atomic.Int64]    // route, method, status
	seconds  *metrics.Vector[metrics.Buckets] // route, method
}

func newMeters(a *api.API) *meters {
	return &meters{
		api:      a,
		requests: metrics.NewVector(func() *atomic.Int64 { return new(atomic.Int64) }),
		seconds: metrics.NewVector(func() *metrics.Buckets {
			return metrics.NewBuckets(.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30)
		}),
	}
}

// source tells the metrics to a registry; queries are counted when it is asked.
func (m *meters) source(dir *directory.Directory) metrics.Source {
	var (
		requests = metrics.Desc{
			Name: "millrace_http_requests_total", Help: "Requests answered, by route, method and status.",
			Type: metrics.Counter, Labels: []string{"route", "method", "status"},
		}
		seconds = metrics.Desc{
			Name: "millrace_http_request_seconds", Help: "Time to answer a request, by route and method; event streams are left out.",
			Type: metrics.Histogram, Labels: []string{"route", "method"},
		}
		streams = metrics.Desc{Name: "millrace_event_streams", Help: "Event streams that are open.", Type: metrics.Gauge}
		queries = metrics.Desc{Name: "millrace_queries", Help: "Registered queries by state.", Type: metrics.Gauge, Labels: []string{"state"}}
	)
	return func(p *metrics.Page) {
		m.requests.Each(func(n *atomic.Int64, values ...string) { p.Add(&requests, float64(n.Load()), values...) })
		m.seconds.Each(func(b *metrics.Buckets, values ...string) { p.AddDistribution(&seconds, b.Read(), values...) })
		p.Add(&streams, float64(m.api.Streams()))
		for state, n := range dir.Counts() {
			p.Add(&queries, float64(n), state)
		}
	}
}

// measure counts and times requests by route; paths that are none share one.
func (m *meters) measure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begun := time.Now()
		route := m.api.Route(r)
		if route == "" {
			route = "none"
		}
		method := r.Method
		switch method {
		case http.MethodGet, http.MethodHead, http.MethodPut, http.MethodPost, http.MethodDelete:
		default:
			method = "other"
		}
		seen := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(seen, r)
		m.requests.With(route, method, strconv.Itoa(seen.status)).Add(1)
		if seen.Header().Get("Content-Type") != "text/event-stream" {
			m.seconds.With(route, method).Observe(time.Since(begun).Seconds())
		}
	})
}

// statusWriter remembers the status.
type statusWriter struct {
	http.ResponseWriter
	status int
	wrote  bool
}

// WriteHeader remembers the first status.
func (s *statusWriter) WriteHeader(status int) {
	if !s.wrote {
		s.status, s.wrote = status, true
	}
	s.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach the connection.
func (s *statusWriter) Unwrap() http.ResponseWriter { return s.ResponseWriter }
