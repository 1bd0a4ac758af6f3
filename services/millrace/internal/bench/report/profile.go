package report

import (
	"os"
	"slices"
	"strings"

	pprof "github.com/google/pprof/profile"
)

// profile says where the processor's time went.
type profile struct {
	queries int
	shares  []float64 // parallel to whereabouts, of 1
}

// whereabouts are the parts that time goes into. A stack belongs to the first that
// one of its functions is of; the last takes what is left.
func whereabouts() []whereabout {
	return []whereabout{
		{"collect garbage", []string{"runtime.gcBgMarkWorker", "runtime.gcAssistAlloc", "runtime.bgsweep", "runtime.bgscavenge"}},
		{"JSON: find the structure", []string{"libs/jsonscan.(*index).", "libs/jsonscan.index"}},
		{"JSON: walk, validate, convert", []string{"libs/jsonscan.", "bench/engine.decode"}},
		{"blocks for the exchange", []string{"scan.(*Partial).Blocks", "scan.(*Partial).Reset", "scan.(*Partial).fold", "scan.(*Partial).Empty", "libs/exec/delta."}},
		{"text indexes", []string{"libs/exec/index.(*Substring)", "libs/exec/index.(*needles)", "libs/exec/index.(*Prefix)"}},
		{"other indexes", []string{"libs/exec/index.", "scan.(*Partial).look", "scan.(*Partial).find"}},
		{"groups and aggregates", []string{"scan.(*Partial).keepGroups", "scan.(*Partial).keepRows", "libs/exec/agg."}},
		{"other conditions", []string{"scan.(*Partial).keepTrue", "scan.(*Partial).refine", "scan.(*Partial).dense", "libs/exec/expr."}},
		{"fan-out to queries", []string{"libs/exec/scan."}},
		{"the rest", nil},
	}
}

// whereabout is a part, and what names of functions have that are of it.
type whereabout struct {
	name      string
	functions []string
}

// partNames returns the names of the parts.
func partNames() []string {
	var out []string
	for _, w := range whereabouts() {
		out = append(out, w.name)
	}
	return out
}

// whereIs returns the part of a stack.
func whereIs(parts []whereabout, functions []string) int {
	for i, w := range parts {
		for _, name := range w.functions {
			if slices.ContainsFunc(functions, func(f string) bool { return strings.Contains(f, name) }) {
				return i
			}
		}
	}
	return len(parts) - 1
}

func readProfile(path string, queries int) (profile, error) {
	out := profile{queries: queries}
	file, err := os.Open(path)
	if err != nil {
		return out, err
	}
	defer file.Close()
	p, err := pprof.Parse(file)
	if err != nil {
		return out, err
	}
	parts := whereabouts()
	sums, total := make([]int64, len(parts)), int64(0)
	for _, s := range p.Sample {
		var functions []string
		for _, at := range s.Location {
			for _, line := range at.Line {
				functions = append(functions, line.Function.Name)
			}
		}
		sums[whereIs(parts, functions)] += s.Value[len(s.Value)-1]
		total += s.Value[len(s.Value)-1]
	}
	out.shares = make([]float64, len(parts))
	for i, sum := range sums {
		if total > 0 {
			out.shares[i] = float64(sum) / float64(total)
		}
	}
	return out, nil
}
