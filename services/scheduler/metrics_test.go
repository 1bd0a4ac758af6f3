package scheduler

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/libs/exec/build"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/metrics"
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/plan"
	"github.com/millrace/millrace/libs/wire"
)

// value returns the metric of that name with the label values, the number of
// observations where it is a histogram, and -1 where there is none.
func (w *world) value(name string, labels ...string) float64 {
	w.t.Helper()
	families, err := w.reg.Gather()
	check(w.t, err)
	for _, f := range families {
		if f.Name != name {
			continue
		}
		for _, s := range f.Series {
			var have []string
			for _, l := range s.Labels {
				have = append(have, l.Value)
			}
			if !slices.Equal(have, labels) {
				continue
			}
			if s.Distribution != nil {
				return float64(s.Distribution.Count)
			}
			return s.Value
		}
	}
	return -1
}

// count registers a query that counts posts per language.
func (w *world) count() {
	w.t.Helper()
	const (
		id    = "q"
		epoch = 1
	)
	lang := &plan.Column{Name: "lang", Typ: record.VarcharType}
	root := &plan.Output{Emit: plan.EmitChanges, In: &plan.Project{
		In: &plan.Aggregate{In: &plan.Scan{Stream: stream}, Keys: []plan.Expr{lang}, Aggs: []plan.Agg{{Func: "count", Type: record.BigIntType}}},
		Cols: []plan.NamedExpr{
			{Name: "lang", Expr: &plan.Ref{Kind: plan.KeyRef, Typ: record.VarcharType}},
			{Name: "n", Expr: &plan.Ref{Kind: plan.AggRef, Typ: record.BigIntType}},
		},
	}}
	if _, err := build.Query(root); err != nil {
		w.t.Fatal(err)
	}
	value, err := (&wire.Registry{ID: id, Epoch: epoch, SQL: "SELECT …", Plan: plan.Encode(root), Submitted: time.Now()}).Marshal()
	check(w.t, err)
	w.produce(kafka.Record{
		Topic: kafka.TopicRegistry, Key: wire.RegistryKey(id), Value: value,
		Headers: []kafka.Header{{Key: wire.HeaderEpoch, Value: fmt.Append(nil, epoch)}},
	})
}

func (w *world) produce(records ...kafka.Record) {
	w.t.Helper()
	p, err := kafka.NewProducer(w.Kafka)
	check(w.t, err)
	defer p.Close()
	check(w.t, p.Produce(within(w.t), records...))
}

// lint holds the metrics against the habits of Prometheus.
func (w *world) lint() {
	w.t.Helper()
	families, err := w.reg.Gather()
	check(w.t, err)
	for _, f := range families {
		total := strings.HasSuffix(f.Name, "_total")
		if f.Help == "" || total != (f.Type == metrics.Counter) || strings.HasSuffix(f.Name, "_count") || strings.HasSuffix(f.Name, "_sum") ||
			f.Type == metrics.Histogram && !strings.HasSuffix(f.Name, "_seconds") {
			w.t.Errorf("%s: a %s with the help %q", f.Name, f.Type, f.Help)
		}
	}
}

// Metrics tell what happened, share a registry with those of the other services,
// and go with the scheduler.
func TestMetrics(t *testing.T) {
	w := newWorld(t)
	queries := metrics.Desc{Name: "millrace_queries", Help: "Registered queries by state.", Type: metrics.Gauge, Labels: []string{"state"}}
	w.reg.Register(func(p *metrics.Page) { p.Add(&queries, 1, "live") }) // presentation's
	_, stop := w.start()
	w.until("running", func() bool { return w.value("millrace_documents_total") == 0 })
	w.count()
	value := `{"id":1,"lang":"en","created_at":1700000000000}`
	bad := "{bad"
	w.until("the query is read", func() bool {
		return w.value("millrace_documents_total") == 0 && w.value("millrace_merge_lag", "0") >= 0 && w.value("millrace_merge_lag", "1") >= 0
	})
	for _, v := range []string{value, value, bad} {
		w.produce(kafka.Record{Topic: kafka.TopicTweets, Partition: 1, Value: []byte(v)})
	}
	w.until("all is scanned", func() bool { return w.value("millrace_scan_dead_letters_total") == 1 })
	for _, c := range []struct {
		name   string
		labels []string
		want   float64
	}{
		{"millrace_documents_total", nil, 2},
		{"millrace_bytes_total", nil, float64(2*len(value) + len(bad))},
		{"millrace_aborts_total", []string{"failed", "merge"}, 0},
		{"millrace_aborts_total", []string{"fenced", "scan"}, 0},
		{"millrace_aborts_total", []string{"timeout", "scan"}, 0},
		{"millrace_aborts_total", []string{"error", "scan"}, 0},
		{"millrace_late_total", nil, 0},
		{"millrace_redis_refused_total", []string{"oom"}, 0},
		{"millrace_redis_refused_total", []string{"epoch"}, 0},
		{"millrace_scan_lost_total", nil, 0},
		{"millrace_scan_paused", nil, 0},
		{"millrace_queries", []string{"live"}, 1},
	} {
		if got := w.value(c.name, c.labels...); got != c.want {
			t.Errorf("%s%v is %v, want %v", c.name, c.labels, got, c.want)
		}
	}
	for _, c := range []struct {
		name   string
		labels []string
	}{
		{"millrace_scan_lag", []string{"0", kafka.TopicTweets}},
		{"millrace_scan_lag", []string{"1", kafka.TopicTweets}},
	} {
		w.until(c.name+" is 0", func() bool { return w.value(c.name, c.labels...) == 0 })
	}
	for _, name := range []string{"state_bytes", "dirty_rows", "groups", "exchange_backlog_bytes", "flushed_rows_total", "redis_repairs_total", "predicate_evaluations_total"} {
		if w.value("millrace_"+name) < 0 {
			t.Errorf("millrace_%s is not there", name)
		}
	}
	w.until("transactions are timed", func() bool { return w.value("millrace_commit_seconds", "scan") > 0 })
	w.until("results are timed", func() bool { return w.value("millrace_append_to_result_seconds") >= 2 }) // one per merge partition
	w.until("the state is measured", func() bool { return w.value("millrace_state_bytes") > 0 && w.value("millrace_dirty_rows") == 0 })
	w.lint()
	check(t, stop())
	families, err := w.reg.Gather()
	check(t, err)
	for _, f := range families {
		if strings.HasPrefix(f.Name, "millrace_") && f.Name != "millrace_queries" {
			t.Errorf("%s outlives the scheduler", f.Name)
		}
	}
	_, stop = w.start() // in the same registry
	w.until("running again", func() bool { return w.value("millrace_documents_total") == 0 })
	check(t, stop())
}
