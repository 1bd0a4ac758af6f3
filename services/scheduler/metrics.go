package scheduler

import (
	"context"
	"math"
	"strconv"
	"time"

	"github.com/millrace/millrace/libs/exec/merge"
	"github.com/millrace/millrace/libs/exec/scan"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/metrics"
	"github.com/millrace/millrace/libs/results"
)

// lagPatience is how long one gathering of the metrics waits for the brokers to
// say where the exchange ends.
const lagPatience = time.Second

// collector reads the stages' metrics whenever Prometheus asks.
type collector struct {
	s *service

	documents, bytes, evaluations, deadLetters, lost *metrics.Desc
	repairs, refused, flushed, late, unanswered      *metrics.Desc
	aborts, commits, fresh, builds                   *metrics.Desc
	planQueries                                      *metrics.Desc
	backlog, paused, dirty, state, groups            *metrics.Desc
	watermark, scanLag, mergeLag                     *metrics.Desc
}

func newCollector(s *service) *collector {
	desc := func(t metrics.Type, name, help string, labels []string) *metrics.Desc {
		return &metrics.Desc{Name: "millrace_" + name, Help: help, Type: t, Labels: labels}
	}
	counter := func(name, help string, labels ...string) *metrics.Desc {
		return desc(metrics.Counter, name, help, labels)
	}
	gauge := func(name, help string, labels ...string) *metrics.Desc {
		return desc(metrics.Gauge, name, help, labels)
	}
	histogram := func(name, help string, labels ...string) *metrics.Desc {
		return desc(metrics.Histogram, name, help, labels)
	}
	return &collector{
		s:           s,
		documents:   counter("documents_total", "Documents scanned and committed."),
		bytes:       counter("bytes_total", "Bytes of batches scanned and committed."),
		evaluations: counter("predicate_evaluations_total", "Atomic predicates evaluated, per document."),
		deadLetters: counter("scan_dead_letters_total", "Documents that could not be read."),
		lost:        counter("scan_lost_total", "Records that were deleted before they were scanned."),
		repairs:     counter("redis_repairs_total", "Times that Redis was found to have lost writes."),
		refused:     counter("redis_refused_total", "Writes that Redis did not take, or did not answer.", "reason"),
		unanswered:  gauge("redis_unanswered_seconds", "For how long Redis has answered nothing to writes of the merge partitions owned here."),
		flushed:     counter("flushed_rows_total", "Rows written to Redis."),
		late:        counter("late_total", "Rows that came after their window was closed."),
		aborts:      counter("aborts_total", "Transactions aborted.", "stage", "reason"),
		commits:     histogram("commit_seconds", "Time taken by committed transactions.", "stage"),
		fresh:       histogram("append_to_result_seconds", "From the append of the newest post that a seal covers to the acknowledgement of results with it, per merge partition, seal and scan partition."),
		builds:      histogram("plan_build_seconds", "Time taken to put what the registry brought into the shared plan, and to make the program of it: one observation for each change."),
		planQueries: gauge("plan_queries", "Registered queries that the shared plan was last made of, failed ones too."),
		backlog:     gauge("exchange_backlog_bytes", "Bytes of the exchange that merge has not checkpointed, before compression, about; as the scan here sees it."),
		paused:      gauge("scan_paused", "1 while nothing is scanned because millrace_exchange_backlog_bytes is over its limit."),
		dirty:       gauge("dirty_rows", "Rows changed and not yet written to Redis."),
		state:       gauge("state_bytes", "Groups kept, in bytes as checkpoints hold them, about."),
		groups:      gauge("groups", "Groups kept, over all nodes and segments."),
		watermark:   gauge("watermark_seconds", "Least watermark over the owned merge partitions, seconds since 1970; absent before the first.", "stream"),
		scanLag:     gauge("scan_lag", "Records not yet scanned, of the partitions owned here.", "topic", "partition"),
		mergeLag:    gauge("merge_lag", "Records of the exchange not yet merged, of the partitions owned here.", "partition"),
	}
}

