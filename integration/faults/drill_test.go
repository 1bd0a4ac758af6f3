package faults

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// TestThousandQueriesAreQueries has the queries of the drills compiled, as
// query-parser would.
func TestThousandQueriesAreQueries(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	syllables := []string{"al", "be", "co", "da", "en", "fi", "go", "ha", "in", "ju", "ka", "la"}
	sample := make([][]byte, 300)
	for i := range sample {
		sample[i] = fmt.Appendf(nil, `{"text":"%s%s%s 愛 don't #%s%d #%s%s"}`,
			one(r, syllables...), one(r, syllables...), one(r, syllables...), one(r, syllables...), i, one(r, syllables...), one(r, syllables...))
	}
	all, err := thousandQueries(r, sample)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range greedy() {
		all = append(all, s)
	}
	for kind, sql := range momentTexts() {
		all = append(all, submission{id: kind, sql: sql})
	}
	all = append(all, submission{id: "unique", sql: unique})
	queries, err := compiled(all)
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]bool{}
	for _, s := range all[:1000] {
		texts[s.sql] = true
	}
	if len(queries) != len(all) || len(texts) < 600 {
		t.Errorf("%d queries of %d, %d different texts", len(queries), len(all), len(texts))
	}
	if _, err := submitted(all); err != nil {
		t.Error(err)
	}
}

func TestQuantilesOfDurations(t *testing.T) {
	all := []time.Duration{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}
	for q, want := range map[float64]time.Duration{0: 1, 0.5: 6, 0.99: 11, 1: 11} {
		if got := at(all, q); got != want {
			t.Errorf("quantile %v is %d, expected %d", q, got, want)
		}
	}
	if at(nil, 0.5) != 0 {
		t.Error("the median of nothing is not 0")
	}
	if got := quantiles([]time.Duration{never, time.Second, 2 * time.Second}); got != "3 times, median 2s, p99 never, longest never" {
		t.Error(got)
	}
}

// A bound that is missed makes the drill fail, unless the machine is shared.
func TestBounds(t *testing.T) {
	for _, c := range []struct {
		slack  float64
		got    time.Duration
		missed int
	}{{0, 9, 0}, {1, 11, 1}, {2, 20, 0}, {2, 21, 1}, {2, never, 1}} {
		d := &drilling{harness: &harness{cfg: Config{Slack: c.slack}}, report: &Report{}}
		if d.bound("x", c.got, 10); len(d.missed) != c.missed {
			t.Errorf("%d of 10, slack %g: missed %q", c.got, c.slack, d.missed)
		}
	}
}

func TestMetricIsFound(t *testing.T) {
	const page = "# HELP millrace_scan_paused 1 while\nmillrace_scan_paused_total 7\nmillrace_scan_paused 1\nother{a=\"b\"} 3\nbig 1.5e+06\n"
	for name, want := range map[string]float64{"millrace_scan_paused": 1, "big": 1.5e6} {
		if v, ok := metrics(page)[name]; !ok || v != want {
			t.Errorf("%s is %v, %v, expected %v", name, v, ok, want)
		}
	}
	if _, ok := metrics(page)["missing"]; ok {
		t.Error("a metric was found that is not there")
	}
}

func TestMomentsAreEnough(t *testing.T) {
	for _, c := range []struct {
		moments, sets int
		enough        bool
	}{{20, 20, true}, {20, 18, true}, {20, 17, false}, {19, 19, false}, {60, 53, false}} {
		if text := tooFew(c.moments, c.sets); (text == "") != c.enough {
			t.Errorf("%d moments, %d sets: %q", c.moments, c.sets, text)
		}
	}
}

// TestDrillsAreTold checks that a name that is none is refused before anything is
// started.
func TestDrillsAreTold(t *testing.T) {
	if err := Drills(t.Context(), Config{Seed: 1}, []string{"kill"}, 0, false); err == nil {
		t.Error("an unknown drill was taken")
	}
}
