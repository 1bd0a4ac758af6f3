package bench

import (
	"bytes"
	"encoding/json"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/jsonscan"
	"github.com/millrace/millrace/services/millrace/internal/bench/engine"
	"github.com/millrace/millrace/services/millrace/internal/bench/mix"
)

// How many queries of mixed match a post of the generator is part of what its
// figures mean: a change of this number is a change of the mix or the generator.
func TestMatchesOfMixed(t *testing.T) {
	cfg := small(t, 2000)
	cfg.Queries, cfg.Engines = []int{100, 1000, 10000}, []string{"shared"}
	lines, err := Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	want := []float64{0.5095, 4.356, 44.74}
	for i, l := range lines {
		if l.Documents != 2000 || math.Abs(l.MatchesPerTweet-want[i]) > 1e-9 {
			t.Errorf("%d queries: %v matches per tweet over %d, want %v over 2000", l.Queries, l.MatchesPerTweet, l.Documents, want[i])
		}
	}
}

// Every cell has a line that says what was measured.
func TestLines(t *testing.T) {
	cfg := small(t, 100)
	cfg.Queries, cfg.Mixes, cfg.Levels, cfg.Rounds = []int{1, 20}, []string{"keywords", "overlap"}, []string{"none", "all,-scan", "all"}, 3
	var told []string
	cfg.Progress = func(text string) { told = append(told, text) }
	lines, err := Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if want := 2 * 2 * (3 + 2); len(lines) != want {
		t.Fatalf("%d lines, want %d", len(lines), want)
	}
	if !slices.Contains(told, "round 3 of 3, cell 20 of 20: overlap, segmentio, 20 queries") {
		t.Errorf("told: %q", told)
	}
	matches := map[string]float64{}
	for _, l := range lines {
		if l.Documents != 100 || l.Of != 100 || l.Bytes != cfg.Input.Bytes || l.TweetsPerS <= 0 || l.NsPerTweet <= 0 || l.GBPerS <= 0 || l.AddAllS <= 0 {
			t.Errorf("%+v", l)
		}
		if l.AddP50 == nil || l.AddP99 == nil || *l.AddP50 > *l.AddP99 || l.Ratio == nil || l.AddedNsPerTweet == nil {
			t.Errorf("%+v", l)
		}
		if l.Queries == 1 && (*l.Ratio != 1 || *l.AddedNsPerTweet != 0) {
			t.Errorf("one query differs from one query: %+v", l)
		}
		if (l.Share == "") != (l.Engine != "shared") {
			t.Errorf("%s at share level %q", l.Engine, l.Share)
		}
		key := l.Mix
		if l.Queries > 1 {
			if before, ok := matches[key]; ok && before != l.MatchesPerTweet {
				t.Errorf("%s %s: %v matches, others had %v", l.Engine, l.Share, l.MatchesPerTweet, before)
			}
			matches[key] = l.MatchesPerTweet
		}
	}
	checkJSON(t, lines)
	var text bytes.Buffer
	if err := WriteTable(&text, lines); err != nil {
		t.Fatal(err)
	}
	if rows := strings.Count(text.String(), "\n"); rows != len(lines)+4 || !strings.Contains(text.String(), "medians of 3 rounds") {
		t.Errorf("%d lines of text:\n%s", rows, text.String())
	}
}

