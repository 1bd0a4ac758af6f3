package sim

import (
	"flag"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

var (
	seed  = flag.Uint64("seed", 0, "first seed; 0: of the clock")
	seeds = flag.Int("seeds", 100, "schedules")
	limit = flag.Duration("for", 0, "run fresh seeds for so long")
)

// No schedule may lose or repeat a post.
func TestSchedules(t *testing.T) {
	s, err := New()
	if err != nil {
		t.Fatal(err)
	}
	first := *seed
	if first == 0 {
		first = uint64(time.Now().UnixNano()) >> 10
	}
	began := time.Now()
	effective := map[string]int{}
	n, steps := 0, 0
	for ; n < *seeds || time.Since(began) < *limit; n++ {
		one := first + uint64(n)
		out := s.Run(t, one, Options{Clocks: one%2 == 0, Trace: *seeds == 1})
		for _, line := range out.Trace {
			t.Log(line)
		}
		if out.Violation != "" {
			t.Errorf("seed %d: %s", one, out.Violation)
			if t.Failed() && n > 20 {
				break
			}
		}
		steps += out.Steps
		for what, k := range out.Effective {
			effective[what] += k
		}
	}
	t.Logf("%d schedules from seed %d in %s, %d steps", n, first, time.Since(began).Round(time.Millisecond), steps)
	for _, what := range slices.Sorted(maps.Keys(effective)) {
		t.Logf("%8d %s", effective[what], what)
	}
}

// The same seed is the same schedule.
func TestScheduleRepeats(t *testing.T) {
	s, err := New()
	if err != nil {
		t.Fatal(err)
	}
	for one := range uint64(20) {
		a := s.Run(t, one+1, Options{Trace: true})
		b := s.Run(t, one+1, Options{Trace: true})
		if strings.Join(a.Trace, "\n") == strings.Join(b.Trace, "\n") {
			continue
		}
		for i := range min(len(a.Trace), len(b.Trace)) {
			if a.Trace[i] != b.Trace[i] {
				t.Fatalf("seed %d, line %d:\n%s\n%s", one+1, i, a.Trace[i], b.Trace[i])
			}
		}
		t.Fatalf("seed %d: %d and %d lines", one+1, len(a.Trace), len(b.Trace))
	}
}
