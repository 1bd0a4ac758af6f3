package faults

import (
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/libs/wire"
)

// What does not end in time is a violation, and shows where the harness stands.
func TestWithin(t *testing.T) {
	var b strings.Builder
	h := &harness{journal: newJournal(&b)}
	if !h.within(soon, "strike", func() {}) || len(h.journal.violations()) > 0 {
		t.Error("it ended in time")
	}
	release := make(chan struct{})
	if h.within(quiet, "strike", func() { <-release }) {
		t.Error("it has not ended")
	}
	close(release)
	if wrong := h.journal.violations(); len(wrong) != 1 || !strings.Contains(wrong[0], "a strike has not ended") {
		t.Errorf("violations %q", wrong)
	}
	if !strings.Contains(b.String(), "faults.TestWithin") {
		t.Error("the goroutines are not told")
	}
}

func TestStopwatch(t *testing.T) {
	start := time.Now()
	at := func(s int) time.Time { return start.Add(time.Duration(s) * time.Second) }
	var w stopwatch
	for i, c := range []struct {
		second   int
		progress int64
		stood    int
	}{{0, 5, 0}, {10, 5, 10}, {15, 6, 0}, {20, 6, 5}, {60, -1, 0}, {65, 6, 10}, {66, 7, 0}} {
		if c.progress < 0 { // a server is away
			w.rest(at(c.second))
			continue
		}
		if got := w.look(at(c.second), c.progress); got != time.Duration(c.stood)*time.Second {
			t.Errorf("look %d: it has stood still for %s, want %d s", i, got, c.stood)
		}
	}
}

func TestStopwatches(t *testing.T) {
	start := time.Now()
	s := stopwatches{}
	for second := range 11 {
		now := start.Add(time.Duration(second) * time.Second)
		s.look(now, "moves", int64(second), true)
		s.look(now, "stands", 7, true)
		s.look(now, "is there", 7, false)
	}
	if still := s.still(10 * time.Second); !slices.Equal(still, []string{"stands"}) {
		t.Errorf("%q stand still", still)
	}
	s.rest(start.Add(time.Hour))
	s.look(start.Add(time.Hour), "stands", 7, true)
	if still := s.still(11 * time.Second); still != nil {
		t.Errorf("%q stand still, and the servers were away", still)
	}
}

func TestHeldUp(t *testing.T) {
	for hold, effective := range map[time.Duration]bool{timeOut - 1: false, timeOut: true} {
		b := blow{hold: hold}
		if b.held([]string{"an id"}); (len(b.ids) > 0) != effective || (len(b.late) > 0) == effective {
			t.Errorf("a transaction whose owner stood still for %s: interrupted %q, held up %q", hold, b.ids, b.late)
		}
	}
	b := blow{hold: time.Second}
	if b.held(nil); b.late != nil {
		t.Errorf("nothing was open, and held up is %q", b.late)
	}
}

func TestTransactionalIDs(t *testing.T) {
	for id, want := range map[string]bool{
		"millrace-scan-0": true, "millrace-merge-12": true, "millrace-query-parser": true, "millrace-directory-monitor-faults": true,
		"millrace-scan-0-ABCDEF": false, "millrace-merge-": false, "other": false,
	} {
		if got := ours.MatchString(id); got != want {
			t.Errorf("%s: %v", id, got)
		}
	}
}

func TestWaitForStableOffsets(t *testing.T) {
	w := &wait{name: "scheduler-1"}
	ends := map[int32]int64{0: 10, 1: 20}
	for i, c := range []struct {
		stable map[int32]int64
		moved  bool
	}{
		{map[int32]int64{0: 5, 1: 20}, false},
		{map[int32]int64{0: 5, 1: 20}, false},
		{map[int32]int64{0: 6, 1: 20}, true},
	} {
		if got := w.moved(c.stable, ends); got != c.moved {
			t.Errorf("look %d: %v, held %v", i, got, w.held)
		}
	}
}

