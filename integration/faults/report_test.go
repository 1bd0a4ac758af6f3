package faults

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/libs/planted"
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
	late := blow("late", "nobody", 0, 1)
	late.blow.slowed(flush)
	onLink := blow("redis-link", "scheduler-4", 30, 31)
	onLink.blow.to = "scheduler-4–redis"
	r.add(
		late, onLink, blow("scraped", "scheduler-5", 40, 41),
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
		{at: at(30.5), who: "scheduler-4", kind: transaction},                  // not of Redis
		{at: at(40.2), since: at(39.7), who: "scheduler-5", kind: transaction}, // it may have been before
	} {
		if e.since.IsZero() {
			e.since = e.at
		}
		j.show(e)
	}
	want := map[string]string{
		"aimed": "flush", "missed": "", "logged": "transaction", "late": "", "redis-link": "", "scraped": "", "server": "rebalance", "victim": "restore", "redis": "", "poison": "",
	}
	for _, s := range r.weigh() {
		var got []string
		for k := range s.kinds {
			got = append(got, string(k))
		}
		if strings.Join(got, " ") != want[s.fault.name] {
			t.Errorf("%s has interrupted %q, want %q", s.fault.name, got, want[s.fault.name])
		}
		if s.delayed != (s.fault.name == "late") {
			t.Errorf("%s has held something up: %v", s.fault.name, s.delayed)
		}
	}
}

func TestSum(t *testing.T) {
	path := filepath.Join(t.TempDir(), "runs.json")
	for seed, bug := range []string{"", "", "fence-ignored", ""} {
		r := newReport(&harness{cfg: Config{Seed: uint64(seed), Planted: bug}, journal: newJournal(io.Discard)})
		if seed == 1 {
			r.h.cfg.Only = []string{"kill", "storm"}
		}
		r.seconds = 60
		r.tally.add("kill", map[kind]bool{transaction: true, restore: true}, true)
		r.tally.add("kill", nil, true)
		r.tally.poison("poison-x")
		if bug != "" {
			r.h.journal.violation("something else")
			r.h.journal.violation("the fence of merge partition 3 went back")
			if err := r.verdict(); err != nil {
				t.Fatal(err)
			}
		}
		r.judged = seed != 3
		if seed == 1 {
			r.marked()
			r.recovered(time.Second, true)
			r.recovered(0, false)
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
		"| `kill` | 4 | 2 | 2 | 2 | 0 | 0 | 2 |", "| `poison-x` | 2 | | | | | | |", "| all | 4 | 2 | 2 | 2 | 0 | 0 | 2 |",
		"| 0 | all | 60 s | 2 | 1 | 1.0 | kept, with 0 markers by hand |", "| 1 | kill, storm | 60 s | 2 | 1 | 1.0 | kept, with 1 markers by hand |",
		"| 3 | all | 60 s | 2 | 1 | 1.0 | not run |",
		"2 runs, 0 of them broke the promise, 1 more were not made; 1 markers by hand; 120 s of faults, 4 faults, 2 effective, 1.0 a minute",
		"2 times, median never, p99 never, longest never",
		"| `fence-ignored` | 2 | all | 2 | 1 | fences | the fence of merge partition 3 went back |",
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
	r := newReport(&harness{cfg: Config{Planted: "random-ids"}, journal: newJournal(io.Discard)})
	for _, text := range []string{"", "the fence of merge partition 3 went back", "what nobody knows"} {
		if text != "" {
			r.h.journal.violation("%s", text)
		}
		if err := r.verdict(); err == nil {
			t.Errorf("%q is not of it, and it counts as caught", text)
		}
	}
	r.h.journal.violation("a transactional id is none that stays: %s", "millrace-scan-0-ABC")
	if err := r.verdict(); err != nil || r.caught.name != ofIDs {
		t.Errorf("it was found: %v", err)
	}
}

// Every bug has checks that can find it, and every check its own texts.
func TestChecksOfPlantedBugs(t *testing.T) {
	known := map[string]bool{}
	for _, c := range checkTable() {
		known[c.name] = true
	}
	for _, bug := range planted.All() {
		of := seenBy(string(bug))
		if len(of) == 0 {
			t.Errorf("no check can see %s", bug)
		}
		for _, name := range of {
			if !known[name] {
				t.Errorf("%s: there is no check of %s", bug, name)
			}
		}
	}
	for text, want := range map[string]string{
		"the fence of merge partition 1 went back from {} to {}":                                  ofFences,
		"a change of x epoch 1 partition 2 at offset 3 names 4 as the one before, which is 5":     ofChanges,
		"query q01, epoch 7, from plan position 3 on: row differs":                                ofRows,
		"query q01, epoch 7: its row log holds 3 of 4 rows and no gap entry":                      ofLogs,
		"query q01: its log lacks, behind its last gap, a row":                                    ofLogs,
		"waited in vain for all queries to be live, dropped ones gone: context deadline exceeded": ofLiveness,
		"waited in vain for all lines to land and to be scanned: context deadline exceeded":       ofArrival,
		"of 10 lines 3 have not landed and 3 have not been scanned; the first is x":               ofArrival,
		"partition 3 was scanned from 1 to 2 under plan 3, and from there to 4 under plan 5":      ofSeals,
		"the last stable offset of millrace.exchange partition 3 stays below its high watermark":  ofStable,
		"after round 3: results do not move again within 45s: results include [] of []":           ofProgress,
		"scheduler-1 panicked, or raced: panic: x":                                                ofWords,
	} {
		got := ""
		for _, c := range checkTable() {
			if c.text.MatchString(text) {
				got = c.name
				break
			}
		}
		if got != want {
			t.Errorf("%s: found by %q, want %q", text, got, want)
		}
	}
}
