package report

import (
	"fmt"
	"strings"

	"github.com/millrace/millrace/services/millrace/internal/bench"
	"github.com/millrace/millrace/services/millrace/internal/bench/chart"
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
func withNote(g *grid, lines []bench.Line) string { return g.String() + "\n" + measured(lines) + "\n" }

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
		g.add(count(l.Queries), against(l.TweetsPerS, aim.tweetsPerS, false), chart.Number(l.GBPerS), added,
			times(l, one(lines, want{engine: "segmentio", queries: aim.queries}), aim.segmentio),
			times(l, one(lines, want{engine: "closure", queries: aim.queries}), aim.closure), chart.Number(l.MatchesPerTweet))
	}
	if len(g.rows) == 0 {
		return ""
	}
	return withNote(&g, lines)
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
	return withNote(enginesGrid(lines), lines)
}

func enginesGrid(lines []bench.Line) *grid {
	g := grid{head: []string{"engine", "queries", "tweets/s", "ns a tweet", "of one query", "CPU s a pass", "documents a pass"}}
	for _, l := range lines {
		g.add(l.Engine, count(l.Queries), chart.Number(l.TweetsPerS), chart.Number(l.NsPerTweet), maybe(l.Ratio), chart.Number(l.CPUSeconds), documents(&l))
	}
	return &g
}

// documents says how many there were, and of how many, if it was a prefix.
func documents(l *bench.Line) string {
	if l.Documents < l.Of {
		return "the first " + count(l.Documents)
	}
	return count(l.Documents)
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
			bytes = chart.Number(l.BytesPerQuery)
		}
		g.add(count(l.Queries), bytes, maybe(l.AddP50)+" µs", maybe(l.AddP99)+" µs", chart.Number(l.AddAllS)+" s")
	}
	return withNote(&g, lines)
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
		perCPU := chart.Number(l.TweetsPerCPUS)
		if part == "ranges" && l.Queries == 10_000 {
			perCPU = against(l.TweetsPerCPUS, 3*rangesRival, false)
		}
		g.add(count(l.Queries), against(l.TweetsPerS, aims[l.Queries], false), perCPU, chart.Number(l.NsPerTweet), maybe(l.AddedNsPerTweet),
			maybe(l.Ratio), times(&l, one(all, want{engine: "closure", queries: l.Queries}), 0), chart.Number(l.MatchesPerTweet))
	}
	return withNote(&g, lines)
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
		g.head = append(g.head, count(n))
		speed := none
		if l := one(lines, want{queries: n}); l != nil {
			speed = "**" + chart.Number(l.TweetsPerCPUS) + "**"
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
	return withNote(&g, lines)
}

// ablationTable says what a mix comes to at every level, for each number of queries.
func (r *Results) ablationTable(part string) string {
	lines := r.ablation(part)
	if len(lines) == 0 {
		return ""
	}
	g := grid{head: []string{"share"}}
	for _, n := range sizes(lines) {
		g.head = append(g.head, "tweets/s, "+count(n)+" queries", "of `all`", "bytes per query")
	}
	for _, level := range distinct(lines, func(l *bench.Line) string { return l.Share }) {
		row := []string{"`" + level + "`"}
		for _, n := range sizes(lines) {
			l, all := one(lines, want{share: level, queries: n}), one(lines, want{share: "all", queries: n})
			if l == nil {
				row = append(row, none, none, none)
				continue
			}
			speed := chart.Number(l.TweetsPerS)
			if l.Documents < l.Of {
				speed += fmt.Sprintf(" (%s documents)", documents(l))
			}
			row = append(row, speed, times(l, all, 0), chart.Number(l.BytesPerQuery))
		}
		g.add(row...)
	}
	return withNote(&g, lines)
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
		g.head = append(g.head, count(n))
	}
	for _, mix := range distinct(lines, func(l *bench.Line) string { return l.Mix }) {
		row := []string{"`" + mix + "`"}
		for _, n := range sizes(lines) {
			cell := none
			if l := one(lines, want{mix: mix, queries: n}); l != nil {
				cell = fmt.Sprintf("%s (%s)", chart.Number(l.NsPerTweet), chart.Number(l.MatchesPerTweet))
			}
			row = append(row, cell)
		}
		g.add(row...)
	}
	return withNote(&g, lines)
}

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
			g.add(count(n), "`"+strings.TrimPrefix(ours.Mix, "sql:")+"`", chart.Number(ours.TweetsPerS), chart.Number(theirs.TweetsPerS),
				times(ours, theirs, 0), chart.Number(ours.MatchesPerTweet), documents(theirs))
		}
	}
	if len(g.rows) == 0 {
		return ""
	}
	return withNote(&g, all)
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
		g.add(count(l.Queries), fmt.Sprint(l.Cores), chart.Number(l.TweetsPerS), ratio)
	}
	return withNote(&g, lines)
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
		row := []string{count(n)}
		for _, path := range paths {
			speed := none
			if l := one(lines, want{acceleration: path, queries: n}); l != nil {
				speed = chart.Number(l.TweetsPerS)
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
	return withNote(&g, lines)
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
		g.head = append(g.head, count(p.queries))
		some := r.parts[fmt.Sprintf("profile-%d", p.queries)]
		lines = append(lines, some...)
		ns := none
		if l := one(some, want{queries: p.queries}); l != nil {
			ns = chart.Number(l.NsPerTweet)
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
	return withNote(&g, lines)
}
