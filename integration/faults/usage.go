package faults

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/millrace/millrace/integration/ledger"
)

// Bounds of what a service may use, whatever happens.
const (
	mostResident   = 400 << 20
	mostGoroutines = 250
	mostFiles      = 150
)

// usage is what a process uses, or the most that it has used.
type usage struct {
	Resident   int64 // bytes
	Goroutines int64
	Files      int64
}

// count is a counter of a process as it was last read.
type count struct {
	value float64
	at    time.Time
}

// watchUsage looks at what the processes use, and at their counts of aborts.
func (o *observer) watchUsage(ctx context.Context) error {
	for ledger.Pause(ctx, 500*time.Millisecond) {
		for name, u := range o.look(ctx) {
			o.mu.Lock()
			most := o.usage[name]
			if most == nil {
				most = new(usage)
				o.usage[name] = most
			}
			most.Resident = max(most.Resident, u.Resident)
			most.Goroutines = max(most.Goroutines, u.Goroutines)
			most.Files = max(most.Files, u.Files)
			o.mu.Unlock()
		}
	}
	return nil
}

// look tells what the processes use now.
func (o *observer) look(ctx context.Context) map[string]usage {
	all := map[string]usage{}
	for _, s := range o.fleet.all {
		pid := s.pid()
		if pid == 0 {
			continue
		}
		u := usage{Resident: status(pid, "VmRSS:") << 10, Files: files(pid)}
		if ran, ok := s.running(); ok {
			asked := time.Now()
			if code, page := get(ctx, s, "/metrics"); code != 0 {
				now := metrics(page)
				u.Goroutines = int64(now["go_goroutines"])
				o.aborts(s.name, pid, now, asked.Add(-ran), asked)
			}
		}
		all[s.name] = u
	}
	return all
}

// aborts takes the counts of aborts among metrics; what was counted since the
// look before is evidence, of the time since then.
func (o *observer) aborts(name string, pid int, now map[string]float64, began, asked time.Time) {
	for metric, value := range now {
		sessions := metric == "millrace_monitor_sessions_total"
		if !sessions && !strings.HasPrefix(metric, "millrace_aborts_total") {
			continue
		}
		key := fmt.Sprint(name, pid, metric)
		o.mu.Lock()
		was, seen := o.counted[key]
		if !seen {
			was.at = began
			if sessions {
				was.value = 1 // its first session is its start
			}
		}
		o.counted[key] = count{value, asked}
		o.mu.Unlock()
		if value > was.value {
			o.journal.show(evidence{at: time.Now(), since: was.at, who: name, kind: transaction, cause: metric})
		}
	}
}

// metrics returns the values of a page of metrics, by name with labels.
func metrics(page string) map[string]float64 {
	all := map[string]float64{}
	for line := range strings.Lines(page) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok || name == "#" {
			continue
		}
		if n, err := strconv.ParseFloat(value, 64); err == nil {
			all[name] = n
		}
	}
	return all
}

func status(pid int, field string) int64 {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(data)) {
		if rest, ok := strings.CutPrefix(line, field); ok {
			kb, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			return kb
		}
	}
	return 0
}

func files(pid int) int64 {
	all, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		return 0
	}
	return int64(len(all))
}

// used checks what the processes have used at most, and that now, when everything
// is quiet, they use not much more than at first.
func (h *harness) used(ctx context.Context, t jury) {
	h.observer.mu.Lock()
	most := map[string]usage{}
	for name, u := range h.observer.usage {
		most[name] = *u
	}
	h.observer.mu.Unlock()
	for name, u := range most {
		if u.Resident > mostResident || u.Goroutines > mostGoroutines || u.Files > mostFiles {
			t.Errorf("%s has used %d MB, %d goroutines, %d files", name, u.Resident>>20, u.Goroutines, u.Files)
		}
	}
	compareUsage(t, h.atFirst, h.observer.look(ctx))
}

// pooled is how many connections to Redis a process may keep that it needed once:
// ten for each core of two.
const pooled = 20

// compareUsage holds what processes use in the end against what they did at first.
func compareUsage(t ledger.Reporter, first, last map[string]usage) {
	over := func(first, last, more int64) bool { return first > 0 && last > first+first/5+more }
	for name, l := range last {
		if f, ok := first[name]; ok && (over(f.Goroutines, l.Goroutines, 10) || over(f.Files, l.Files, 10+pooled)) {
			t.Errorf("%s had %d goroutines and %d files at first, and has %d and %d when everything is quiet in the end", name, f.Goroutines, f.Files, l.Goroutines, l.Files)
		}
	}
}
