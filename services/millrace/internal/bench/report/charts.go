package report

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/millrace/millrace/services/millrace/internal/bench"
	"github.com/millrace/millrace/services/millrace/internal/bench/chart"
	"github.com/millrace/millrace/services/millrace/internal/figure"
)

// Axes that several charts have.
const (
	standing  = "standing queries"
	perSecond = "tweets/s, one core"
)

// Charts returns the charts that the results have, as SVG, by name.
func (r *Results) Charts() map[string][]byte {
	out := map[string][]byte{}
	for name, c := range r.charts() {
		out[name] = c.draw()
	}
	return out
}

// drawing is a chart.
type drawing struct {
	title string
	draw  func() []byte
}

// charts returns the charts that the results have, by name.
func (r *Results) charts() map[string]drawing {
	out := map[string]drawing{}
	for name, c := range map[string]*chart.Lines{
		"engines": r.enginesChart(), "peers": r.peersChart(), "mixes": r.mixesChart(), "added": r.addedChart(),
	} {
		if slices.ContainsFunc(c.Series, func(s chart.Series) bool { return !s.Dashed && len(s.Points) > 0 }) {
			out[name] = drawing{c.Title, c.SVG}
		}
	}
	for _, mix := range ablated() {
		if c := r.ablationChart(mix); len(c.Groups) > 0 {
			out["ablation-"+mix] = drawing{c.Title, c.SVG}
		}
	}
	if c := r.profileChart(); len(c.Rows) > 0 {
		out["profile"] = drawing{c.Title, c.SVG}
	}
	return out
}

// speed, perCPU and added are what charts show of a line.
func speed(l *bench.Line) float64  { return l.TweetsPerS }
func perCPU(l *bench.Line) float64 { return l.TweetsPerCPUS }
func added(l *bench.Line) float64 {
	if l.AddedNsPerTweet == nil {
		return 0
	}
	return *l.AddedNsPerTweet
}

// series returns what lines show, over their numbers of queries.
func series(name string, lines []bench.Line, y func(l *bench.Line) float64) chart.Series {
	s := chart.Series{Name: name}
	for i := range lines {
		s.Points = append(s.Points, chart.Point{X: float64(lines[i].Queries), Y: y(&lines[i])})
	}
	sort.Slice(s.Points, func(i, j int) bool { return s.Points[i].X < s.Points[j].X })
	return s
}

func (r *Results) enginesChart() *chart.Lines {
	lines := r.parts["goal"]
	c := &chart.Lines{
		Title: "Tweets per second under standing queries: mix mixed", Note: r.measured(lines),
		X: chart.Axis{Label: standing}, Y: chart.Axis{Label: perSecond},
	}
	for _, e := range []struct{ engine, name string }{
		{"shared", "Millrace"}, {"closure", "a closure per query"}, {"segmentio", "segmentio and closures"},
	} {
		c.Series = append(c.Series, series(e.name, of(lines, want{engine: e.engine}), speed))
	}
	goal := chart.Series{Name: "the goal", Dashed: true}
	for _, g := range goals() {
		goal.Points = append(goal.Points, chart.Point{X: float64(g.queries), Y: g.tweetsPerS})
	}
	c.Series = append(c.Series, goal)
	return c
}

func (r *Results) peersChart() *chart.Lines {
	lines := of(r.parts["keywords"], want{engine: "shared"})
	c := &chart.Lines{
		Title: "Tweets per CPU second: mix keywords; dashed: others' figures, not measured here", Note: r.measured(lines),
		X: chart.Axis{Label: standing}, Y: chart.Axis{Label: "tweets per CPU second"},
		Series: []chart.Series{series("Millrace", lines, perCPU)},
	}
	for _, p := range peers() {
		s := p.series()
		if p.byHand {
			s.Name += ", by hand"
		}
		c.Series = append(c.Series, s)
	}
	return c
}

func (r *Results) mixesChart() *chart.Lines {
	lines := r.growth()
	return &chart.Lines{
		Title: "Tweets per second under standing queries of every mix", Note: r.measured(lines),
		X: chart.Axis{Label: standing}, Y: chart.Axis{Label: perSecond}, Series: ofMixes(lines, speed),
	}
}

func (r *Results) addedChart() *chart.Lines {
	lines := r.growth()
	return &chart.Lines{
		Title: "What queries add to the cost of a tweet over one query", Note: r.measured(lines),
		X: chart.Axis{Label: standing}, Y: chart.Axis{Label: "added ns a tweet"}, Series: ofMixes(lines, added),
	}
}

// ofMixes returns a series for each mix.
func ofMixes(lines []bench.Line, y func(l *bench.Line) float64) []chart.Series {
	var out []chart.Series
	for _, name := range growing() {
		if some := of(lines, want{mix: name}); len(some) > 0 {
			out = append(out, series(name, some, y))
		}
	}
	return out
}

func (r *Results) ablationChart(mix string) *chart.Bars {
	const whole, ladder, leftOut = 0, 9, 1
	lines := r.ablation("ablation-" + mix)
	c := &chart.Bars{Title: "What each kind of sharing brings: mix " + mix, Label: perSecond, Note: r.measured(lines)}
	for _, n := range sizes(lines) {
		some := of(lines, want{queries: n})
		g := chart.Group{Name: queries(n)}
		all := one(some, want{share: "all"})
		for i := range some {
			l := &some[i]
			bar := chart.Bar{Name: l.Share, Value: l.TweetsPerS, Colour: ladder}
			switch {
			case l == all || l.Share == "all":
				bar.Colour = whole
			case strings.HasPrefix(l.Share, "all,"):
				bar.Colour = leftOut
			}
			if all != nil && l.Share != "all" {
				bar.Text = fmt.Sprintf("(%s of all)", figure.Short(l.TweetsPerS/all.TweetsPerS))
			}
			g.Bars = append(g.Bars, bar)
		}
		c.Groups = append(c.Groups, g)
	}
	return c
}

func (r *Results) profileChart() *chart.Stacks {
	var lines []bench.Line
	c := &chart.Stacks{Title: "Where a tweet's time goes: mix mixed", Label: "share of processor time", Parts: partNames()}
	for _, p := range r.profiles {
		some := r.parts[fmt.Sprintf("profile-%d", p.queries)]
		lines = append(lines, some...)
		name := queries(p.queries)
		if l := one(some, want{queries: p.queries}); l != nil {
			name += ", " + figure.Short(l.NsPerTweet) + " ns"
		}
		c.Rows = append(c.Rows, chart.Row{Name: name, Values: p.shares})
	}
	c.Note = r.measured(lines)
	return c
}
