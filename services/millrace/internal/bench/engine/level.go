package engine

import (
	"fmt"
	"slices"
	"strings"

	"github.com/millrace/millrace/libs/share"
)

// Level says which sharing optimisations of the engine shared are on.
type Level struct {
	off [optimisations]bool
}

// optimisation is one kind of sharing, in the order of the ladder.
type optimisation int

const (
	// scanSharing: one decoder and one set of predicate indexes for all queries.
	// Without it each distinct selection has a program and a decoder of its own.
	scanSharing optimisation = iota
	// commonSubexpressions: equal predicates, combinations, selections and computed
	// values are one node. Without it each query has its own, and so all of its own
	// that stands above a selection; only an index still holds equal literals once,
	// for it cannot hold them twice.
	commonSubexpressions
	// multipleAggregations: one table per selection and grouping that holds every
	// aggregate once, and the keys of groups are made once whatever the selection.
	// Without it each query has its own tables, aggregates and keys.
	multipleAggregations
	// disjointFragments: where intervals of a column overlap and only the number of
	// their rows is wanted, a row counts once, in the disjoint fragment that it falls
	// into. Without it a row counts in each interval that it lies in.
	disjointFragments

	optimisations
)

func names() [optimisations]string {
	return [...]string{"scan", "subexpressions", "aggregations", "fragments"}
}

// All returns the level at which everything is on.
func All() Level { return Level{} }

// Ladder returns the levels from nothing to everything, each with one more
// optimisation than the one before.
func Ladder() []string {
	all := names()
	return append(append([]string{"none"}, all[:len(all)-1]...), "all")
}

// LeftOut returns the levels that leave out one optimisation each.
func LeftOut() []string {
	var out []string
	for _, name := range names() {
		out = append(out, "all,-"+name)
	}
	return out
}

// ParseLevel reads a level of the ladder, or all,-NAME,… which leaves some
// optimisations out. The name of an optimisation stands for itself and those below it.
func ParseLevel(s string) (Level, error) {
	var l Level
	first, rest, _ := strings.Cut(s, ",")
	all := names()
	switch at := slices.Index(all[:], first); {
	case first == "none" && rest == "":
		for i := range l.off {
			l.off[i] = true
		}
		return l, nil
	case at >= 0 && rest == "":
		for i := at + 1; i < len(l.off); i++ {
			l.off[i] = true
		}
		return l, nil
	case first != "all" || strings.HasSuffix(s, ","):
		return l, fmt.Errorf("%q is no level; allowed: %s, or all,-NAME", s, strings.Join(Ladder(), ", "))
	case rest == "":
		return l, nil
	}
	for part := range strings.SplitSeq(rest, ",") {
		name, minus := strings.CutPrefix(strings.TrimSpace(part), "-")
		at := slices.Index(all[:], name)
		if !minus || at < 0 {
			return l, fmt.Errorf("%q in %q leaves out nothing; allowed after all: -%s", part, s, strings.Join(all[:], ", -"))
		}
		l.off[at] = true
	}
	return l, nil
}

// on reports whether an optimisation is on.
func (l Level) on(o optimisation) bool { return !l.off[o] }

// apart says what the shared plan of a program keeps apart.
func (l Level) apart() share.Apart {
	return share.Apart{Predicates: !l.on(commonSubexpressions), Tables: !l.on(multipleAggregations), Fragments: !l.on(disjointFragments)}
}
