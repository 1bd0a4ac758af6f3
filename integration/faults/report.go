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
	fault        fault
	number       int
	blow         blow
	began, ended time.Time
	kinds        map[kind]bool // what it has aborted or interrupted; none: it was not effective
}

// Report is what a run has seen.
type Report struct {
	h       *harness
	mu      sync.Mutex
	begun   int
	struck  []struck
	took    []time.Duration // recoveries, after rounds
	skipped map[string]string
	tally   tally
	seconds float64 // that faults struck
	lines   []string

	Lines   int // of input
	Queries int // that were compared in the end
}

func newReport(h *harness) *Report {
	return &Report{h: h, skipped: map[string]string{}, tally: tally{}}
}

func (r *Report) skip(name, why string) { r.skipped[name] = why }

// begin numbers a fault.
func (r *Report) begin() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.begun++
	return r.begun
}

// add enters faults that are over.
func (r *Report) add(done ...struck) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.struck = append(r.struck, done...)
}

// recovered enters how long after a round results took to include everything.
func (r *Report) recovered(took time.Duration, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if ok {
		r.took = append(r.took, took)
	}
}

// aftermath is for how long after a fault what is seen may be its doing.
const aftermath = time.Second

// weigh finds out what the faults have aborted or interrupted: what was open when
// they struck, and what was seen of those whom they struck from then until a second
// after their end. A piece of evidence speaks for one fault, the last of those that
// it may be of.
func (r *Report) weigh() []struck {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := slices.Clone(r.struck)
	for i := range all {
		s := &all[i]
		s.kinds = map[kind]bool{}
		if len(s.blow.ids) > 0 {
			s.kinds[transaction] = true
		}
		for _, k := range s.blow.lost {
			s.kinds[k] = true
		}
	}
	for _, e := range r.h.journal.since(time.Time{}) {
		var to *struck
		for i := range all {
			if s := &all[i]; s.claims(e) && (to == nil || to.closer(s, e)) {
				to = s
			}
		}
		if to != nil {
			to.kinds[e.kind] = true
		}
	}
	return all
}

// claims tells whether evidence may come from the fault. Without Redis transactions
// and rebalances go on.
func (s *struck) claims(e evidence) bool {
	if s.blow.to == "redis" && e.kind != flush && e.kind != restore {
		return false
	}
	return !s.fault.poison && strings.HasPrefix(e.who, s.blow.whose) && !e.at.Before(s.began) && !e.at.After(s.ended.Add(aftermath))
}

// closer tells whether evidence is of another fault rather than of s: one that
// struck whom it is about, else the one that began last.
func (s *struck) closer(o *struck, e evidence) bool {
	if mine, others := s.blow.whose == e.who, o.blow.whose == e.who; mine != others {
		return others
	}
	return s.began.Before(o.began)
}

func (r *Report) say(format string, args ...any) {
	r.lines = append(r.lines, fmt.Sprintf(format, args...))
}

// finish writes the tables.
func (r *Report) finish(struckFor time.Duration) {
	j := r.h.journal
	r.seconds = struckFor.Seconds()
	for _, s := range r.weigh() {
		if s.fault.poison {
			r.tally.poison(s.fault.name)
		} else {
			r.tally.add(s.fault.name, s.kinds)
		}
	}
	for line := range strings.Lines(r.tally.table()) {
		r.say("%s", strings.TrimSuffix(line, "\n"))
	}
	all := r.tally.sum()
	r.say("%d faults, %d of them effective, %.1f a minute", all.Done, all.Effective, float64(all.Effective)/max(struckFor.Minutes(), 1e-9))
	for _, name := range slices.Sorted(maps.Keys(r.skipped)) {
		r.say("skipped: %s: %s", name, r.skipped[name])
	}
	r.say("recovery after the end of a round of faults: %s", quantiles(r.took))
	for _, name := range slices.Sorted(maps.Keys(r.h.observer.usage)) {
		u := r.h.observer.usage[name]
		r.say("%-20s at most %4d MB resident, %4d goroutines, %4d files", name, u.Resident>>20, u.Goroutines, u.Files)
	}
	for _, what := range slices.Sorted(maps.Keys(j.notes)) {
		r.say("%3d × %s", j.notes[what], what)
	}
}

// verdict tells whether a planted bug was caught.
func (r *Report) verdict() error {
	wrong, all := r.h.journal.violations(), r.tally.sum()
	if len(wrong) == 0 {
		return fmt.Errorf("the planted bug %s was not caught by %d faults, %d of them effective", r.h.cfg.Planted, all.Done, all.Effective)
	}
	r.say("the planted bug %s was caught after %d faults, %d of them effective: %s", r.h.cfg.Planted, all.Done, all.Effective, first(wrong))
	return nil
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
