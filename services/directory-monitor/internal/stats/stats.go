// Package stats holds the metrics of a directory-monitor. Its main noun is
// [Stats]; nothing in it is global.
package stats

import (
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
)

// Classes of dead letters, as the metric labels them.
const (
	TooLong    = "too_long"    // a record, or what becomes of it, over the limit
	Binary     = "binary"      // a record with a NUL byte
	Malformed  = "malformed"   // a record that breaks the rules of its format
	LateBytes  = "late_bytes"  // appended to a record that had been taken as complete
	Broken     = "broken"      // a compressed stream that cannot be unpacked
	CannotRead = "cannot_read" // a file that cannot be opened or read
	Refused    = "refused"     // a file that cannot be what it is to be read as
)

// OfFile reports whether a dead letter of the class stands for a file, not for a record.
func OfFile(class string) bool { return class == Broken || class == CannotRead || class == Refused }

// Stats are the metrics of one monitor.
type Stats struct {
	Lines, Bytes prometheus.Counter
	Dead         *prometheus.CounterVec // reason
	Files        *prometheus.GaugeVec   // state
	Commit       prometheus.Histogram
	Commits      prometheus.Counter
	Sessions     prometheus.Counter
	Documents    prometheus.Counter

	// Counts of what has been committed, for the progress of a bounded run.
	CommittedDocuments, CommittedDead, CommittedDeadFiles atomic.Int64
}

// New registers the metrics with reg; a nil reg registers nothing.
func New(reg prometheus.Registerer) (*Stats, error) {
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
	}
	s := &Stats{
		Lines:     counter("millrace_monitor_lines_total", "Records read from files: lines, or what the format has for them."),
		Bytes:     counter("millrace_monitor_bytes_total", "Decompressed bytes read from files."),
		Documents: counter("millrace_monitor_documents_total", "Documents committed to the tweets topic."),
		Commits:   counter("millrace_monitor_commits_total", "Transactions committed."),
		Sessions:  counter("millrace_monitor_sessions_total", "Times that the monitor took its transactional id over: at start, and after a failure."),
		Commit: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "millrace_monitor_transaction_seconds", Help: "How long transactions last, from begin to committed.",
			Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}),
		Dead: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "millrace_monitor_dead_letters_total", Help: "Records and files that could not be read, committed to the dead-letters topic.",
		}, []string{"reason"}),
		Files: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "millrace_monitor_files", Help: "Files in the folder: known, waiting to be read, being read, waiting to settle.",
		}, []string{"state"}),
	}
	if reg == nil {
		return s, nil
	}
	for _, c := range s.collectors() {
		if err := reg.Register(c); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// Unregister makes room for the metrics of another run in the same process.
func (s *Stats) Unregister(reg prometheus.Registerer) {
	if reg == nil {
		return
	}
	for _, c := range s.collectors() {
		reg.Unregister(c)
	}
}

func (s *Stats) collectors() []prometheus.Collector {
	return []prometheus.Collector{s.Lines, s.Bytes, s.Documents, s.Commits, s.Sessions, s.Commit, s.Dead, s.Files}
}
