package bench

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/segmentio/encoding/json"

	"github.com/millrace/millrace/services/millrace/internal/bench/engine"
	"github.com/millrace/millrace/services/millrace/internal/table"
)

// Line is what one cell came to: medians of all rounds. With several cores times per
// document are of all of them together.
type Line struct {
	Engine       string `json:"engine"`
	Acceleration string `json:"acceleration"` // the decoder's path
	Queries      int    `json:"queries"`
	Mix          string `json:"mix"`
	Share        string `json:"share"` // the level, of the engine shared
	Cores        int    `json:"cores"`
	Pinned       bool   `json:"pinned"`

	Input     string `json:"input"`
	Documents int    `json:"documents"` // of one pass: a prefix of the input, where there was no time for more
	Of        int    `json:"of"`        // documents that the input has
	Bytes     int64  `json:"bytes"`     // of the documents of one pass

	TweetsPerS      float64  `json:"tweets_per_s"`
	GBPerS          float64  `json:"gb_per_s"`
	MatchesPerTweet float64  `json:"matches_per_tweet"` // pairs of a query and a document
	NsPerTweet      float64  `json:"ns_per_tweet"`
	AddedNsPerTweet *float64 `json:"added_ns_per_tweet"` // over one query in the same round
	Ratio           *float64 `json:"ratio"`              // of tweets_per_s to that of one query in the same round

	// Of tweets_per_s to that on the least number of cores, in the same round.
	CoresRatio *float64 `json:"cores_ratio,omitempty"`

	// By processor time, which tells more than the clock on a machine that is shared.
	CPUSeconds    float64  `json:"cpu_s"` // of one pass
	TweetsPerCPUS float64  `json:"tweets_per_cpu_s"`
	AddedCPUNs    *float64 `json:"added_cpu_ns_per_tweet"`
	CPURatio      *float64 `json:"cpu_ratio"`

	BytesPerQuery float64  `json:"bytes_per_query"`
	AddAllS       float64  `json:"add_all_s"`  // all queries, one after the other, and one program at the end
	AddP50        *float64 `json:"add_p50_us"` // one query beside the others, until its program is there
	AddP99        *float64 `json:"add_p99_us"`
	ChangesPerS   float64  `json:"changes_per_s,omitempty"` // queries added or dropped while it ran
	Fallbacks     int64    `json:"fallbacks"`               // documents for which the decoder left its fast path: none

	Rounds  int    `json:"rounds"`
	Seed    uint64 `json:"seed"`
	Date    string `json:"date"`
	Machine string `json:"machine"`
	Go      string `json:"go"`
}

// report makes the lines.
func report(cfg *Config, cells []*cell, pinned bool) []Line {
	lines := make([]Line, len(cells))
	date, machine := time.Now().UTC().Format(time.RFC3339), MachineName()
	for i, c := range cells {
		_, size := cfg.Input.prefix(c.prefix)
		ns := c.median(func(s sample) float64 { return s.ns })
		cpu := c.median(func(s sample) float64 { return s.cpu })
		l := Line{
			Engine: c.engine, Queries: c.n, Mix: c.set.name, Share: c.level, Cores: c.cores, Pinned: pinned,
			Input: cfg.Input.Name, Documents: c.prefix, Of: cfg.Input.Documents, Bytes: size,
			TweetsPerS: Round(1e9 / ns), GBPerS: Round(float64(size) / float64(c.prefix) / ns), NsPerTweet: Round(ns),
			MatchesPerTweet: Round(c.median(func(s sample) float64 { return s.matches })),
			CPUSeconds:      Round(cpu * float64(c.prefix)),
			BytesPerQuery:   Round(c.median(func(s sample) float64 { return s.bytes })),
			AddAllS:         Round(c.median(func(s sample) float64 { return s.addAll })),
			ChangesPerS:     Round(c.median(func(s sample) float64 { return s.changes })),
			Rounds:          cfg.Rounds, Seed: cfg.Seed, Date: date, Machine: machine, Go: runtime.Version(),
		}
		if cpu > 0 {
			l.TweetsPerCPUS = Round(1 / cpu)
		}
		if e, err := engine.New(c.engine, c.opts); err == nil {
			l.Acceleration = e.Acceleration()
		}
		wall, processor := func(s sample) float64 { return s.ns }, func(s sample) float64 { return s.cpu * 1e9 }
		if base := baseOf(cells, c); base != nil {
			l.AddedNsPerTweet, l.Ratio = c.against(base, wall)
			if cpu > 0 {
				l.AddedCPUNs, l.CPURatio = c.against(base, processor)
			}
		}
		if least := leastOf(cells, c); least != c {
			_, l.CoresRatio = c.against(least, wall)
		}
		for _, s := range c.samples {
			l.Fallbacks += s.fallbacks
		}
		if len(c.adds) > 0 {
			slices.Sort(c.adds)
			p50, p99 := Round(micros(Quantile(c.adds, 0.5))), Round(micros(Quantile(c.adds, 0.99)))
			l.AddP50, l.AddP99 = &p50, &p99
		}
		lines[i] = l
	}
	return lines
}