func TestServersAway(t *testing.T) {
	base := time.Now()
	p := &process{outages: []outage{{from: base.Add(-time.Minute), to: base.Add(-30 * time.Second)}}}
	if p.wasAway(base, 15*time.Second) || !p.wasAway(base.Add(-40*time.Second), 0) || !p.wasAway(base, 31*time.Second) {
		t.Error("it was away until half a minute ago")
	}
	p.outages = append(p.outages, outage{from: base})
	if !p.wasAway(base.Add(time.Hour), 0) {
		t.Error("it is away")
	}
}

func TestUsage(t *testing.T) {
	for name, c := range map[string]struct {
		last  usage
		wrong bool
	}{
		"same":       {usage{1 << 30, 50, 40}, false},
		"a few":      {usage{0, 70, 58}, false},
		"goroutines": {usage{0, 71, 40}, true},
		"files":      {usage{0, 50, 79}, true},
	} {
		f := &found{}
		compareUsage(f, map[string]usage{"scheduler-1": {1, 50, 40}}, map[string]usage{"scheduler-1": c.last, "scheduler-4": {0, 900, 900}})
		if (len(f.errors) > 0) != c.wrong {
			t.Errorf("%s: %q", name, f.errors)
		}
	}
}

// A count that was there at the last look is no evidence, and one that is new may
// have come about since then.
func TestAbortsAreEvidence(t *testing.T) {
	j := newJournal(io.Discard)
	o := newObserver(j, nil, nil)
	start := time.Now()
	page := func(n string) string {
		return "# HELP x\nmillrace_aborts_total{reason=\"failed\"} " + n + "\ngo_goroutines 7\n"
	}
	o.aborts("s", 1, metrics(page("0")), start, start.Add(time.Second))
	o.aborts("s", 1, metrics(page("2")), start, start.Add(2*time.Second))
	o.aborts("s", 1, metrics(page("2")), start, start.Add(3*time.Second))
	o.aborts("s", 2, metrics(page("1")), start.Add(3*time.Second), start.Add(4*time.Second)) // another process
	o.aborts("m", 3, metrics("millrace_monitor_sessions_total 1\n"), start, start)
	var since []time.Duration
	for _, e := range j.evidences() {
		since = append(since, e.since.Sub(start))
	}
	if len(since) != 2 || since[0] != time.Second || since[1] != 3*time.Second {
		t.Errorf("evidence since %v", since)
	}
}

func TestLetters(t *testing.T) {
	letter := func(source, file, data string) wire.DeadLetter {
		d := wire.NewDeadLetter([]byte(data), "why")
		d.Source, d.File, d.Line = source, file, int64(len(data))
		return *d
	}
	const topic = "millrace.tweets-3"
	cuts := map[string][]byte{"cut-1.gz": []byte("{first}\n{second}\n")}
	good := []wire.DeadLetter{letter(topic, "", "bad"), letter("files", "a.ndjson", "\x00"), letter("files", "x/cut-1.gz", "{sec")}
	for name, c := range map[string]struct {
		dead  []wire.DeadLetter
		wrong int
	}{
		"all":              {good, 0},
		"scan lacks":       {good[1:], 1},
		"monitor lacks":    {[]wire.DeadLetter{good[0], good[2]}, 1},
		"archive lacks":    {good[:2], 1},
		"another line":     {[]wire.DeadLetter{good[0], letter("files", "a.ndjson", "\x01"), good[2]}, 2},
		"another of scan":  {append(good[:3:3], letter(topic, "", "worse")), 1},
		"twice in one":     {append(good[:3:3], letter(topic, "", "bad")), 2},
		"archive, not its": {[]wire.DeadLetter{good[0], good[1], letter("files", "x/cut-1.gz", "sec")}, 1},
		"archive, twice":   {append(good[:3:3], letter("files", "x/cut-1.gz", "{fi")), 1},
	} {
		f := &found{}
		compareLetters(f, c.dead, [][]byte{[]byte("bad")}, [][]byte{[]byte("\x00")}, cuts)
		if len(f.errors) != c.wrong {
			t.Errorf("%s: %q, want %d errors", name, f.errors, c.wrong)
		}
	}
}
