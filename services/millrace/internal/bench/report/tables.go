package report

import (
	"github.com/millrace/millrace/services/millrace/internal/bench"
	"github.com/millrace/millrace/services/millrace/internal/figure"
)

// maker makes one table; it returns "" where there is nothing to make it of.
type maker struct {
	name   string
	make   func(r *Results) string
	charts []string // which of [Results.Charts] are shown above it
}

// makers are all tables, by the names that documents mark their places with.
func makers() []maker {
	out := []maker{
		{"goal", (*Results).goalTable, []string{"engines"}},
		{"engines", (*Results).enginesTable, nil},
		{"memory", (*Results).memoryTable, nil},
		{"keywords", func(r *Results) string { return r.wordsTable("keywords") }, nil},
		{"peers", (*Results).peersTable, []string{"peers"}},
		{"ranges", func(r *Results) string { return r.wordsTable("ranges") }, nil},
		{"growth", (*Results).growthTable, []string{"mixes", "added"}},
		{"sql", (*Results).sqlTable, nil},
		{"cores", (*Results).coresTable, nil},
		{"decoder", (*Results).decoderTable, nil},
		{"profile", (*Results).profileTable, []string{"profile"}},
	}
	for _, mix := range ablated() {
		part := "ablation-" + mix
		out = append(out, maker{part, func(r *Results) string { return r.ablationTable(part) }, []string{part}})
	}
	return out
}

// ablated are the mixes that optimisations are left out of.
func ablated() []string { return []string{"mixed", "overlap", "groupby", "ranges"} }

// withNote is a table and what was measured.
func (r *Results) withNote(g *grid, lines []bench.Line) string {
	return g.String() + "\n" + r.measured(lines) + "\n"
}

// goalTable compares with the goals, and engines within one run.
func (r *Results) goalTable() string {
	lines := r.parts["goal"]
	g := grid{head: []string{"queries", "tweets/s", "GB/s", "added ns a tweet", "× segmentio and closures", "× closures", "matches per tweet"}}
	for _, aim := range goals() {
		l := one(lines, want{engine: "shared", queries: aim.queries})
		if l == nil {
			continue
		}
		added := none
		if l.AddedNsPerTweet != nil && aim.queries > 1 {
			added = against(*l.AddedNsPerTweet, aim.addedNs, true)
		}
		g.add(figure.Exact(l.Queries), against(l.TweetsPerS, aim.tweetsPerS, false), figure.Short(l.GBPerS), added,
			times(l, one(lines, want{engine: "segmentio", queries: aim.queries}), aim.segmentio),
			times(l, one(lines, want{engine: "closure", queries: aim.queries}), aim.closure), figure.Short(l.MatchesPerTweet))
	}
	if len(g.rows) == 0 {
		return ""
	}
	return r.withNote(&g, lines)
}

// times writes how many times as fast l is as other, beside what is aimed at.
func times(l, other *bench.Line, aim float64) string {
	if other == nil || other.TweetsPerS == 0 {
		return none
	}
	return against(l.TweetsPerS/other.TweetsPerS, aim, false)
}

// enginesTable has the figures of every engine.
func (r *Results) enginesTable() string {
	lines := r.parts["goal"]
	if len(lines) == 0 {
		return ""
	}
	return r.withNote(enginesGrid(lines), lines)
}

func enginesGrid(lines []bench.Line) *grid {
	g := grid{head: []string{"engine", "queries", "tweets/s", "ns a tweet", "of one query", "CPU s a pass", "documents a pass"}}
	for _, l := range lines {
		g.add(l.Engine, figure.Exact(l.Queries), figure.Short(l.TweetsPerS), figure.Short(l.NsPerTweet), maybe(l.Ratio), figure.Short(l.CPUSeconds), documents(&l))
	}
	return &g
}

// documents says how many there were, and of how many, if it was a prefix.
func documents(l *bench.Line) string {
	if l.Documents < l.Of {
		return "the first " + figure.Exact(l.Documents)
	}
	return figure.Exact(l.Documents)
}

// memoryTable says what queries take, and how long adding one lasts.
func (r *Results) memoryTable() string {
	lines := of(r.parts["goal"], want{engine: "shared"})
	if len(lines) == 0 {
		return ""
	}
	g := grid{head: []string{"queries", "bytes per query", "add one: median", "99th percentile", "add all"}}
	for _, l := range lines {
		bytes := none
		if l.Queries >= 100 {
			bytes = figure.Short(l.BytesPerQuery)
		}
		g.add(figure.Exact(l.Queries), bytes, maybe(l.AddP50)+" µs", maybe(l.AddP99)+" µs", figure.Short(l.AddAllS)+" s")
	}
	return r.withNote(&g, lines)
}

// wordsTable has a mix over tweets of one's own.
func (r *Results) wordsTable(part string) string {
	all := r.parts[part]
	lines := of(all, want{engine: "shared"})
	if len(lines) == 0 {
		return ""
	}
	aims := map[int]float64{}
	head := []string{"queries", "tweets/s", "tweets per CPU s", "ns a tweet", "added ns", "of one query", "× closures", "matches per tweet"}
	if part == "keywords" {
		aims = keywordGoals()
	}
	g := grid{head: head}
	for _, l := range lines {
		perCPU := figure.Short(l.TweetsPerCPUS)
		if part == "ranges" && l.Queries == 10_000 {
			perCPU = against(l.TweetsPerCPUS, 3*rangesRival, false)
		}
		g.add(figure.Exact(l.Queries), against(l.TweetsPerS, aims[l.Queries], false), perCPU, figure.Short(l.NsPerTweet), maybe(l.AddedNsPerTweet),
			maybe(l.Ratio), times(&l, one(all, want{engine: "closure", queries: l.Queries}), 0), figure.Short(l.MatchesPerTweet))
	}
	return r.withNote(&g, lines)
}

// peersTable puts what others reach under what keywords came to.
func (r *Results) peersTable() string {
	lines := of(r.parts["keywords"], want{engine: "shared"})
	if len(lines) == 0 {
		return ""
	}
	g := grid{head: []string{"tweets per CPU second with queries:"}}
	ours := []string{"**Millrace**, `keywords`"}
	for _, n := range peerSizes() {
		g.head = append(g.head, figure.Exact(n))
		speed := none
		if l := one(lines, want{queries: n}); l != nil {
			speed = "**" + figure.Short(l.TweetsPerCPUS) + "**"
		}
		ours = append(ours, speed)
	}
	g.add(ours...)
	for _, p := range peers() {
		name := p.name
		if p.byHand {
			name += ", merged by hand"
		}
		row := []string{name}
		for i := range p.speeds {
			row = append(row, p.cell(i))
		}
		g.add(row...)
	}
	return r.withNote(&g, lines)
}
