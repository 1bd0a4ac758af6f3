package sim

import (
	"flag"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var (
	seed  = flag.Uint64("seed", 0, "first seed; 0: 1, or of the clock with -for")
	seeds = flag.Int("seeds", someSeeds, "schedules")
	limit = flag.Duration("for", 0, "run fresh seeds for so long")
)

// firstSeed returns the seed that a test begins with.
func firstSeed() uint64 {
	switch {
	case *seed != 0:
		return *seed
	case *limit == 0:
		return 1 // the same schedules every time: what is new is looked for with -for
	}
	return uint64(time.Now().UnixNano()) >> 10
}

// sweep runs schedules of consecutive seeds on all cores, at least n of them and
// for so long, until more returns false for the outcome of one.
func sweep(t *testing.T, first uint64, n int, length time.Duration, more func(*Outcome) bool) {
	t.Helper()
	s, err := New()
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	var (
		next atomic.Int64
		stop atomic.Bool
		mu   sync.Mutex
	)
	t.Run("workers", func(t *testing.T) {
		for range runtime.GOMAXPROCS(0) {
			t.Run("", func(t *testing.T) {
				t.Parallel()
				for !stop.Load() {
					i := next.Add(1) - 1
					if int(i) >= n && time.Since(began) >= length {
						return
					}
					out := s.Run(t, first+uint64(i), Options{})
					mu.Lock()
					if !more(out) {
						stop.Store(true)
					}
					mu.Unlock()
				}
			})
		}
	})
}

// No schedule may lose or repeat a post, and all of what the simulation can do
// happens.
func TestSchedules(t *testing.T) {
	first, n := firstSeed(), *seeds
	if testing.Short() {
		n = min(n, 50)
	}
	began := time.Now()
	counts, done, steps, bad := map[string]int{}, 0, 0, []uint64{}
	sweep(t, first, n, *limit, func(out *Outcome) bool {
		done++
		steps += out.Steps
		for what, k := range out.Counts {
			counts[what] += k
		}
		if out.Violation != "" {
			t.Errorf("seed %d: %s", out.Seed, out.Violation)
			bad = append(bad, out.Seed)
		}
		return len(bad) < 10
	})
	t.Logf("%d schedules from seed %d in %s, %d steps", done, first, time.Since(began).Round(time.Millisecond), steps)
	for _, what := range slices.Sorted(maps.Keys(counts)) {
		t.Logf("%8d %s", counts[what], what)
	}
	for _, what := range kinds {
		if done >= 300 && counts[what] == 0 {
			t.Errorf("nothing of %d schedules has exercised: %s", done, what)
		}
	}
	if len(bad) > 0 {
		explain(t, bad[0])
	}
	if n == 1 && len(bad) == 0 && testing.Verbose() {
		explain(t, first)
	}
}

// traced is how many of a trace's last lines are printed; a file has them all.
const traced = 60

// explain runs a schedule again with its trace.
func explain(t *testing.T, one uint64) {
	t.Helper()
	s, err := New()
	if err != nil {
		t.Fatal(err)
	}
	out := s.Run(t, one, Options{Trace: true})
	file := filepath.Join(t.ArtifactDir(), "trace")
	if err := os.WriteFile(file, []byte(strings.Join(out.Trace, "\n")+"\n"), 0o600); err != nil {
		t.Error(err)
	}
	for _, line := range out.Trace[max(0, len(out.Trace)-traced):] {
		t.Log(line)
	}
	t.Logf("to repeat it: go test ./integration/sim -run TestSchedules -seed %d -seeds 1 -v -artifacts -outputdir DIR (the whole trace: %s)", one, file)
}

// kinds are what schedules are to exercise: without it their silence would say
// nothing.
var kinds = []string{
	"abort without a rebalance",
	"answer lost",
	"batch that arrived before",
	"checkpoint or claim aborted",
	"checkpoint read in a restore",
	"closed window within its retention",
	"commit held",
	"commit of a member that was expelled",
	"counter: errors",
	"counter: late",
	"counter: matched",
	"counter: mismatches",
	"counter: no_time",
	"dead letter",
	"drop written",
	"earlier epoch unlinked",
	"end given up",
	"end of input",
	"exchange deleted below a checkpoint",
	"fence taken over",
	"former owner fenced by the store",
	"gap declared",
	"group offsets expired",
	"kill in a flush",
	"kill in a transaction",
	"late group",
	"late request that was refused: commits",
	"late request that was refused: ends",
	"late request that was refused: produces",
	"late request: commits",
	"late request: ends",
	"late request: produces",
	"loss noticed",
	"markers held up",
	"merge commits before it leaves",
	"offset resolved without the group",
	"offsets given up",
	"pause in a flush",
	"pause in a transaction",
	"process told to stop",
	"query completed",
	"query failed at its limit",
	"rebalance in a transaction",
	"rebalance of declared scan",
	"rebalance of merge",
	"rebalance of scan",
	"record compacted away",
	"record given up",
	"registry read anew",
	"repair begun",
	"repair inherited",
	"replay of the exchange",
	"request arrived twice",
	"request lost",
	"restore beside a checkpoint without its marker",
	"restore beside an open transaction",
	"restore held",
	"restore straddled a rebalance",
	"row deleted",
	"scan commits before it leaves",
	"scan of a stream that is gone",
	"scan transaction aborted",
	"seal of a stream that is gone, after one of the next",
	"second life of a stream",
	"stop in a flush",
	"stop in a transaction",
	"store away",
	"store flushed",
	"store lost its last writes",
	"stream declared again",
	"stream dropped",
	"stream in use stays",
	"stream replaced",
	"tombstone removed",
	"transaction ended by a late request",
	"transaction ended by a successor",
	"transaction timed out",
	"window closed",
	"window deleted",
	"window past its retention",
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
