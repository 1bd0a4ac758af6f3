package report

import (
	"fmt"

	"github.com/millrace/millrace/services/millrace/internal/bench"
	"github.com/millrace/millrace/services/millrace/internal/figure"
)

// ablationTable says what a mix comes to at every level, for each number of queries.
func (r *Results) ablationTable(part string) string {
	lines := r.ablation(part)
	if len(lines) == 0 {
		return ""
	}
	g := grid{head: []string{"share"}}
	for _, n := range sizes(lines) {
		g.head = append(g.head, "tweets/s, "+figure.Exact(n)+" queries", "of `all`", "bytes per query")
	}
	for _, level := range distinct(lines, func(l *bench.Line) string { return l.Share }) {
		row := []string{"`" + level + "`"}
		for _, n := range sizes(lines) {
			l, all := one(lines, want{share: level, queries: n}), one(lines, want{share: "all", queries: n})
			if l == nil {
				row = append(row, none, none, none)
				continue
			}
			speed := figure.Short(l.TweetsPerS)
			if l.Documents < l.Of {
				speed += fmt.Sprintf(" (%s documents)", documents(l))
			}
			row = append(row, speed, times(l, all, 0), figure.Short(l.BytesPerQuery))
		}
		g.add(row...)
	}
	return r.withNote(&g, lines)
}

// growth returns the lines of all parts that say how a mix grows.
func (r *Results) growth() []bench.Line {
	var out []bench.Line
	for _, name := range growing() {
		out = append(out, r.parts["growth-"+name]...)
	}
	return of(out, want{engine: "shared"})
}

// growing are the mixes whose growth is measured.
func growing() []string {
	return []string{"keywords", "mixed", "conjunctions", "overlap", "groupby", "ranges", "churn", "worst"}
}

// growthTable says what a tweet costs, for every mix and number of queries, and how
// many of them it matches.
func (r *Results) growthTable() string {
	lines := r.growth()
	if len(lines) == 0 {
		return ""
	}
	g := grid{head: []string{"ns a tweet (matches) with queries:"}}
	for _, n := range sizes(lines) {
		g.head = append(g.head, figure.Exact(n))
	}
	for _, mix := range distinct(lines, func(l *bench.Line) string { return l.Mix }) {
		row := []string{"`" + mix + "`"}
		for _, n := range sizes(lines) {
			cell := none
			if l := one(lines, want{mix: mix, queries: n}); l != nil {
				cell = fmt.Sprintf("%s (%s)", figure.Short(l.NsPerTweet), figure.Short(l.MatchesPerTweet))
			}
			row = append(row, cell)
		}
		g.add(row...)
	}
	return r.withNote(&g, lines)
}
