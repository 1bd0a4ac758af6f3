package reference

import (
	"encoding/json"
	"math"

	"github.com/millrace/millrace/libs/record"
)

// approximate reports whether the engine may answer something else than what is exact.
func (g *gathering) approximate() bool {
	return g.name == "approx_count_distinct" || g.name == "approx_percentile" || g.name == "sample_agg"
}

// check returns a test of whether the engine's answer, as JSON, is within what the
// documentation promises.
func (g *gathered) check() func(got string) bool {
	rows := g.taken()
	switch {
	case g.name == "approx_count_distinct":
		n := float64(len(distinctOf(rows)))
		return number64(func(got float64) bool { return math.Abs(got-n) <= max(4*0.0082*n, min(n, 3)) })
	case len(rows) == 0:
		return func(got string) bool { return got == "null" }
	case g.name == "approx_percentile":
		want := g.percentile(rows)
		if math.IsNaN(want) || math.IsInf(want, 0) {
			text := string(record.AppendJSON(nil, record.Float(want)))
			return func(got string) bool { return got == text }
		}
		return number64(func(got float64) bool { return math.Abs(got-want) <= 0.01*math.Abs(want) })
	default:
		n := min(len(rows), int(g.given[0].Int()))
		return func(got string) bool { return isSample(got, rows, n) }
	}
}

func number64(ok func(float64) bool) func(string) bool {
	return func(got string) bool {
		var n float64
		return json.Unmarshal([]byte(got), &n) == nil && ok(n)
	}
}

// isSample reports whether got is n of the values, each at most as often as it is there.
// Which of them were drawn it does not know: answers of the engine, in other orders and
// beside other queries, are compared with each other.
func isSample(got string, rows [][]record.Value, n int) bool {
	var list []json.RawMessage
	if json.Unmarshal([]byte(got), &list) != nil || len(list) != n {
		return false
	}
	left := map[string]int{}
	for _, row := range rows {
		text, err := canonical(record.AppendJSON(nil, row[0]))
		if err != nil {
			return false
		}
		left[text]++
	}
	for _, v := range list {
		text, err := canonical(v)
		if err != nil || left[text] == 0 {
			return false
		}
		left[text]--
	}
	return true
}
