package pipeline

import (
	"fmt"
	"io"
	"runtime"
	"strconv"
	"time"

	"github.com/millrace/millrace/libs/embedded"
	"github.com/millrace/millrace/services/millrace/internal/bench"
	"github.com/millrace/millrace/services/millrace/internal/bench/stand"
	"github.com/millrace/millrace/services/millrace/internal/table"
)

// Line is what one cell came to: medians of all rounds. Of the engine pipeline the
// scheduler has one core, and servers what is left; the engine shared is the scan in
// one process, on the same core in the same rounds.
type Line struct {
	Engine      string `json:"engine"` // pipeline or shared
	Queries     int    `json:"queries"`
	Mix         string `json:"mix"`
	Compression string `json:"compression,omitempty"` // lz4 or none
	Cores       int    `json:"cores"`
	Pinned      bool   `json:"pinned"`

	Input      string `json:"input"`
	Documents  int64  `json:"documents"`
	Bytes      int64  `json:"bytes"` // of the documents
	BatchBytes int    `json:"batch_bytes"`

	Seconds    float64  `json:"seconds,omitempty"` // from the first fetch until Redis had all results
	TweetsPerS float64  `json:"tweets_per_s"`
	GBPerS     float64  `json:"gb_per_s"`
	Ratio      *float64 `json:"ratio_to_scan,omitempty"` // of tweets_per_s to that of the scan in the same round

	// By processor time: of the scheduler, all of it.
	CPUSeconds    float64  `json:"cpu_s"`
	TweetsPerCPUS float64  `json:"tweets_per_cpu_s"`
	CPURatio      *float64 `json:"cpu_ratio_to_scan,omitempty"`
	ReadySeconds  float64  `json:"ready_s,omitempty"` // of seconds, in which the scheduler waited for its core: others had it
	Commits       float64  `json:"scan_commits,omitempty"`
	CommitSeconds float64  `json:"scan_commit_s,omitempty"` // in which nothing was scanned

	Latency *Latency `json:"latency,omitempty"`
	Steady  *Steady  `json:"steady,omitempty"`

	Note    string `json:"note,omitempty"`
	Rounds  int    `json:"rounds"`
	Seed    uint64 `json:"seed"`
	Date    string `json:"date"`
	Machine string `json:"machine"`
	Go      string `json:"go"`
}

// Latency is of batches, from before the produce request until results with the whole
// batch could be read from Redis.
type Latency struct {
	Load       float64 `json:"load"` // share of the speed measured that was wanted
	TweetsPerS float64 `json:"tweets_per_s"`
	Seconds    float64 `json:"seconds"`
	Count      int     `json:"count"`
	P50        float64 `json:"p50_ms"`
	P90        float64 `json:"p90_ms"`
	P99        float64 `json:"p99_ms"`
	Most       float64 `json:"max_ms"`
	// Of this, the produce request took so long, until it was acknowledged.
	ProduceP50 float64 `json:"produce_p50_ms"`
	ProduceP99 float64 `json:"produce_p99_ms"`
	// Late is how long after it was due a batch was appended, at most: where that is
	// long, Kafka did not take the load.
	Late float64 `json:"late_ms"`
}

// Steady is a long load.
type Steady struct {
	Latency
	Samples    int   `json:"samples"`
	RSS        Trend `json:"rss_bytes"`
	Heap       Trend `json:"heap_in_use_bytes"`
	Live       Trend `json:"heap_live_bytes"` // what collections of garbage left
	Goroutines Trend `json:"goroutines"`
	ScanLag    Trend `json:"scan_lag_records"`
	MergeLag   Trend `json:"merge_lag_records"`
}

// report makes the lines.
func report(cfg *Config, cells []*cell) []Line {
	base := Line{
		Queries: cfg.Queries, Cores: 1, Input: cfg.Input.Name, BatchBytes: cfg.Input.Largest(),
		Rounds: cfg.Rounds, Seed: cfg.Seed, Date: time.Now().UTC().Format(time.RFC3339), Machine: bench.MachineName(), Go: runtime.Version(),
	}
	var lines []Line
	for _, c := range cells {
		scan, pipe := base, base
		c.scanLine(&scan)
		c.pipeLine(cfg, &pipe)
		lines = append(lines, scan, pipe)
	}
	return lines
}

