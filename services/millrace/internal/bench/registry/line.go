package registry

import (
	"fmt"
	"io"
	"runtime"
	"slices"
	"strconv"
	"time"

	"github.com/millrace/millrace/libs/embedded"
	"github.com/millrace/millrace/services/millrace/internal/bench"
	"github.com/millrace/millrace/services/millrace/internal/table"
)

// Line is what a run came to. Times are in seconds where their names end in _s and in
// milliseconds where they end in _ms.
type Line struct {
	Engine  string `json:"engine"` // registry
	Mix     string `json:"mix"`
	Queries int    `json:"queries"`
	Cores   int    `json:"cores"` // of the scheduler
	Pinned  bool   `json:"pinned"`

	First  Start `json:"first_start"`   // which finds no checkpoint
	Start  Start `json:"start"`         // medians over Starts
	Slow   Start `json:"slowest_start"` // the longest of each
	Starts int   `json:"starts"`

	TweetsPerS float64 `json:"tweets_per_s"`   // that came meanwhile
	QuietPause float64 `json:"quiet_pause_ms"` // the longest time between two transactions of the scan, without changes
	Adds       Adds    `json:"adds"`
	Many       Many    `json:"many"`
	Drop       Many    `json:"drop"`
	Heap       Heap    `json:"heap"`

	Note    string `json:"note,omitempty"`
	Seed    uint64 `json:"seed"`
	Date    string `json:"date"`
	Machine string `json:"machine"`
	Go      string `json:"go"`
}

// Start is how long a scheduler took: Kafka is from the start of its process until
// Kafka had answered, and all others are from then on.
type Start struct {
	Kafka    float64 `json:"process_to_kafka_s"`
	Registry float64 `json:"registry_s"` // the registry is read and the plan built
	Ready    float64 `json:"ready_s"`
	Commit   float64 `json:"first_commit_s"`        // the scan's first transaction is seen
	CPU      float64 `json:"cpu_s"`                 // processor time of the process until it was ready
	Waited   float64 `json:"no_core_s"`             // until then, in which it waited for its core: others had it
	Live     float64 `json:"all_live_s,omitempty"`  // of the first start
	CaughtUp float64 `json:"caught_up_s,omitempty"` // of the last: a query that was added when it was ready is live
}

// Adds are queries that were added one at a time: from before the record was written to
// the registry.
type Adds struct {
	Count   int     `json:"count"`
	Build   Spans   `json:"plan_build_ms"` // in the scheduler, of the record and of the program
	Planned Spans   `json:"in_plan_ms"`    // the first transaction of the scan with it is seen
	Live    Spans   `json:"live_ms"`
	Pause   float64 `json:"pause_ms"`
}

// Spans are quantiles of times in milliseconds.
type Spans struct {
	P50  float64 `json:"p50"`
	P99  float64 `json:"p99"`
	Most float64 `json:"max"`
}

// Many are queries that were added, or dropped, at once.
type Many struct {
	Count   int     `json:"count"`
	Written float64 `json:"written_s"` // to the registry
	Build   float64 `json:"plan_build_s"`
	Builds  float64 `json:"plan_builds"`
	Planned float64 `json:"in_plan_s"` // the first transaction of the scan with all is seen
	Done    float64 `json:"done_s"`    // all are live, or none is listed in Redis any more
	Pause   float64 `json:"pause_ms,omitempty"`
}

// Heap is what collections of garbage left, in bytes.
type Heap struct {
	Empty    float64 `json:"empty_bytes"`   // without queries, before
	Full     float64 `json:"full_bytes"`    // with all of them
	After    float64 `json:"dropped_bytes"` // when all are dropped
	Rested   float64 `json:"rested_bytes"`  // and nothing has happened for Rest
	Rest     float64 `json:"rest_s"`
	PerQuery float64 `json:"bytes_per_query"`
}

func (r *runner) line() Line {
	d := &r.result
	l := Line{
		Engine: "registry", Mix: r.Mix, Queries: r.Queries, Cores: 1, Pinned: d.pinned,
		First: startOf(&d.first), Starts: len(d.starts), TweetsPerS: r.Rate, QuietPause: milliseconds(d.quiet),
		Many: manyOf(&d.many, r.Many, d.manyPause), Drop: manyOf(&d.drop, len(r.texts), 0),
		Heap: Heap{Empty: d.empty, Full: d.full, After: d.after, Rested: d.rested, Rest: seconds(r.Rest), PerQuery: bench.Round((d.full - d.empty) / float64(len(r.texts)))},
		Seed: r.Seed, Date: time.Now().UTC().Format(time.RFC3339), Machine: bench.MachineName(), Go: runtime.Version(),
	}
	if r.Servers.Embedded {
		l.Note = embedded.Label
	}
	of := func(pick func(s *Start) float64) (median, most float64) {
		all := make([]float64, len(d.starts))
		for i := range all {
			s := startOf(&d.starts[i])
			all[i] = pick(&s)
		}
		return bench.MedianOf(len(all), func(i int) float64 { return all[i] }), slices.Max(all)
	}
	l.Start.Kafka, l.Slow.Kafka = of(func(s *Start) float64 { return s.Kafka })
	l.Start.Registry, l.Slow.Registry = of(func(s *Start) float64 { return s.Registry })
	l.Start.Ready, l.Slow.Ready = of(func(s *Start) float64 { return s.Ready })
	l.Start.Commit, l.Slow.Commit = of(func(s *Start) float64 { return s.Commit })
	l.Start.CPU, l.Slow.CPU = of(func(s *Start) float64 { return s.CPU })
	l.Start.Waited, l.Slow.Waited = of(func(s *Start) float64 { return s.Waited })
	l.Start.CaughtUp = startOf(&d.starts[len(d.starts)-1]).CaughtUp
	l.Adds = Adds{
		Count: len(d.adds), Pause: milliseconds(d.addsPause),
		Build:   spans(d.adds, func(a *added) time.Duration { return a.build }),
		Planned: spans(d.adds, func(a *added) time.Duration { return a.planned }),
		Live:    spans(d.adds, func(a *added) time.Duration { return a.live }),
	}
	return l
}

