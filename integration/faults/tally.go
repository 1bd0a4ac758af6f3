package faults

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Row says how often a fault was done, and how often it aborted or interrupted
// what. One that interrupted two things counts once as effective.
type Row struct {
	Done      int          `json:"done"`
	Effective int          `json:"effective"`
	Delayed   int          `json:"delayed,omitempty"` // it has only held something up
	Of        map[kind]int `json:"of,omitempty"`
	Poison    bool         `json:"poison,omitempty"` // it is not asked to interrupt anything
}

// tally is the histogram of a run or of several, by fault.
type tally map[string]*Row

func (t tally) row(name string) *Row {
	if t[name] == nil {
		t[name] = &Row{Of: map[kind]int{}}
	}
	return t[name]
}

func (t tally) add(name string, kinds map[kind]bool, delayed bool) {
	r := t.row(name)
	if r.Done++; len(kinds) > 0 {
		r.Effective++
	} else if delayed {
		r.Delayed++
	}
	for k := range kinds {
		r.Of[k]++
	}
}

func (t tally) poison(name string) {
	r := t.row(name)
	r.Poison = true
	r.Done++
}

// merge adds another tally.
func (t tally) merge(o tally) {
	for name, r := range o {
		to := t.row(name)
		to.Done, to.Effective, to.Delayed, to.Poison = to.Done+r.Done, to.Effective+r.Effective, to.Delayed+r.Delayed, r.Poison
		for k, n := range r.Of {
			to.Of[k] += n
		}
	}
}

// sum adds up all faults that are asked to interrupt something.
func (t tally) sum() Row {
	all := Row{Of: map[kind]int{}}
	for _, r := range t {
		if r.Poison {
			continue
		}
		all.Done, all.Effective, all.Delayed = all.Done+r.Done, all.Effective+r.Effective, all.Delayed+r.Delayed
		for k, n := range r.Of {
			all.Of[k] += n
		}
	}
	return all
}

// table prints the tally as it stands in the documents.
func (t tally) table() string {
	var b strings.Builder
	b.WriteString("| fault | done | effective | transaction | restore | flush | rebalance | only delayed |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n")
	line := func(name string, r *Row) {
		fmt.Fprintf(&b, "| %s | %d | %d | %d | %d | %d | %d | %d |\n", name, r.Done, r.Effective, r.Of[transaction], r.Of[restore], r.Of[flush], r.Of[rebalance], r.Delayed)
	}
	for _, name := range slices.Sorted(maps.Keys(t)) {
		if r := t[name]; r.Poison {
			fmt.Fprintf(&b, "| `%s` | %d | | | | | | |\n", name, r.Done)
		} else {
			line("`"+name+"`", r)
		}
	}
	all := t.sum()
	line("all", &all)
	return b.String()
}
