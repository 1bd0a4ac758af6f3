package chart

import (
	"bytes"
	"flag"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var rewrite = flag.Bool("rewrite", false, "write the golden files anew")

// charts are one of each kind.
func charts() map[string]func() []byte {
	lines := &Lines{
		Title: `Speed & "more"`, Note: "Measured on <a machine>" + strings.Repeat(", with more to be told of it", 5) + ".", X: Axis{"standing queries"}, Y: Axis{"tweets/s"},
		Series: []Series{
			{Name: "Millrace", Points: []Point{{1, 367_000}, {100, 270_000}, {1000, 220_000}, {100_000, 54_500}}},
			{Name: "a closure per query", Points: []Point{{1, 367_000}, {100, 159_000}, {1000, 26_000}, {10_000, 0}}},
			{Name: "near the first", Points: []Point{{1, 360_000}, {100_000, 54_000}}},
			{Name: "the goal", Points: []Point{{1, 300_000}, {100_000, 75_000}}, Dashed: true},
			{Name: "nothing", Points: []Point{{1, 0}, {10, math.NaN()}}},
		},
	}
	bars := &Bars{
		Title: "What sharing brings", Note: "Note.", Label: "tweets/s",
		Groups: []Group{
			{"1,000 queries", []Bar{{Name: "none", Value: 122, Text: "(0.002 of all)", Colour: 9}, {Name: "all", Value: 60_200}}},
			{"10,000 queries", []Bar{{Name: "none", Value: 0, Colour: 9}, {Name: "all", Value: 55_000}}},
		},
	}
	stacks := &Stacks{
		Title: "Where time goes", Note: "Note.", Label: "share of processor time",
		Parts: []string{"JSON: find the structure", "JSON: walk, validate, convert", "text indexes", "fan-out to queries", "the rest"},
		Rows:  []Row{{"1 query", []float64{0.48, 0.52, 0, 0, 0}}, {"10,000 queries", []float64{0.2, 0.3, 0.3, 0.195, 0.005}}},
	}
	return map[string]func() []byte{
		"lines": lines.SVG, "bars": bars.SVG, "stacks": stacks.SVG,
		"empty": (&Lines{Title: "Nothing", X: Axis{"queries"}, Y: Axis{"tweets/s"}}).SVG,
		"point": (&Lines{Title: "One", X: Axis{"queries"}, Y: Axis{"tweets/s"}, Series: []Series{{Name: "one", Points: []Point{{5, 7}}}}}).SVG,
	}
}

// The same figures give the same bytes.
func TestGolden(t *testing.T) {
	for name, draw := range charts() {
		got, again := draw(), draw()
		if !bytes.Equal(got, again) {
			t.Errorf("%s is drawn in two ways", name)
		}
		path := filepath.Join("testdata", name+".svg")
		if *rewrite {
			if err := os.WriteFile(path, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not %s; go test -rewrite writes it anew, to be looked at:\n%s", name, path, got)
		}
	}
}

// The ends of an axis are at figures of one digit around what is shown.
func TestDecades(t *testing.T) {
	for _, test := range []struct{ least, most, from, to float64 }{
		{54_500, 367_000, 50_000, 500_000}, {1, 10, 1, 10}, {7, 7, 5, 10}, {10, 10, 10, 100}, {3, 2100, 2, 5000},
	} {
		s := decades(test.least, test.most, 0, 100)
		if math.Abs(s.least/test.from-1) > 1e-9 || math.Abs(s.most/test.to-1) > 1e-9 {
			t.Errorf("%v to %v: from %v to %v, want %v and %v", test.least, test.most, s.least, s.most, test.from, test.to)
		}
		if n := len(s.ticks()); n < 2 || n > 12 {
			t.Errorf("%v to %v: ticks at %v", test.least, test.most, s.ticks())
		}
	}
}
