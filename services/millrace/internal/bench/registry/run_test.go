package registry

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/libs/embedded"
	"github.com/millrace/millrace/services/millrace/internal/bench"
	"github.com/millrace/millrace/services/millrace/internal/bench/standtest"
)

// newConfig returns a small run over servers of its own.
func newConfig(t *testing.T) Config {
	t.Helper()
	servers, command := standtest.Start(t)
	in, err := bench.Generated(1, 100, true)
	if err != nil {
		t.Fatal(err)
	}
	return Config{
		Servers: servers, Command: command, Input: in.Cut(8 << 10), Mix: "mixed", Seed: 1,
		Queries: 1100, Starts: 2, Adds: 3, Many: 40, Rate: 500, Quiet: 100 * time.Millisecond, Rest: 10 * time.Millisecond,
	}
}

// The whole of it measures everything, and leaves nothing behind.
func TestRun(t *testing.T) {
	cfg := newConfig(t)
	var profile, heap bytes.Buffer
	cfg.Profile, cfg.ProfileOf, cfg.Heap, cfg.HeapOf = &profile, OfMany, &heap, OfDropped
	l, err := Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if l.Engine != "registry" || l.Mix != "mixed" || l.Queries != 1100 || l.Starts != 2 || l.Note != embedded.Label || l.Date == "" || l.Machine == "" {
		t.Errorf("%+v", l)
	}
	for name, s := range map[string]Start{"first": l.First, "median": l.Start, "slowest": l.Slow} {
		if s.Kafka <= 0 || s.Registry <= 0 || s.Ready < s.Registry || s.Commit <= 0 {
			t.Errorf("%s start: %+v", name, s)
		}
	}
	if l.First.Live <= 0 || l.Start.Live != 0 || l.Start.CaughtUp <= 0 || l.Start.Ready > l.Slow.Ready {
		t.Errorf("%+v, %+v, %+v", l.First, l.Start, l.Slow)
	}
	for name, s := range map[string]Spans{"build": l.Adds.Build, "planned": l.Adds.Planned, "live": l.Adds.Live} {
		if s.P50 <= 0 || s.P99 < s.P50 || s.Most < s.P99 {
			t.Errorf("%s: %+v", name, s)
		}
	}
	if l.Adds.Count != 3 || l.Adds.Pause <= 0 || l.QuietPause <= 0 || l.TweetsPerS != 500 {
		t.Errorf("%+v, %v ms, %v posts a second", l.Adds, l.QuietPause, l.TweetsPerS)
	}
	if m := l.Many; m.Count != 40 || m.Builds < 1 || m.Build <= 0 || m.Planned < m.Written || m.Done < m.Written || m.Pause <= 0 {
		t.Errorf("%+v", m)
	}
	if m := l.Drop; m.Count != 1144 || m.Builds < 1 || m.Done <= 0 {
		t.Errorf("%+v", m)
	}
	if h := l.Heap; h.Empty <= 0 || h.Full <= h.Empty || h.After <= 0 || h.Rested <= 0 || h.Rest != 0.01 || h.PerQuery <= 0 {
		t.Errorf("%+v", h)
	}
	if profile.Len() == 0 || heap.Len() == 0 {
		t.Errorf("a processor profile of %d bytes, and one of memory of %d", profile.Len(), heap.Len())
	}
	if topics, keys := standtest.Holdings(t, &cfg.Servers); topics != 0 || keys != 0 {
		t.Errorf("%d topics and %d keys are left", topics, keys)
	}
	var table, object bytes.Buffer
	if err := errors.Join(WriteTable(&table, &l), bench.WriteJSON(&object, []Line{l})); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"1100 queries of mixed", embedded.Label, "Kafka to registry", "3 queries one at a time", "plan built", "longest pause", "all dropped", "0.01 s later"} {
		if !strings.Contains(table.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, table.String())
		}
	}
	for _, want := range []string{`"ready_s":`, `"plan_build_ms":{"p50":`, `"quiet_pause_ms":`, `"dropped_bytes":`} {
		if strings.Count(object.String(), "\n") != 1 || !strings.Contains(object.String(), want) {
			t.Errorf("the object lacks %q:\n%s", want, object.String())
		}
	}
}

// A scheduler that ends by itself is told, and not waited for.
func TestSchedulerEnds(t *testing.T) {
	cfg := newConfig(t)
	cfg.Command = []string{"false"}
	if _, err := Run(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "the scheduler ended by itself") {
		t.Error(err)
	}
	if topics, keys := standtest.Holdings(t, &cfg.Servers); topics != 0 || keys != 0 {
		t.Errorf("%d topics and %d keys are left", topics, keys)
	}
}

// The scan stands still between two of its transactions, whichever partition of time
// they fall into.
func TestPause(t *testing.T) {
	w := newWatched()
	for _, at := range []int64{1000, 1100, 1900, 2000} {
		w.seals = append(w.seals, seal{wall: at})
	}
	for _, c := range []struct{ from, to, want int64 }{
		{0, 3000, 800}, {1000, 1100, 100}, {1500, 1600, 800}, {1900, 3000, 100}, {2000, 3000, 0},
	} {
		if got := w.pause(time.UnixMilli(c.from), time.UnixMilli(c.to)); got != time.Duration(c.want)*time.Millisecond {
			t.Errorf("from %d to %d: %s, want %d ms", c.from, c.to, got, c.want)
		}
	}
}

func TestCheck(t *testing.T) {
	in, err := bench.Generated(1, 1, true)
	if err != nil {
		t.Fatal(err)
	}
	good := Config{Input: in, Command: []string{"x"}, Mix: "mixed", Queries: 1, Starts: 1, Adds: 1, Many: 1, Rate: 1}
	if err := good.check(); err != nil {
		t.Error(err)
	}
	for want, change := range map[string]func(*Config){
		"the input has no documents": func(c *Config) { c.Input = nil },
		"nothing to measure":         func(c *Config) { c.Many = 0 },
		"there is no mix nix":        func(c *Config) { c.Mix = "nix" },
		"are those of another":       func(c *Config) { c.Mix = "churn" },
		"there is no profile of all": func(c *Config) { c.Profile, c.ProfileOf = new(bytes.Buffer), "all" },
		"profile of memory of start": func(c *Config) { c.Heap, c.HeapOf = new(bytes.Buffer), OfStart },
	} {
		c := good
		change(&c)
		if err := c.check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; want %s", err, want)
		}
	}
}
