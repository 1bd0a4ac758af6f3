package faults

import (
	"fmt"
	"io"
	"maps"
	"math"
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
	delayed      bool          // it has held something up
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
	judged  bool    // the run was made: everything was compared
	markers int     // that the broker had forgotten to write
	caught  *check  // what has caught a planted bug
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
	if !ok {
		took = never
	}
	r.took = append(r.took, took)
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
		s.delayed = len(s.blow.late) > 0
	}
	for _, e := range r.h.journal.evidences() {
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
	if s.blow.onRedis() && e.kind != flush && e.kind != restore {
		return false
	}
	return !s.fault.poison && strings.HasPrefix(e.who, s.blow.whose) && !e.since.Before(s.began) && !e.at.After(s.ended.Add(aftermath))
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
			r.tally.add(s.fault.name, s.kinds, s.delayed)
		}
	}
	for line := range strings.Lines(r.tally.table()) {
		r.say("%s", strings.TrimSuffix(line, "\n"))
	}
	all := r.tally.sum()
	r.say("%d faults, %d of them effective, %.1f a minute; %d have only held something up", all.Done, all.Effective, float64(all.Effective)/max(struckFor.Minutes(), 1e-9), all.Delayed)
	r.say("recovery after the end of a round of faults: %s", quantiles(r.took))
	for _, name := range slices.Sorted(maps.Keys(r.h.observer.usage)) {
		u := r.h.observer.usage[name]
		r.say("%-20s at most %4d MB resident, %4d goroutines, %4d files", name, u.Resident>>20, u.Goroutines, u.Files)
	}
	for _, what := range slices.Sorted(maps.Keys(j.notes)) {
		r.say("%3d × %s", j.notes[what], what)
	}
	r.say("the promise: %s", r.promise())
}

// promise tells whether the promise was kept, and what has to be known beside that.
func (r *Report) promise() string {
	text := verdictOf(r.judged, r.markers, len(r.h.journal.violations()))
	if len(r.skipped) > 0 {
		var names []string
		for _, name := range slices.Sorted(maps.Keys(r.skipped)) {
			names = append(names, name+" ("+r.skipped[name]+")")
		}
		text += "; not done here: " + strings.Join(names, ", ")
	}
	return text
}

func verdictOf(judged bool, markers, violations int) string {
	switch {
	case violations > 0:
		return "broken"
	case !judged:
		return "not run"
	default:
		return fmt.Sprintf("kept, with %d markers by hand", markers)
	}
}

// marked counts markers that were written by hand.
func (r *Report) marked() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.markers++
}

// verdict tells whether a planted bug was caught, by a check that is there for it.
func (r *Report) verdict() error {
	wrong, all := r.h.journal.violations(), r.tally.sum()
	if r.caught = catch(r.h.cfg.Planted, wrong); r.caught == nil {
		return fmt.Errorf("the planted bug %s was not caught by %d faults, %d of them effective; violations that are not of it: %d", r.h.cfg.Planted, all.Done, all.Effective, len(wrong))
	}
	r.say("the planted bug %s was caught after %d faults, %d of them effective, by the check of %s: %s", r.h.cfg.Planted, all.Done, all.Effective, r.caught.name, first([]string{r.caught.text}))
	return nil
}

// never is how long it took where it did not happen.
const never = time.Duration(math.MaxInt64)

// quantiles tells of durations.
func quantiles(all []time.Duration) string {
	if len(all) == 0 {
		return "none"
	}
	all = slices.Sorted(slices.Values(all))
	return fmt.Sprintf("%d times, median %s, p99 %s, longest %s", len(all), lasted(at(all, 0.5)), lasted(at(all, 0.99)), lasted(at(all, 1)))
}

// at returns the quantile q of durations, which must be sorted.
func at(all []time.Duration, q float64) time.Duration {
	if len(all) == 0 {
		return 0
	}
	return all[int(q*float64(len(all)-1)+0.5)]
}

func lasted(d time.Duration) string {
	if d == never {
		return "never"
	}
	return d.Round(10 * time.Millisecond).String()
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
