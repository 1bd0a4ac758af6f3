package report

import (
	"github.com/millrace/millrace/services/millrace/internal/bench/chart"
	"github.com/millrace/millrace/services/millrace/internal/figure"
)

// What was not measured by these commands: the goals, and what others reach.

// goal is what is aimed at with so many queries of mixed.
type goal struct {
	queries             int
	tweetsPerS, addedNs float64
	segmentio, closure  float64 // times as fast; 0: nothing is aimed at
}

func goals() []goal {
	return []goal{
		{1, 300_000, 0, 15, 1},
		{100, 270_000, 370, 20, 1.7},
		{1000, 240_000, 830, 24, 9},
		{10_000, 160_000, 2900, 70, 55},
		{100_000, 75_000, 10_000, 0, 285},
	}
}

// keywordGoals are tweets/s with so many queries of keywords over tweets of 682 bytes.
func keywordGoals() map[int]float64 {
	return map[int]float64{1: 800_000, 100: 750_000, 1000: 650_000, 10_000: 400_000}
}

// rangesRival is what Esper reaches with 10,000 queries of a language and a range of
// followers, which its filter index fits: tweets per second of processor time. The
// goal is three times that.
const rangesRival = 112_000

// peer is a system and its tweets per second of processor time with as many queries
// as peerSizes says, each submitted by itself; those that merge by hand run one
// program for all. 0: see words.
type peer struct {
	name   string
	speeds [4]float64
	words  [4]string // instead of a speed
	byHand bool
}

func peerSizes() [4]int { return [4]int{1, 100, 1000, 10_000} }

const none = "–"

// peers were measured before Millrace was built, on the same file and terms as mix
// keywords and the same kind of machine. They are not measured again.
func peers() []peer {
	return []peer{
		{name: "Esper", speeds: [4]float64{350e3, 74e3, 3.8e3, 0}, words: [4]string{3: "< 100"}},
		{name: "ClickHouse materialised views", speeds: [4]float64{231e3, 15e3, 2.5e3, 0}, words: [4]string{3: none}},
		{name: "Siddhi", speeds: [4]float64{211e3, 48e3, 8e3, 0}, words: [4]string{3: none}},
		{name: "Spark Structured Streaming", speeds: [4]float64{127e3, 2e3, 0, 0}, words: [4]string{2: none, 3: none}},
		{name: "Flink SQL statement set", speeds: [4]float64{110e3, 11e3, 0, 0}, words: [4]string{2: "not finished", 3: "not planned"}},
		{name: "Lucene Monitor (whole words)", speeds: [4]float64{34e3, 28e3, 28e3, 19e3}},
		{name: "DuckDB FILTERs", speeds: [4]float64{736e3, 131e3, 6e3, 0}, words: [4]string{3: none}, byHand: true},
		{name: "ClickHouse with Hyperscan", speeds: [4]float64{0, 364e3, 325e3, 0}, words: [4]string{0: none, 3: none}, byHand: true},
		{name: "polars", speeds: [4]float64{0, 247e3, 178e3, 0}, words: [4]string{0: none, 3: none}, byHand: true},
		{name: "Flink with Aho–Corasick", speeds: [4]float64{0, 208e3, 180e3, 105e3}, words: [4]string{0: none}, byHand: true},
	}
}

// series returns the peer's line of a chart.
func (p *peer) series() chart.Series {
	s := chart.Series{Name: p.name, Dashed: true}
	for i, n := range peerSizes() {
		s.Points = append(s.Points, chart.Point{X: float64(n), Y: p.speeds[i]})
	}
	return s
}

// cell returns the peer's speed with the number of queries at i.
func (p *peer) cell(i int) string {
	if p.speeds[i] > 0 {
		return figure.Short(p.speeds[i])
	}
	return p.words[i]
}
