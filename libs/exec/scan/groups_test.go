package scan

import (
	"strconv"
	"testing"
)

// A transaction keeps memory for the next one: of as many groups as are likely,
// within the budget, and of a few whatever it is.
func TestGroupsKeepMemoryWithinTheBudget(t *testing.T) {
	table := &Table{Layout: new(Layout)}
	var s groups
	fill := func(n int) {
		for i := range n {
			s.add(table, int32(i), strconv.Itoa(i)).rows++
		}
	}
	for _, step := range []struct{ used, groups, kept int }{
		{100, 10, keptGroups + 10},
		{100, 1000, 100},
		{20, 1000, 40},
		{0, 1000, keptGroups},
		{3, 0, 3}, // no more than there are
	} {
		if step.kept == 3 {
			s = groups{}
		}
		fill(step.used)
		budget := step.groups * groupBytes
		if s.reset(&budget); len(s.all) != step.kept || budget != (step.groups-max(step.kept-keptGroups, 0))*groupBytes {
			t.Errorf("of %d groups %d are kept, not %d, and the budget is %d", step.used, len(s.all), step.kept, budget)
		}
		for _, g := range s.all {
			if g.key != "" || g.rows != 0 {
				t.Fatal("a group that is kept is not empty")
			}
		}
		if s.find(1) != nil {
			t.Fatal("a group is found that is none")
		}
	}
}
