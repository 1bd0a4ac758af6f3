package merge

import (
	"fmt"
	"slices"
	"testing"
)

// Where it cannot be told that a query crossed a limit, it is told all the same which
// queries are live; the other is told again, and no checkpoint is made before it was.
func TestLiveQueriesAreToldWhenAFailureCannotBe(t *testing.T) {
	b := newBench(t, 1, 1)
	groups := func(q *Query) { q.Limits.MaxGroups = 1 }
	big, also := count(t, "big", "all", 1, groups), count(t, "also", "all", 1, groups)
	b.define([]*Query{big, also}, nil)
	b.commit(0, 1, big, post{"a", 0})
	b.step()
	commits := b.log().commits
	b.notifier.deaf = errNoAnswer
	b.define([]*Query{big, also, count(t, "late", "all", 3), count(t, "a late one", "others", 3)}, nil)
	b.commit(0, 3, big, post{"b", 0})
	for range 3 {
		b.step()
	}
	live := fmt.Sprint(slices.Sorted(slices.Values(b.notifier.live)))
	if want := "[a late one@3 also@1 big@1 late@3]"; live != want {
		t.Errorf("live are %s, want %s", live, want)
	}
	if len(b.notifier.fail) > 0 || b.log().commits != commits {
		t.Fatalf("told %v, %d checkpoints", b.notifier.fail, b.log().commits-commits)
	}
	b.restart() // a new owner finds it by itself
	b.step()
	if o := b.stage.owned[0]; o.saved == o.pos {
		t.Errorf("the checkpoint is of %d before it was told", o.saved)
	}
	b.notifier.deaf = nil
	b.step()
	reason := "more than max_groups = 1 groups on one of the merge partitions"
	if got, want := fmt.Sprint(b.notifier.fail), fmt.Sprintf("[also: %s big: %[1]s]", reason); got != want {
		t.Errorf("told %s, want %s", got, want)
	}
	if o := b.stage.owned[0]; o.saved != o.pos {
		t.Errorf("once it was told, the checkpoint is of %d, not of %d", o.saved, o.pos)
	}
}
