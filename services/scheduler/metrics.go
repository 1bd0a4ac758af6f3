package scheduler

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/millrace/millrace/libs/kafka"
)

// collector reads the stages' metrics whenever Prometheus asks.
type collector struct{ s *service }

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("millrace_"+name, help, labels, nil)
}

// Describe implements [prometheus.Collector]: the collector is unchecked.
func (c *collector) Describe(chan<- *prometheus.Desc) {}

// Collect implements [prometheus.Collector].
func (c *collector) Collect(out chan<- prometheus.Metric) {
	counter := func(name, help string, v int64) {
		out <- prometheus.MustNewConstMetric(desc(name, help), prometheus.CounterValue, float64(v))
	}
	gauge := func(name, help string, v float64) {
		out <- prometheus.MustNewConstMetric(desc(name, help), prometheus.GaugeValue, v)
	}
	scanned, merged := c.s.scanned, c.s.merged
	counter("documents_total", "Documents scanned and committed.", scanned.Documents.Load())
	counter("bytes_total", "Bytes of batches scanned and committed.", scanned.Bytes.Load())
	counter("predicate_evaluations_total", "Atomic predicates evaluated, per document.", c.s.registry.Current().Program.Counters().Evaluations)
	counter("scan_dead_letters_total", "Documents that could not be read.", scanned.DeadLetters.Load())
	counter("redis_repairs_total", "Times that Redis was found to have lost writes.", merged.Repairs.Load())
	counter("redis_refused_total", "Writes that Redis did not take.", merged.Refused.Load())
	counter("flushed_rows_total", "Rows written to Redis.", merged.FlushedRows.Load())
	c.stages(out)
	gauge("exchange_backlog_bytes", "Bytes of deltas that are not checkpointed, about.", float64(scanned.Backlog.Load()))
	c.partitions(out, gauge)
}

func (c *collector) stages(out chan<- prometheus.Metric) {
	aborts := desc("aborts_total", "Transactions aborted.", "stage")
	commits := desc("commits_total", "Transactions committed.", "stage")
	seconds := desc("commit_seconds_total", "Time spent in committed transactions.", "stage")
	for _, v := range []struct {
		stage                  string
		commits, nanos, aborts int64
	}{
		{"scan", c.s.scanned.Commits.Load(), c.s.scanned.CommitNanos.Load(), c.s.scanned.Aborts.Load()},
		{"merge", c.s.merged.Commits.Load(), c.s.merged.CommitNanos.Load(), c.s.merged.Aborts.Load()},
	} {
		out <- prometheus.MustNewConstMetric(commits, prometheus.CounterValue, float64(v.commits), v.stage)
		out <- prometheus.MustNewConstMetric(seconds, prometheus.CounterValue, time.Duration(v.nanos).Seconds(), v.stage)
		out <- prometheus.MustNewConstMetric(aborts, prometheus.CounterValue, float64(v.aborts), v.stage)
	}
}

func (c *collector) partitions(out chan<- prometheus.Metric, gauge func(name, help string, v float64)) {
	var dirty, state, groups int64
	marks := map[string]int64{}
	for _, p := range c.s.merged.Partitions() {
		dirty, state, groups = dirty+p.DirtyRows, state+p.StateBytes, groups+p.Groups
		for name, mark := range p.Watermarks {
			if old, ok := marks[name]; !ok || mark < old {
				marks[name] = mark
			}
		}
	}
	gauge("dirty_rows", "Rows changed and not yet written to Redis.", float64(dirty))
	gauge("state_bytes", "State changed since the last checkpoint, about.", float64(state))
	gauge("groups", "Groups kept, over all nodes and segments.", float64(groups))
	d := desc("watermark_seconds", "Least watermark over the owned merge partitions, seconds since 1970.", "stream")
	for name, mark := range marks {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(mark)/1e6, name)
	}
	lag := desc("scan_lag", "Records not yet scanned.", "topic", "partition")
	for p, n := range c.s.scanned.Lag() {
		out <- prometheus.MustNewConstMetric(lag, prometheus.GaugeValue, float64(n), kafka.TopicTweets, strconv.Itoa(int(p)))
	}
}