func (c *cell) scanLine(l *Line) {
	median := func(of func(*bench.Line) float64) float64 {
		return bench.MedianOf(len(c.scanned), func(i int) float64 { return of(&c.scanned[i]) })
	}
	first := &c.scanned[0]
	l.Engine, l.Mix, l.Pinned, l.Documents, l.Bytes = "shared", c.mix, first.Pinned, int64(first.Documents), first.Bytes
	l.TweetsPerS = median(func(l *bench.Line) float64 { return l.TweetsPerS })
	l.GBPerS = median(func(l *bench.Line) float64 { return l.GBPerS })
	l.CPUSeconds = median(func(l *bench.Line) float64 { return l.CPUSeconds })
	l.TweetsPerCPUS = median(func(l *bench.Line) float64 { return l.TweetsPerCPUS })
}

func (c *cell) pipeLine(cfg *Config, l *Line) {
	median := func(of func(i int, d *drained) float64) float64 {
		return bench.Round(bench.MedianOf(len(c.drained), func(i int) float64 { return of(i, &c.drained[i]) }))
	}
	first := &c.drained[0]
	l.Engine, l.Mix, l.Compression, l.Pinned, l.Documents = "pipeline", c.mix, c.compression, first.pinned, first.documents
	l.Bytes = first.documents / int64(cfg.Input.Documents) * cfg.Input.Bytes
	perDocument := float64(cfg.Input.Bytes) / float64(cfg.Input.Documents)
	l.Seconds = median(func(_ int, d *drained) float64 { return d.took.Seconds() })
	l.TweetsPerS = median(func(_ int, d *drained) float64 { return d.speed() })
	l.GBPerS = median(func(_ int, d *drained) float64 { return d.speed() * perDocument / 1e9 })
	l.Ratio = new(median(func(i int, d *drained) float64 { return d.speed() / c.scanned[i].TweetsPerS }))
	l.CPUSeconds = median(func(_ int, d *drained) float64 { return d.cpu })
	l.ReadySeconds = median(func(_ int, d *drained) float64 { return d.ready })
	l.Commits = median(func(_ int, d *drained) float64 { return d.sample.Commits })
	l.CommitSeconds = median(func(_ int, d *drained) float64 { return d.sample.CommitTime })
	if l.CPUSeconds > 0 && c.scanned[0].TweetsPerCPUS > 0 {
		l.TweetsPerCPUS = median(func(_ int, d *drained) float64 { return float64(d.documents) / d.cpu })
		l.CPURatio = new(median(func(i int, d *drained) float64 { return float64(d.documents) / d.cpu / c.scanned[i].TweetsPerCPUS }))
	}
	if cfg.Servers.Embedded {
		l.Note = embedded.Label
	}
	if c.latency != nil {
		l.Latency = new(c.latency.latency(cfg.Load, cfg.Latency))
	}
	if c.steady != nil {
		l.Steady = c.steady.steady(cfg)
	}
}

func (l *loaded) latency(load float64, lasted time.Duration) Latency {
	return Latency{
		Load: load, TweetsPerS: bench.Round(l.rate), Seconds: lasted.Seconds(), Count: len(l.latencies),
		P50: quantile(l.latencies, 0.5), P90: quantile(l.latencies, 0.9), P99: quantile(l.latencies, 0.99), Most: quantile(l.latencies, 1),
		ProduceP50: quantile(l.produced, 0.5), ProduceP99: quantile(l.produced, 0.99),
		Late: float64(l.late.Microseconds()) / 1e3,
	}
}

func (l *loaded) steady(cfg *Config) *Steady {
	trend := func(of func(s *stand.Sample) float64) Trend {
		values := make([]float64, len(l.samples))
		for i := range values {
			values[i] = of(&l.samples[i])
		}
		t := newTrend(l.times, values)
		for _, x := range []*float64{&t.Mean, &t.Slope, &t.Error} {
			*x = bench.Round(*x)
		}
		return t
	}
	return &Steady{
		Latency: l.latency(cfg.Load, cfg.Steady), Samples: len(l.samples),
		RSS:        trend(func(s *stand.Sample) float64 { return s.RSS }),
		Heap:       trend(func(s *stand.Sample) float64 { return s.Heap }),
		Live:       trend(func(s *stand.Sample) float64 { return s.Live }),
		Goroutines: trend(func(s *stand.Sample) float64 { return s.Goroutines }),
		ScanLag:    trend(func(s *stand.Sample) float64 { return s.ScanLag }),
		MergeLag:   trend(func(s *stand.Sample) float64 { return s.MergeLag }),
	}
}

