package report

import (
	"fmt"
	"strings"

	"github.com/millrace/millrace/services/millrace/internal/bench"
	"github.com/millrace/millrace/services/millrace/internal/figure"
)

// sqlTable has queries that nobody chose.
func (r *Results) sqlTable() string {
	var all []bench.Line
	g := grid{head: []string{"queries", "of", "Millrace, tweets/s", "closures, tweets/s", "×", "matches per tweet", "closures over"}}
	for _, part := range []string{"sql", "sql-standing"} {
		lines := r.parts[part]
		all = append(all, lines...)
		for _, n := range sizes(lines) {
			ours, theirs := one(lines, want{engine: "shared", queries: n}), one(lines, want{engine: "closure", queries: n})
			if ours == nil || theirs == nil {
				continue
			}
			g.add(figure.Exact(n), "`"+strings.TrimPrefix(ours.Mix, "sql:")+"`", figure.Short(ours.TweetsPerS), figure.Short(theirs.TweetsPerS),
				times(ours, theirs, 0), figure.Short(ours.MatchesPerTweet), documents(theirs))
		}
	}
	if len(g.rows) == 0 {
		return ""
	}
	return r.withNote(&g, all)
}

// coresTable compares numbers of cores within one run.
func (r *Results) coresTable() string {
	lines := of(r.parts["cores"], want{engine: "shared"})
	if len(lines) == 0 {
		return ""
	}
	g := grid{head: []string{"queries", "cores", "tweets/s", "of one core"}}
	for _, l := range lines {
		ratio := none
		if l.CoresRatio != nil {
			aim := 0.0
			if l.Cores == 2 {
				aim = 1.8
			}
			ratio = against(*l.CoresRatio, aim, false)
		}
		g.add(figure.Exact(l.Queries), fmt.Sprint(l.Cores), figure.Short(l.TweetsPerS), ratio)
	}
	return r.withNote(&g, lines)
}

// decoderTable compares the paths of the decoder within one run.
func (r *Results) decoderTable() string {
	lines := of(r.parts["decoder"], want{engine: "shared"})
	if len(lines) == 0 {
		return ""
	}
	g := grid{head: []string{"queries"}}
	paths := distinct(lines, func(l *bench.Line) string { return l.Acceleration })
	for _, path := range paths {
		g.head = append(g.head, path+", tweets/s")
	}
	g.head = append(g.head, paths[0]+" ÷ "+paths[len(paths)-1])
	for _, n := range sizes(lines) {
		row := []string{figure.Exact(n)}
		for _, path := range paths {
			speed := none
			if l := one(lines, want{acceleration: path, queries: n}); l != nil {
				speed = figure.Short(l.TweetsPerS)
			}
			row = append(row, speed)
		}
		first, last := one(lines, want{acceleration: paths[0], queries: n}), one(lines, want{acceleration: paths[len(paths)-1], queries: n})
		if first == nil {
			g.add(append(row, none)...)
			continue
		}
		g.add(append(row, times(first, last, 0))...)
	}
	return r.withNote(&g, lines)
}

// profileTable says where time goes, and how much of it.
func (r *Results) profileTable() string {
	if len(r.profiles) == 0 {
		return ""
	}
	g := grid{head: []string{"with queries:"}}
	total := []string{"in all, ns a tweet"}
	var lines []bench.Line
	for _, p := range r.profiles {
		g.head = append(g.head, figure.Exact(p.queries))
		some := r.parts[fmt.Sprintf("profile-%d", p.queries)]
		lines = append(lines, some...)
		ns := none
		if l := one(some, want{queries: p.queries}); l != nil {
			ns = figure.Short(l.NsPerTweet)
		}
		total = append(total, ns)
	}
	for i, name := range partNames() {
		row := []string{name}
		for _, p := range r.profiles {
			row = append(row, fmt.Sprintf("%.0f %%", 100*p.shares[i]))
		}
		g.add(row...)
	}
	g.add(total...)
	return r.withNote(&g, lines)
}
