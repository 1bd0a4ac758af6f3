package presentation

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/millrace/millrace/services/presentation/internal/api"
	"github.com/millrace/millrace/services/presentation/internal/directory"
)

// metrics are what the service tells about itself.
type metrics struct {
	api      *api.API
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
}

func newMetrics(registry *prometheus.Registry, dir *directory.Directory, a *api.API) (*metrics, error) {
	m := &metrics{
		api: a,
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "millrace_http_requests_total", Help: "Requests answered, by route, method and status.",
		}, []string{"route", "method", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "millrace_http_request_seconds", Help: "Time to answer a request, by route and method; event streams are left out.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
		}, []string{"route", "method"}),
	}
	streams := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "millrace_event_streams", Help: "Event streams that are open.",
	}, func() float64 { return float64(a.Streams()) })
	for _, c := range []prometheus.Collector{m.requests, m.seconds, streams, &queryCounts{dir: dir, desc: prometheus.NewDesc(
		"millrace_queries", "Registered queries by state.", []string{"state"}, nil)}} {
		if err := registry.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// queryCounts counts queries when it is asked.
type queryCounts struct {
	dir  *directory.Directory
	desc *prometheus.Desc
}

// Describe tells the one metric.
func (q *queryCounts) Describe(c chan<- *prometheus.Desc) { c <- q.desc }

// Collect counts.
func (q *queryCounts) Collect(c chan<- prometheus.Metric) {
	for state, n := range q.dir.Counts() {
		c <- prometheus.MustNewConstMetric(q.desc, prometheus.GaugeValue, float64(n), state)
	}
}

// measure counts and times requests by route; paths that are none share one.
func (m *metrics) measure(next http.Handler) http.Handler {
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
		m.requests.WithLabelValues(route, method, strconv.Itoa(seen.status)).Inc()
		if seen.Header().Get("Content-Type") != "text/event-stream" {
			m.seconds.WithLabelValues(route, method).Observe(time.Since(begun).Seconds())
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