// WriteTable writes the lines for people.
func WriteTable(w io.Writer, lines []Line) error {
	if len(lines) == 0 {
		return nil
	}
	l := &lines[0]
	pinned := "pinned"
	for i := range lines {
		if !lines[i].Pinned {
			pinned = "not pinned"
		}
	}
	if _, err := fmt.Fprintf(w, "%s; %s; %s; batches of up to %d bytes; scheduler and scan on 1 core, %s; medians of %d rounds%s\n\n",
		l.Machine, l.Go, l.Input, l.BatchBytes, pinned, l.Rounds, note(lines)); err != nil {
		return err
	}
	head := []string{"mix", "queries", "engine", "compression", "documents", "seconds", "tweets/s", "GB/s", "ratio to scan", "cpu s", "tweets/cpu s", "cpu ratio", "no core s"}
	var rows, loads, growth [][]string
	for i := range lines {
		l := &lines[i]
		rows = append(rows, []string{
			l.Mix, strconv.Itoa(l.Queries), l.Engine, orDash(l.Compression), strconv.FormatInt(l.Documents, 10), number(l.Seconds), number(l.TweetsPerS),
			number(l.GBPerS), maybe(l.Ratio), number(l.CPUSeconds), number(l.TweetsPerCPUS), maybe(l.CPURatio), number(l.ReadySeconds),
		})
		if l.Latency != nil {
			loads = append(loads, l.Latency.row(l))
		}
		if l.Steady != nil {
			loads = append(loads, l.Steady.row(l))
			growth = append(growth, l.Steady.rows(l)...)
		}
	}
	if err := table.Write(w, head, rows, 0); err != nil {
		return err
	}
	if err := section(w, "\nFrom append to Redis, in milliseconds:\n\n",
		[]string{"mix", "compression", "load", "tweets/s", "seconds", "batches", "p50", "p90", "p99", "max", "produce p50", "p99", "appended late by"}, loads); err != nil {
		return err
	}
	return section(w, "\nThe second half of a steady load; slope of the line of least squares, and its standard error:\n\n",
		[]string{"mix", "compression", "of", "mean", "least", "most", "per minute", "±"}, growth)
}

func section(w io.Writer, title string, head []string, rows [][]string) error {
	if len(rows) == 0 {
		return nil
	}
	if _, err := io.WriteString(w, title); err != nil {
		return err
	}
	return table.Write(w, head, rows, 0)
}

func (a *Latency) row(l *Line) []string {
	return []string{
		l.Mix, l.Compression, number(a.Load), number(a.TweetsPerS), number(a.Seconds), strconv.Itoa(a.Count),
		number(a.P50), number(a.P90), number(a.P99), number(a.Most), number(a.ProduceP50), number(a.ProduceP99), number(a.Late),
	}
}

func (s *Steady) rows(l *Line) [][]string {
	var out [][]string
	for _, of := range []struct {
		name  string
		trend Trend
	}{
		{"RSS, bytes", s.RSS},
		{"heap in use, bytes", s.Heap},
		{"heap live after a collection, bytes", s.Live},
		{"goroutines", s.Goroutines},
		{"scan lag, records", s.ScanLag},
		{"merge lag, records", s.MergeLag},
	} {
		t := of.trend
		out = append(out, []string{l.Mix, l.Compression, of.name, number(t.Mean), number(t.Least), number(t.Most), number(t.Slope), number(t.Error)})
	}
	return out
}

func note(lines []Line) string {
	for i := range lines {
		if lines[i].Note != "" {
			return " " + lines[i].Note
		}
	}
	return ""
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func number(x float64) string {
	if x == 0 {
		return "-"
	}
	return strconv.FormatFloat(x, 'f', -1, 64)
}

func maybe(x *float64) string {
	if x == nil {
		return "-"
	}
	return number(*x)
}
