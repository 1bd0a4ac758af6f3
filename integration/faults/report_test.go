package faults

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A fault is effective by what was open when it struck, or by what is seen of its
// victim until a second after its end; a piece of evidence speaks for one.
func TestWeigh(t *testing.T) {
	start := time.Now()
	at := func(s float64) time.Time { return start.Add(time.Duration(s * float64(time.Second))) }
	blow := func(name, whose string, from, to float64, lost ...kind) struck {
		return struck{fault: fault{name: name}, blow: blow{to: name, whose: whose, lost: lost}, began: at(from), ended: at(to)}
	}
	poison := blow("poison", "", 0, 100)
	poison.fault.poison = true
	j := newJournal(io.Discard)
	r := newReport(&harness{journal: j})
	r.add(
		blow("aimed", "scheduler-1", 0, 1, flush),
		blow("missed", "scheduler-2", 0, 1),
		blow("logged", "query-parser", 2, 3),
		blow("server", "", 10, 12),
		blow("victim", "scheduler-3", 11, 12),
		blow("redis", "scheduler", 12, 12.6),
		poison,
	)
	for _, e := range []evidence{
		{at: at(0.5), who: "directory-monitor", kind: transaction}, // nobody's
		{at: at(2.5), who: "scheduler-2", kind: transaction},       // too late
		{at: at(3.9), who: "query-parser", kind: transaction},
		{at: at(11.5), who: "scheduler-3", kind: restore}, // of whom it struck, not of the server
		{at: at(12.5), who: "scheduler-1", kind: rebalance},
	} {
		j.show(e)
	}
	want := map[string]string{
		"aimed": "flush", "missed": "", "logged": "transaction", "server": "rebalance", "victim": "restore", "redis": "", "poison": "",
	}
	for _, s := range r.weigh() {
		var got []string
		for k := range s.kinds {
			got = append(got, string(k))
		}
		if strings.Join(got, " ") != want[s.fault.name] {
			t.Errorf("%s has interrupted %q, want %q", s.fault.name, got, want[s.fault.name])
		}
	}
}

func TestSum(t *testing.T) {
	path := filepath.Join(t.TempDir(), "runs.json")
	for seed, bug := range []string{"", "", "fence-ignored"} {
		r := newReport(&harness{cfg: Config{Seed: uint64(seed), Planted: bug}, journal: newJournal(io.Discard)})
		r.seconds = 60
		r.tally.add("kill", map[kind]bool{transaction: true, restore: true})
		r.tally.add("kill", nil)
		r.tally.poison("poison-x")
		if bug != "" {
			r.h.journal.violation("the fence went back")
		}
		if err := r.Append(path); err != nil {
			t.Fatal(err)
		}
	}
	var b strings.Builder
	if err := Sum(path, &b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| `kill` | 4 | 2 | 2 | 2 | 0 | 0 |", "| `poison-x` | 2 | | | | | |", "| all | 4 | 2 | 2 | 2 | 0 | 0 |", "| 1 | 60 s | 2 | 1 | 1.0 | kept |",
		"2 runs, 0 of them broke the promise; 120 s of faults, 4 faults, 2 effective, 1.0 a minute", "| `fence-ignored` | 2 | 2 | 1 | the fence went back |",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("lacks %q:\n%s", want, b.String())
		}
	}
	if err := os.WriteFile(path, []byte("{\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Sum(path, io.Discard); err == nil || !strings.Contains(err.Error(), "line 1") {
		t.Errorf("a broken file: %v", err)
	}
}

func TestVerdictOfAPlantedBug(t *testing.T) {
	r := newReport(&harness{cfg: Config{Planted: "x"}, journal: newJournal(io.Discard)})
	if err := r.verdict(); err == nil {
		t.Error("nothing was found, and it counts as caught")
	}
	r.h.journal.violation("found")
	if err := r.verdict(); err != nil {
		t.Errorf("it was found: %v", err)
	}
}
