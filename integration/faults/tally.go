package faults

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/segmentio/encoding/json"
)

// Row says how often a fault was done, and how often it aborted or interrupted
// what. One that interrupted two things counts once as effective.
type Row struct {
	Done      int          `json:"done"`
	Effective int          `json:"effective"`
	Of        map[kind]int `json:"of,omitempty"`
	Poison    bool         `json:"poison,omitempty"` // it is not asked to interrupt anything
}

// tally is the histogram of a run or of several, by fault.
type tally map[string]*Row

func (t tally) row(name string) *Row {
	if t[name] == nil {
		t[name] = &Row{Of: map[kind]int{}}
	}
	return t[name]
}

func (t tally) add(name string, kinds map[kind]bool) {
	r := t.row(name)
	if r.Done++; len(kinds) > 0 {
		r.Effective++
	}
	for k := range kinds {
		r.Of[k]++
	}
}

func (t tally) poison(name string) {
	r := t.row(name)
	r.Poison = true
	r.Done++
}

// merge adds another tally.
func (t tally) merge(o tally) {
	for name, r := range o {
		to := t.row(name)
		to.Done, to.Effective, to.Poison = to.Done+r.Done, to.Effective+r.Effective, r.Poison
		for k, n := range r.Of {
			to.Of[k] += n
		}
	}
}

// sum adds up all faults that are asked to interrupt something.
func (t tally) sum() Row {
	all := Row{Of: map[kind]int{}}
	for _, r := range t {
		if r.Poison {
			continue
		}
		all.Done, all.Effective = all.Done+r.Done, all.Effective+r.Effective
		for k, n := range r.Of {
			all.Of[k] += n
		}
	}
	return all
}

// table prints the tally as it stands in the documents.
func (t tally) table() string {
	var b strings.Builder
	b.WriteString("| fault | done | effective | transaction | restore | flush | rebalance |\n| --- | --- | --- | --- | --- | --- | --- |\n")
	line := func(name string, r *Row) {
		fmt.Fprintf(&b, "| %s | %d | %d | %d | %d | %d | %d |\n", name, r.Done, r.Effective, r.Of[transaction], r.Of[restore], r.Of[flush], r.Of[rebalance])
	}
	for _, name := range slices.Sorted(maps.Keys(t)) {
		if r := t[name]; r.Poison {
			fmt.Fprintf(&b, "| `%s` | %d | | | | | |\n", name, r.Done)
		} else {
			line("`"+name+"`", r)
		}
	}
	all := t.sum()
	line("all", &all)
	return b.String()
}

// outcome is a run as it is written down.
type outcome struct {
	Seed       uint64   `json:"seed"`
	At         string   `json:"at"`
	Seconds    float64  `json:"seconds"` // of faults
	Only       []string `json:"only,omitempty"`
	Planted    string   `json:"planted,omitempty"`
	Verdict    string   `json:"verdict"`
	Violations []string `json:"violations,omitempty"`
	Lines      int      `json:"lines"`
	Queries    int      `json:"queries"`
	Recoveries []int64  `json:"recoveries_ms,omitempty"`
	Faults     tally    `json:"faults"`
}

// Append writes the run down at the end of a file, as one line of JSON.
func (r *Report) Append(path string) (err error) {
	o := outcome{
		Seed: r.h.cfg.Seed, At: time.Now().UTC().Format(time.RFC3339), Seconds: r.seconds, Only: r.h.cfg.Only,
		Planted: r.h.cfg.Planted, Verdict: "kept", Violations: r.h.journal.violations(), Lines: r.Lines, Queries: r.Queries, Faults: r.tally,
	}
	if len(o.Violations) > 0 {
		o.Verdict = "broken"
		o.Violations = o.Violations[:min(len(o.Violations), 5)]
	}
	for _, d := range r.took {
		o.Recoveries = append(o.Recoveries, d.Milliseconds())
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

// Sum prints the table of all runs that were written down in a file, and of each
// of them what it was; those with a planted bug apart.
func Sum(path string, w io.Writer) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	all, broken, runs, lines := tally{}, 0, 0, 0
	var took []time.Duration
	var list, bugs strings.Builder
	var spent float64
	in := bufio.NewScanner(f)
	in.Buffer(nil, 1<<20)
	for n := 1; in.Scan(); n++ {
		var o outcome
		if err := json.Unmarshal(in.Bytes(), &o); err != nil {
			return fmt.Errorf("%s line %d: %w", path, n, err)
		}
		sum := o.Faults.sum()
		if o.Planted != "" {
			fmt.Fprintf(&bugs, "| `%s` | %d | %d | %d | %s |\n", o.Planted, o.Seed, sum.Done, sum.Effective, strings.Join(strings.Fields(first(o.Violations)), " "))
			continue
		}
		all.merge(o.Faults)
		runs, lines, spent = runs+1, lines+o.Lines, spent+o.Seconds
		if o.Verdict != "kept" {
			broken++
		}
		for _, ms := range o.Recoveries {
			took = append(took, time.Duration(ms)*time.Millisecond)
		}
		fmt.Fprintf(&list, "| %d | %.0f s | %d | %d | %.1f | %s |\n", o.Seed, o.Seconds, sum.Done, sum.Effective, float64(sum.Effective)/max(o.Seconds, 1)*60, o.Verdict)
	}
	if err := in.Err(); err != nil {
		return err
	}
	sum := all.sum()
	_, err = fmt.Fprintf(w, "%s\n| seed | faults for | done | effective | a minute | promise |\n| --- | --- | --- | --- | --- | --- |\n%s\n"+
		"%d runs, %d of them broke the promise; %.0f s of faults, %d faults, %d effective, %.1f a minute; %d lines\nrecovery after the end of a round of faults: %s\n",
		all.table(), list.String(), runs, broken, spent, sum.Done, sum.Effective, float64(sum.Effective)/max(spent, 1)*60, lines, quantiles(took))
	if err == nil && bugs.Len() > 0 {
		_, err = fmt.Fprintf(w, "\n| planted bug | seed | faults | effective | caught as |\n| --- | --- | --- | --- | --- |\n%s", bugs.String())
	}
	return err
}

func first(all []string) string {
	if len(all) == 0 {
		return "NOT CAUGHT"
	}
	text := all[0]
	if len(text) > 160 {
		text = text[:160] + "…"
	}
	return text
}