func startOf(s *started) Start {
	l := Start{
		Kafka: seconds(s.kafka), Registry: seconds(s.registry - s.kafka), Ready: seconds(s.ready - s.kafka), Commit: seconds(s.commit - s.kafka),
		CPU: bench.Round(s.cpu), Waited: bench.Round(s.waited),
	}
	if s.live > 0 {
		l.Live = seconds(s.live - s.kafka)
	}
	if s.caughtUp > 0 {
		l.CaughtUp = seconds(s.caughtUp - s.kafka)
	}
	return l
}

func manyOf(a *added, count int, pause time.Duration) Many {
	return Many{
		Count: count, Written: seconds(a.written), Build: seconds(a.build), Builds: a.builds,
		Planned: seconds(a.planned), Done: seconds(a.live), Pause: milliseconds(pause),
	}
}

func spans(adds []added, of func(a *added) time.Duration) Spans {
	all := make([]time.Duration, len(adds))
	for i := range all {
		all[i] = of(&adds[i])
	}
	slices.Sort(all)
	at := func(q float64) float64 { return milliseconds(bench.Quantile(all, q)) }
	return Spans{P50: at(0.5), P99: at(0.99), Most: at(1)}
}

func seconds(d time.Duration) float64      { return bench.Round(d.Seconds()) }
func milliseconds(d time.Duration) float64 { return bench.Round(d.Seconds() * 1e3) }

// WriteTable writes the line for people.
func WriteTable(w io.Writer, l *Line) error {
	pinned := "pinned"
	if !l.Pinned {
		pinned = "not pinned"
	}
	note := ""
	if l.Note != "" {
		note = " " + l.Note
	}
	if _, err := fmt.Fprintf(w, "%s; %s; %d queries of %s; scheduler on %d core, %s; medians of %d starts; %s posts a second while queries come%s\n\n",
		l.Machine, l.Go, l.Queries, l.Mix, l.Cores, pinned, l.Starts, number(l.TweetsPerS), note); err != nil {
		return err
	}
	start := func(name string, s *Start) []string {
		return []string{name, number(s.Kafka), number(s.Registry), number(s.Ready), number(s.Commit), number(s.Live), number(s.CaughtUp), number(s.CPU), number(s.Waited)}
	}
	many := func(name string, m *Many) []string {
		return []string{name, strconv.Itoa(m.Count), number(m.Written), number(m.Build), number(m.Builds), number(m.Planned), number(m.Done), number(m.Pause)}
	}
	one := func(name string, s *Spans) []string {
		return []string{name, number(s.P50), number(s.P99), number(s.Most)}
	}
	for _, part := range []struct {
		title string
		head  []string
		rows  [][]string
	}{
		{"", []string{"start, seconds", "process to Kafka", "Kafka to registry", "to ready", "to first commit", "to all live", "caught up", "cpu s", "no core s"}, [][]string{
			start("first", &l.First), start("median", &l.Start), start("longest", &l.Slow),
		}},
		{fmt.Sprintf("\n%d queries one at a time, milliseconds:\n\n", l.Adds.Count), []string{"", "p50", "p99", "max"}, [][]string{
			one("plan built", &l.Adds.Build), one("scanned with", &l.Adds.Planned), one("live", &l.Adds.Live),
		}},
		{"\nAt once, seconds:\n\n", []string{"", "queries", "written", "plan built", "builds", "scanned with", "live, or gone", "longest pause, ms"}, [][]string{
			many("added", &l.Many), many("dropped", &l.Drop),
		}},
		{"\nThe scan's longest pause, milliseconds:\n\n", []string{"", "ms"}, [][]string{
			{"no query comes", number(l.QuietPause)}, {"one at a time", number(l.Adds.Pause)}, {"at once", number(l.Many.Pause)},
		}},
		{"\nHeap after a collection, bytes:\n\n", []string{"", "bytes"}, [][]string{
			{"without queries", number(l.Heap.Empty)}, {"with all", number(l.Heap.Full)}, {"all dropped", number(l.Heap.After)}, {"and " + number(l.Heap.Rest) + " s later", number(l.Heap.Rested)}, {"a query", number(l.Heap.PerQuery)},
		}},
	} {
		if _, err := io.WriteString(w, part.title); err != nil {
			return err
		}
		if err := table.Write(w, part.head, part.rows, 0); err != nil {
			return err
		}
	}
	return nil
}

func number(x float64) string {
	if x == 0 {
		return "-"
	}
	return strconv.FormatFloat(x, 'f', -1, 64)
}
