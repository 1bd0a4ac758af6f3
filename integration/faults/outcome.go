package faults

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/segmentio/encoding/json"
)

// outcome is a run as it is written down.
type outcome struct {
	Seed       uint64   `json:"seed"`
	At         string   `json:"at"`
	Seconds    float64  `json:"seconds"` // of faults
	Only       []string `json:"only,omitempty"`
	Planted    string   `json:"planted,omitempty"`
	Verdict    string   `json:"verdict"`
	Judged     bool     `json:"judged"`
	Markers    int      `json:"markers,omitempty"` // written by hand
	Caught     string   `json:"caught,omitempty"`  // by which check a planted bug was
	Violations []string `json:"violations,omitempty"`
	Lines      int      `json:"lines"`
	Queries    int      `json:"queries"`
	Recoveries []int64  `json:"recoveries_ms,omitempty"` // -1: not in time
	Faults     tally    `json:"faults"`
}

// Append writes the run down at the end of a file, as one line of JSON.
func (r *Report) Append(path string) (err error) {
	o := outcome{
		Seed: r.h.cfg.Seed, At: time.Now().UTC().Format(time.RFC3339), Seconds: r.seconds, Only: r.h.cfg.Only,
		Planted: r.h.cfg.Planted, Verdict: r.promise(), Judged: r.judged, Markers: r.markers,
		Violations: r.h.journal.violations(), Lines: r.Lines, Queries: r.Queries, Faults: r.tally,
	}
	o.Violations = o.Violations[:min(len(o.Violations), 5)]
	if r.caught != nil {
		o.Caught, o.Violations = r.caught.name, []string{r.caught.text}
	}
	for _, d := range r.took {
		ms := d.Milliseconds()
		if d == never {
			ms = -1
		}
		o.Recoveries = append(o.Recoveries, ms)
	}
	text, err := json.Marshal(o)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	_, err = f.Write(append(text, '\n'))
	return err
}

// summary adds up runs.
type summary struct {
	all                          tally
	runs, broken, lines, markers int
	unmade                       int // runs that were not made: they count for nothing
	spent                        float64
	took                         []time.Duration
	list, bugs                   strings.Builder
}

// Sum prints the table of all runs that were written down in a file, and of each
// of them what it was; those with a planted bug apart.
func Sum(path string, w io.Writer) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	s := summary{all: tally{}}
	in := bufio.NewScanner(f)
	in.Buffer(nil, 1<<20)
	for n := 1; in.Scan(); n++ {
		var o outcome
		if err := json.Unmarshal(in.Bytes(), &o); err != nil {
			return fmt.Errorf("%s line %d: %w", path, n, err)
		}
		s.add(&o)
	}
	if err := in.Err(); err != nil {
		return err
	}
	return s.print(w)
}

// add adds a run.
func (s *summary) add(o *outcome) {
	sum, only := o.Faults.sum(), "all"
	if len(o.Only) > 0 {
		only = strings.Join(o.Only, ", ")
	}
	if o.Planted != "" {
		by := o.Caught
		if by == "" {
			by = "NOT CAUGHT"
			o.Violations = nil
		}
		fmt.Fprintf(&s.bugs, "| `%s` | %d | %s | %d | %d | %s | %s |\n", o.Planted, o.Seed, only, sum.Done, sum.Effective, by,
			strings.Join(strings.Fields(first(o.Violations)), " "))
		return
	}
	fmt.Fprintf(&s.list, "| %d | %s | %.0f s | %d | %d | %.1f | %s |\n", o.Seed, only, o.Seconds, sum.Done, sum.Effective,
		float64(sum.Effective)/max(o.Seconds, 1)*60, o.Verdict)
	switch {
	case strings.HasPrefix(o.Verdict, "kept"):
	case strings.HasPrefix(o.Verdict, "broken"):
		s.broken++
	default:
		s.unmade++
		return
	}
	s.all.merge(o.Faults)
	s.runs, s.lines, s.spent, s.markers = s.runs+1, s.lines+o.Lines, s.spent+o.Seconds, s.markers+o.Markers
	for _, ms := range o.Recoveries {
		took := time.Duration(ms) * time.Millisecond
		if ms < 0 {
			took = never
		}
		s.took = append(s.took, took)
	}
}

// print prints the tables.
func (s *summary) print(w io.Writer) error {
	sum := s.all.sum()
	_, err := fmt.Fprintf(w, "%s\n| seed | of | faults for | done | effective | a minute | promise |\n| --- | --- | --- | --- | --- | --- | --- |\n%s\n"+
		"%d runs, %d of them broke the promise, %d more were not made; %d markers by hand; %.0f s of faults, %d faults, %d effective, %.1f a minute; %d lines\nrecovery after the end of a round of faults: %s\n",
		s.all.table(), s.list.String(), s.runs, s.broken, s.unmade, s.markers, s.spent, sum.Done, sum.Effective, float64(sum.Effective)/max(s.spent, 1)*60, s.lines, quantiles(s.took))
	if err == nil && s.bugs.Len() > 0 {
		_, err = fmt.Fprintf(w, "\n| planted bug | seed | of | faults | effective | caught by the check of | as |\n| --- | --- | --- | --- | --- | --- | --- |\n%s", s.bugs.String())
	}
	return err
}

func first(all []string) string {
	if len(all) == 0 {
		return "nothing"
	}
	text := all[0]
	if len(text) > 160 {
		text = text[:160] + "…"
	}
	return text
}