// baseOf returns the cell of one query that c is compared with, nil for none.
func baseOf(cells []*cell, c *cell) *cell {
	i := slices.IndexFunc(cells, func(o *cell) bool { return o.n == 1 && o.cores == c.cores && c.alike(o) })
	if i < 0 {
		return nil
	}
	return cells[i]
}

// leastOf returns the cell with the least number of cores that is otherwise as c.
func leastOf(cells []*cell, c *cell) *cell {
	for _, o := range cells {
		if o.cores < c.cores && o.n == c.n && c.alike(o) {
			c = o
		}
	}
	return c
}

// alike reports whether two cells differ in the numbers of queries and cores at most.
func (c *cell) alike(o *cell) bool {
	return o.engine == c.engine && o.level == c.level && o.set == c.set && o.opts.Portable == c.opts.Portable
}

// against compares times per document with those of base, round by round: what is
// added, and the ratio of speeds.
func (c *cell) against(base *cell, of func(s sample) float64) (added, ratio *float64) {
	a := Round(MedianOf(len(c.samples), func(i int) float64 { return of(c.samples[i]) - of(base.samples[i]) }))
	r := Round(MedianOf(len(c.samples), func(i int) float64 { return of(base.samples[i]) / of(c.samples[i]) }))
	return &a, &r
}

func (c *cell) median(of func(s sample) float64) float64 {
	return MedianOf(len(c.samples), func(i int) float64 { return of(c.samples[i]) })
}

// MedianOf returns the median of n numbers, the higher one of the two in the middle.
func MedianOf(n int, of func(i int) float64) float64 {
	if n == 0 {
		return 0
	}
	all := make([]float64, n)
	for i := range all {
		all[i] = of(i)
	}
	slices.Sort(all)
	return all[n/2]
}

// Quantile returns the least of sorted times that is not below the share q of all, 0 of
// none.
func Quantile(sorted []time.Duration, q float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(max(int(math.Ceil(q*float64(len(sorted))))-1, 0), len(sorted)-1)]
}

func micros(d time.Duration) float64 { return d.Seconds() * 1e6 }

// Round keeps four digits.
func Round(x float64) float64 {
	if x == 0 || math.IsNaN(x) || math.IsInf(x, 0) {
		return 0
	}
	v, err := strconv.ParseFloat(strconv.FormatFloat(x, 'g', 4, 64), 64)
	if err != nil {
		return x
	}
	return v
}

// WriteJSON writes one object a line.
func WriteJSON[L any](w io.Writer, lines []L) error {
	for i := range lines {
		b, err := json.Marshal(&lines[i])
		if err != nil {
			return err
		}
		if _, err := w.Write(append(b, '\n')); err != nil {
			return err
		}
	}
	return nil
}

// WriteTable writes the lines for people.
func WriteTable(w io.Writer, lines []Line) error {
	if len(lines) == 0 {
		return nil
	}
	l := &lines[0]
	pinned := ", pinned"
	if !l.Pinned {
		pinned = ", not pinned"
	}
	if _, err := fmt.Fprintf(w, "%s; %s; %s: %d documents%s; medians of %d rounds\n\n",
		l.Machine, l.Go, l.Input, l.Of, pinned, l.Rounds); err != nil {
		return err
	}
	head := []string{"mix", "engine", "share", "decoder", "cores", "queries", "documents", "tweets/s", "GB/s", "ratio", "of one core", "ns/tweet", "added", "matches", "tweets/cpu s", "cpu ratio", "cpu added", "bytes/query", "add all s", "add p50 µs", "p99 µs"}
	var rows [][]string
	for i := range lines {
		l := &lines[i]
		rows = append(rows, []string{
			l.Mix, l.Engine, orDash(l.Share), l.Acceleration, strconv.Itoa(l.Cores), strconv.Itoa(l.Queries), strconv.Itoa(l.Documents),
			number(l.TweetsPerS), number(l.GBPerS), maybe(l.Ratio), maybe(l.CoresRatio), number(l.NsPerTweet), maybe(l.AddedNsPerTweet),
			number(l.MatchesPerTweet), number(l.TweetsPerCPUS), maybe(l.CPURatio), maybe(l.AddedCPUNs), number(l.BytesPerQuery), number(l.AddAllS), maybe(l.AddP50), maybe(l.AddP99),
		})
	}
	return table.Write(w, head, rows, 0)
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func number(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }

func maybe(x *float64) string {
	if x == nil {
		return "-"
	}
	return number(*x)
}

// MachineName names the processor.
func MachineName() string {
	file, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return runtime.GOOS + "/" + runtime.GOARCH
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if name, value, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOOS + "/" + runtime.GOARCH
}
