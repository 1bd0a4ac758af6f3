package faults

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// struck is a fault that was done.
type struck struct {
	fault  fault
	number int
	blow   blow
	kinds  map[kind]bool // what it has aborted or interrupted; none: it was not effective
}

// batch is what struck at once.
type batch struct {
	began  time.Time
	struck []struck
}

// Report is what a run has seen.
type Report struct {
	h       *harness
	mu      sync.Mutex
	batches []batch
	took    map[string][]time.Duration // recoveries, by fault; of pairs under both names together
	skipped map[string]string
	lines   []string
}

func newReport(h *harness) *Report {
	return &Report{h: h, took: map[string][]time.Duration{}, skipped: map[string]string{}}
}

func (r *Report) skip(name, why string) { r.skipped[name] = why }

// add enters faults that struck at once.
func (r *Report) add(began time.Time, done []struck, took time.Duration, recovered bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var names []string
	for i := range done {
		names = append(names, done[i].fault.name)
	}
	if slices.Sort(names); recovered {
		key := strings.Join(names, " + ")
		r.took[key] = append(r.took[key], took)
	}
	r.batches = append(r.batches, batch{began, done})
}

// weigh finds out what the faults have aborted or interrupted: what the broker told
// of when they struck, and what was seen from then until the next ones did. A piece
// of evidence speaks for one fault.
func (r *Report) weigh() (all []struck) {
	seen := r.h.journal.since(time.Time{})
	for n, b := range r.batches {
		for i := range b.struck {
			s := &b.struck[i]
			s.kinds = map[kind]bool{}
			if len(s.blow.ids) > 0 {
				s.kinds[transaction] = true
			}
			for _, k := range s.blow.lost {
				s.kinds[k] = true
			}
		}
		for _, e := range seen {
			if e.at.Before(b.began) || n+1 < len(r.batches) && !e.at.Before(r.batches[n+1].began) {
				continue
			}
			var to *struck
			for i := range b.struck {
				s := &b.struck[i]
				if !s.fault.poison && s.claims(e) && (to == nil || len(s.kinds) < len(to.kinds) || strings.HasPrefix(s.blow.to, e.who)) {
					to = s
				}
			}
			if to != nil {
				to.kinds[e.kind] = true
			}
		}
		all = append(all, b.struck...)
	}
	return all
}

// claims tells whether evidence may come from the fault: that of whom it struck,
// and of the other schedulers if one was struck, for they share groups.
func (s *struck) claims(e evidence) bool {
	switch {
	case strings.HasPrefix(s.blow.to, "directory-monitor"), strings.HasPrefix(s.blow.to, "query-parser"):
		return strings.HasPrefix(s.blow.to, e.who)
	case strings.HasPrefix(s.blow.to, "scheduler"), s.blow.to == "redis":
		return strings.HasPrefix(e.who, "scheduler")
	case s.blow.to == "folder":
		return e.who == "directory-monitor"
	default: // the broker and its disk
		return true
	}
}

func (r *Report) say(format string, args ...any) {
	r.lines = append(r.lines, fmt.Sprintf(format, args...))
}

// finish writes the tables.
func (r *Report) finish() {
	j := r.h.journal
	type row struct {
		done, effective int
		of              map[kind]int
	}
	rows := map[string]*row{}
	done, effective := 0, 0
	for _, s := range r.weigh() {
		n := rows[s.fault.name]
		if n == nil {
			n = &row{of: map[kind]int{}}
			rows[s.fault.name] = n
		}
		n.done++
		if !s.fault.poison {
			done++
		}
		if len(s.kinds) > 0 {
			n.effective++
			effective++
		}
		for k := range s.kinds {
			n.of[k]++
		}
	}
	r.say("%-34s %5s %9s %12s %8s %6s %10s", "fault", "done", "effective", transaction, restore, flush, rebalance)
	for _, name := range slices.Sorted(maps.Keys(rows)) {
		n := rows[name]
		r.say("%-34s %5d %9d %12d %8d %6d %10d", name, n.done, n.effective, n.of[transaction], n.of[restore], n.of[flush], n.of[rebalance])
	}
	r.say("%d faults, %d of them effective", done, effective)
	for _, name := range slices.Sorted(maps.Keys(r.skipped)) {
		r.say("skipped: %s: %s", name, r.skipped[name])
	}
	var all, kills []time.Duration
	for key, took := range r.took {
		all = append(all, took...)
		if strings.HasPrefix(key, "kill-") && !strings.Contains(key, "+") {
			kills = append(kills, took...)
		}
	}
	r.say("recovery after the end of a fault: %s; after a kill alone: %s", quantiles(all), quantiles(kills))
	for _, name := range slices.Sorted(maps.Keys(r.h.observer.usage)) {
		u := r.h.observer.usage[name]
		r.say("%-20s at most %4d MB resident, %4d goroutines, %4d files", name, u.Resident>>20, u.Goroutines, u.Files)
	}
	for _, what := range slices.Sorted(maps.Keys(j.notes)) {
		r.say("%3d × %s", j.notes[what], what)
	}
}

func quantiles(all []time.Duration) string {
	if len(all) == 0 {
		return "none"
	}
	slices.Sort(all)
	at := func(q float64) time.Duration { return all[int(q*float64(len(all)-1)+0.5)].Round(10 * time.Millisecond) }
	return fmt.Sprintf("%d times, median %s, p99 %s, longest %s", len(all), at(0.5), at(0.99), at(1))
}

// Print writes the report.
func (r *Report) Print(w io.Writer) error {
	for _, line := range r.lines {
		if _, err := fmt.Fprintln(w, line); err != nil {
			return err
		}
	}
	for _, text := range r.h.journal.violations() {
		if _, err := fmt.Fprintln(w, "VIOLATION", text); err != nil {
			return err
		}
	}
	return nil
}

// Seed returns the seed of the run.
func (r *Report) Seed() uint64 { return r.h.cfg.Seed }
