package metrics

import (
	"strings"
	"testing"
)

func page(t *testing.T, r *Registry) string {
	t.Helper()
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := WriteText(&out, families); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// Families come by name and each once, whichever sources tell of them; series come by
// labels, and labels by name.
func TestPage(t *testing.T) {
	r := NewRegistry()
	lag := Desc{Name: "x_lag", Help: "Records.", Type: Gauge, Labels: []string{"topic", "partition"}}
	total := Desc{Name: "x_bytes_total", Help: "A \\ and\na \" in it.", Type: Counter}
	tell := func(v float64) Source {
		return func(p *Page) {
			p.Add(&lag, v, "tweets", "1")
			p.Add(&lag, 1.5, "tweets", "0")
			p.Add(&total, v*1e9)
		}
	}
	r.With("scheduler", "1").Register(tell(2))
	away := r.With("scheduler", "0").Register(tell(1))
	if got, want := page(t, r), `# HELP x_bytes_total A \\ and\na " in it.
# TYPE x_bytes_total counter
x_bytes_total{scheduler="0"} 1e+09
x_bytes_total{scheduler="1"} 2e+09
# HELP x_lag Records.
# TYPE x_lag gauge
x_lag{partition="0",scheduler="0",topic="tweets"} 1.5
x_lag{partition="0",scheduler="1",topic="tweets"} 1.5
x_lag{partition="1",scheduler="0",topic="tweets"} 1
x_lag{partition="1",scheduler="1",topic="tweets"} 2
`; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	away()
	if got := page(t, r); strings.Contains(got, `scheduler="0"`) || !strings.Contains(got, `scheduler="1"`) {
		t.Errorf("after one has gone:\n%s", got)
	}
}

// What sources say must fit together, or the scrape fails.
func TestContradictions(t *testing.T) {
	plain := &Desc{Name: "x", Help: "X.", Type: Gauge}
	for want, source := range map[string]Source{
		"is told twice": func(p *Page) { p.Add(plain, 1); p.Add(plain, 1) },
		"is a gauge (X.) and": func(p *Page) {
			p.Add(plain, 1)
			p.Add(&Desc{Name: "x", Help: "X.", Type: Counter, Labels: []string{"l"}}, 1, "v")
		},
		"a gauge (Y.)": func(p *Page) {
			p.Add(plain, 1)
			p.Add(&Desc{Name: "x", Help: "Y.", Type: Gauge, Labels: []string{"l"}}, 1, "v")
		},
		`with values ["v"]`:     func(p *Page) { p.Add(plain, 1, "v") },
		"was told as another":   func(p *Page) { p.AddDistribution(plain, Distribution{}) },
		"is a histogram with l": func(p *Page) { p.Add(&Desc{Name: "x", Type: Histogram}, 1) },
	} {
		r := NewRegistry()
		r.Register(source)
		if _, err := r.Gather(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error with %q", err, want)
		}
	}
	r := NewRegistry()
	r.Register(func(p *Page) { p.Add(plain, 1) })
	r.Register(func(p *Page) { p.Add(plain, 1) })
	if _, err := r.Gather(); err == nil || !strings.Contains(err.Error(), "is told twice") {
		t.Errorf("two sources: %v", err)
	}
}

// Nobody has to have a registry.
func TestNilRegistry(t *testing.T) {
	var r *Registry
	r.With("a", "b").Register(func(*Page) { t.Error("asked") })()
	if families, err := r.Gather(); err != nil || len(families) != 0 {
		t.Errorf("%v, %v", families, err)
	}
}