// collect is a [metrics.Source].
func (c *collector) collect(p *metrics.Page) {
	counter := func(d *metrics.Desc, v int64, labels ...string) { p.Add(d, float64(v), labels...) }
	scanned, merged := c.s.scans.total(), c.s.merged
	counter(c.documents, scanned.documents)
	counter(c.bytes, scanned.bytes)
	counter(c.evaluations, c.s.registry.Current().Program.Counters().Evaluations)
	counter(c.deadLetters, scanned.deadLetters)
	counter(c.lost, scanned.lost)
	counter(c.repairs, merged.Repairs.Load())
	refused := merged.Refused.Read()
	for _, reason := range append(results.Reasons(), merge.ReasonEpoch) {
		counter(c.refused, refused[reason], reason)
	}
	counter(c.flushed, merged.FlushedRows.Load())
	counter(c.late, merged.LateRows.Load())
	aborts := scanned.aborts
	for _, reason := range []string{scan.AbortRebalance, kafka.ReasonFenced, kafka.ReasonTimeout, kafka.ReasonError} {
		counter(c.aborts, aborts[reason], "scan", reason)
	}
	aborts = merged.Aborts.Read()
	for _, reason := range []string{merge.AbortRebalance, merge.AbortFailed} {
		counter(c.aborts, aborts[reason], "merge", reason)
	}
	histogram := func(d *metrics.Desc, read func() (uint64, float64, map[float64]uint64), labels ...string) {
		count, sum, buckets := read()
		p.AddDistribution(d, metrics.Distribution{Count: count, Sum: sum, Buckets: buckets}, labels...)
	}
	histogram(c.commits, scanned.commits, "scan")
	histogram(c.commits, merged.Commits.Read, "merge")
	histogram(c.fresh, merged.AppendToResult.Read)
	histogram(c.builds, c.s.registry.Builds.Read)
	c.gauges(p)
}

func (c *collector) gauges(page *metrics.Page) {
	gauge := page.Add
	gauge(c.planQueries, float64(c.s.registry.Snapshot().Queries.Len()))
	backlog, paused := int64(0), 0.0
	scans := c.s.scans.list()
	for _, sc := range scans {
		backlog = max(backlog, sc.metrics.Backlog.Load())
		if sc.metrics.Paused.Load() {
			paused = 1
		}
	}
	gauge(c.backlog, float64(backlog))
	gauge(c.paused, paused)
	unanswered := 0.0
	if since := c.s.answers.Missing(); !since.IsZero() {
		unanswered = c.s.Clock.Now().Sub(since).Seconds()
	}
	gauge(c.unanswered, unanswered)
	for _, sc := range scans {
		for p, n := range sc.metrics.Lag() {
			gauge(c.scanLag, float64(n), sc.stream.Topic, strconv.Itoa(int(p)))
		}
	}
	owned := c.s.merged.Partitions()
	var dirty, state, groups int64
	marks := map[string]int64{}
	for _, p := range owned {
		dirty, state, groups = dirty+p.DirtyRows, state+p.StateBytes, groups+p.Groups
		for name, mark := range p.Watermarks {
			if old, ok := marks[name]; !ok || mark < old {
				marks[name] = mark
			}
		}
	}
	gauge(c.dirty, float64(dirty))
	gauge(c.state, float64(state))
	gauge(c.groups, float64(groups))
	for name, mark := range marks {
		if mark != math.MinInt64 { // before everything
			gauge(c.watermark, float64(mark)/1e6, name)
		}
	}
	if len(owned) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), lagPatience)
	defer cancel()
	ends, err := c.s.admin.Ends(ctx, kafka.TopicExchange)
	if err != nil {
		return // whatever keeps the brokers away shows elsewhere
	}
	for p, v := range owned {
		gauge(c.mergeLag, float64(max(ends[p]-v.Position, 0)), strconv.Itoa(int(p)))
	}
}