// Numbers of cores and paths of the decoder are compared within one run.
func TestCoresAndDecoders(t *testing.T) {
	cfg := small(t, 100)
	cfg.Queries, cfg.Engines, cfg.Cores, cfg.Decoders = []int{1, 20}, []string{"shared", "segmentio"}, []int{1, 2}, Decoders()
	lines, err := Run(t.Context(), cfg)
	if runtime.NumCPU() < 2 && err != nil && strings.Contains(err.Error(), "pin to 2 cores: there are fewer") {
		t.Log("this machine has one core, and the run says so")
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if want := 2*2*2 + 2*2; len(lines) != want {
		t.Fatalf("%d lines, want %d", len(lines), want)
	}
	matches := map[int]float64{}
	for i, l := range lines {
		if want := 1 + i%2; l.Cores != want || (l.CoresRatio == nil) != (want == 1) || l.Ratio == nil {
			t.Errorf("%+v", l)
		}
		if before, ok := matches[l.Queries]; ok && before != l.MatchesPerTweet {
			t.Errorf("%+v has %v matches, others had %v", l, l.MatchesPerTweet, before)
		}
		matches[l.Queries] = l.MatchesPerTweet
		if portable := i/4 == 1; l.Engine == "shared" && portable != (l.Acceleration == "portable") && jsonscan.Acceleration() != "portable" {
			t.Errorf("line %d: %s", i, l.Acceleration)
		}
	}
}

// checkJSON holds that the output has one object a line with every field.
func checkJSON(t *testing.T, lines []Line) {
	t.Helper()
	var out bytes.Buffer
	if err := WriteJSON(&out, lines); err != nil {
		t.Fatal(err)
	}
	for i, text := range strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n") {
		var got map[string]any
		if err := json.Unmarshal([]byte(text), &got); err != nil {
			t.Fatalf("line %d: %v", i+1, err)
		}
		for _, field := range strings.Fields("engine acceleration queries mix share cores pinned input documents of bytes tweets_per_s gb_per_s " +
			"matches_per_tweet ns_per_tweet added_ns_per_tweet ratio cpu_s tweets_per_cpu_s bytes_per_query add_p50_us add_p99_us " +
			"rounds seed date machine go") {
			if _, ok := got[field]; !ok {
				t.Errorf("line %d has no %s: %s", i+1, field, text)
			}
		}
	}
	if n := strings.Count(out.String(), "\n"); n != len(lines) {
		t.Errorf("%d lines of JSON, want %d", n, len(lines))
	}
}

// Without a cell of one query there is nothing to compare with.
func TestNoBase(t *testing.T) {
	cfg := small(t, 50)
	cfg.Queries, cfg.Engines = []int{5}, []string{"shared"}
	lines, err := Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if lines[0].Ratio != nil || lines[0].AddedNsPerTweet != nil {
		t.Errorf("%+v", lines[0])
	}
}

// Queries come and go under every engine while it runs.
func TestChurn(t *testing.T) {
	cfg := small(t, 200)
	cfg.Queries, cfg.Mixes = []int{50}, []string{"churn"}
	for _, name := range engine.Names() {
		c := testCell(t, &cfg, name, "churn", 50)
		e, err := engine.New(name, c.opts)
		if err != nil {
			t.Fatal(err)
		}
		ch := newChurner(c, e, cfg.Spare)
		for _, i := range ch.in {
			q, err := c.set.query(i)
			if err != nil {
				t.Fatal(err)
			}
			if err := e.Add(q); err != nil {
				t.Fatal(err)
			}
		}
		if err := e.Ready(); err != nil {
			t.Fatal(err)
		}
		team, err := newTeam(e, 1, nil)
		if err != nil {
			t.Fatal(err)
		}
		values, _ := cfg.Input.prefix(50)
		for range 40 {
			if err := ch.change(); err != nil {
				t.Fatal(err)
			}
			if _, err := team.run(t.Context(), values, 1); err != nil {
				t.Fatal(err)
			}
		}
		if ch.changes != 40 || len(ch.adds) == 0 || len(ch.in)+len(ch.out) != 50+cfg.Spare {
			t.Errorf("%s: %d changes, %d adds, %d and %d queries", name, ch.changes, len(ch.adds), len(ch.in), len(ch.out))
		}
		ch.start()
		ch.stop()
	}
}

// testCell returns a cell of a mix.
func testCell(t *testing.T, cfg *Config, name, mixName string, n int) *cell {
	t.Helper()
	cat := defaultCatalog(t)
	m, ok := mix.Lookup(mixName)
	if !ok {
		t.Fatalf("no mix %s", mixName)
	}
	s, err := mixSet(m, cfg.Seed, n+cfg.Spare, cat)
	if err != nil {
		t.Fatal(err)
	}
	return &cell{engine: name, set: s, n: n, cores: 1, opts: engine.Options{Catalog: cat, Stream: stream}}
}

// A script is measured with the queries it has, and not with more.
func TestScript(t *testing.T) {
	cfg := small(t, 50)
	cfg.Mixes, cfg.Engines = nil, []string{"shared", "closure"}
	cfg.Own = script(t, "SELECT count(*) FROM tweets", "SELECT lang, count(*) FROM tweets GROUP BY lang")
	lines, err := Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if len(lines) != 4 || lines[1].Queries != 2 || lines[1].MatchesPerTweet != 2 || lines[3].MatchesPerTweet != 2 || lines[0].Mix != "script" {
		t.Errorf("%+v", lines)
	}
	cfg.Queries = []int{3}
	if _, err := Run(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "2 queries, not 3") {
		t.Errorf("%v", err)
	}
}
