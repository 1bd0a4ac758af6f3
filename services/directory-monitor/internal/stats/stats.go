// Package stats holds the metrics of a directory-monitor. Its main noun is
// [Stats]; nothing in it is global.
package stats

import (
	"sync/atomic"

	"github.com/millrace/millrace/libs/metrics"
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
	Lines, Bytes, Documents, Commits, Sessions atomic.Int64

	Dead   *metrics.Vector[atomic.Int64] // reason
	Files  *metrics.Vector[atomic.Int64] // state
	Commit *metrics.Buckets              // seconds

	// Counts of what has been committed, for the progress of a bounded run.
	CommittedDocuments, CommittedDead, CommittedDeadFiles atomic.Int64
}

// New returns metrics of which nothing has been counted.
func New() *Stats {
	number := func() *atomic.Int64 { return new(atomic.Int64) }
	return &Stats{
		Dead: metrics.NewVector(number), Files: metrics.NewVector(number),
		Commit: metrics.NewBuckets(.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10),
	}
}

// Source tells the metrics to a registry.
func (s *Stats) Source() metrics.Source {
	desc := func(name, help string, t metrics.Type, labels ...string) *metrics.Desc {
		return &metrics.Desc{Name: "millrace_monitor_" + name, Help: help, Type: t, Labels: labels}
	}
	var (
		lines     = desc("lines_total", "Records read from files: lines, or what the format has for them.", metrics.Counter)
		bytes     = desc("bytes_total", "Decompressed bytes read from files.", metrics.Counter)
		documents = desc("documents_total", "Documents committed to the tweets topic.", metrics.Counter)
		commits   = desc("commits_total", "Transactions committed.", metrics.Counter)
		sessions  = desc("sessions_total", "Times that the monitor took its transactional id over: at start, and after a failure.", metrics.Counter)
		commit    = desc("transaction_seconds", "How long transactions last, from begin to committed.", metrics.Histogram)
		dead      = desc("dead_letters_total", "Records and files that could not be read, committed to the dead-letters topic.", metrics.Counter, "reason")
		files     = desc("files", "Files in the folder: known, waiting to be read, being read, waiting to settle.", metrics.Gauge, "state")
	)
	return func(p *metrics.Page) {
		p.Add(lines, float64(s.Lines.Load()))
		p.Add(bytes, float64(s.Bytes.Load()))
		p.Add(documents, float64(s.Documents.Load()))
		p.Add(commits, float64(s.Commits.Load()))
		p.Add(sessions, float64(s.Sessions.Load()))
		p.AddDistribution(commit, s.Commit.Read())
		s.Dead.Each(func(n *atomic.Int64, values ...string) { p.Add(dead, float64(n.Load()), values...) })
		s.Files.Each(func(n *atomic.Int64, values ...string) { p.Add(files, float64(n.Load()), values...) })
	}
}
