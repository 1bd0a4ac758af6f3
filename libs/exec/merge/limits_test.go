package merge

import (
	"fmt"
	"slices"
	"testing"
)

func TestLimitsFailTheQueryAlone(t *testing.T) {
	limited := func(l Limits) func(*Query) { return func(q *Query) { q.Limits = l } }
	many := []post{{"a", 0}, {"b", 0}, {"c", 0}, {"d", 0}}
	for _, c := range []struct {
		name string
		q    *Query
		want string
	}{
		{"groups", count(t, "q", "all", 2, limited(Limits{MaxGroups: 3})), "q: more than max_groups = 3 groups on one of the merge partitions"},
		{"as many groups as it may", count(t, "q", "all", 2, limited(Limits{MaxGroups: 4})), ""},
		{"groups of a top-k", count(t, "q", "all", 2, top(1), limited(Limits{MaxGroups: 3})), "q: more than max_groups = 3 groups on one of the merge partitions"},
		{"result bytes", count(t, "q", "all", 2, limited(Limits{MaxResultBytes: 45})), "q: its rows are larger than max_result_bytes = 45"},
		{"as many result bytes as it may", count(t, "q", "all", 2, limited(Limits{MaxResultBytes: 52})), ""}, // 4 × len(`["a"]{"n":1}`) = 48
		{"a top-k has few rows", count(t, "q", "all", 2, top(1), limited(Limits{MaxResultBytes: 45})), ""},
		{"result bytes of a top-k", count(t, "q", "all", 2, top(3), limited(Limits{MaxResultBytes: 45})), "q: its rows are larger than max_result_bytes = 45"},
		{"result bytes of listed posts", topPosts(t, "q", "all", 2, 4), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, 1, 1)
			other := count(t, "other", "others", 1)
			b.define([]*Query{c.q, other}, nil)
			b.commitAll(0, 2, []*Query{c.q, other}, many...)
			for range 3 {
				b.step()
			}
			var want []string
			if c.want != "" {
				want = append(want, c.want)
			}
			if !slices.Equal(b.notifier.fail, want) {
				t.Fatalf("reported %q, want %q", b.notifier.fail, want)
			}
		})
	}
}

func TestGroupsAreCountedOnceOverSegments(t *testing.T) {
	b := newBench(t, 1, 1)
	limit := func(q *Query) { q.Limits.MaxGroups = 2 }
	var qs []*Query
	for i := range 5 {
		qs = append(qs, count(t, fmt.Sprint("q", i), "all", int64(i), limit))
	}
	b.define(qs, nil)
	for i := range 5 {
		b.commit(0, int64(i), qs[0], post{"a", 0}, post{"b", 0})
	}
	b.step()
	b.step()
	if len(b.notifier.fail) > 0 {
		t.Fatalf("two groups in five segments: reported %q", b.notifier.fail)
	}
	b.commit(0, 4, qs[0], post{"c", 0})
	b.step()
	b.step()
	if len(b.notifier.fail) != 5 {
		t.Fatalf("reported %q", b.notifier.fail)
	}
}

func TestFetchingPausesWhileMuchIsPending(t *testing.T) {
	b := newBench(t, 1, 1)
	b.edit = func(c *Config) { c.PendingBytes = 100 }
	b.restart()
	q := rowsOf("q", "rows", 1)
	b.define([]*Query{q}, nil)
	b.commit(0, 1, q, post{"a", 0})
	b.step()
	b.store.failing = errNoAnswer
	for range 20 {
		b.commit(0, 1, q, post{"a", 0})
	}
	b.log().limit = 3
	for range 20 {
		b.step()
	}
	if !b.log().paused[0] {
		t.Fatal("fetching goes on, though the store takes nothing")
	}
	if n := b.stage.owned[0].logBytes; n < 100 || n > 300 {
		t.Fatalf("%d bytes are pending, the limit is 100", n)
	}
	b.store.failing = nil
	for range 30 {
		b.step()
	}
	if b.log().paused[0] || len(b.store.queries["q"].log) != 21 {
		t.Fatalf("paused: %v; %d rows of 21 are written", b.log().paused[0], len(b.store.queries["q"].log))
	}
}

// TestAPauseEndsWithTheOwnership: the same member may get the partition again.
func TestAPauseEndsWithTheOwnership(t *testing.T) {
	b := newBench(t, 1, 1)
	b.edit = func(c *Config) { c.PendingBytes = 10 }
	b.restart()
	q := rowsOf("q", "rows", 1)
	b.define([]*Query{q}, nil)
	b.step()
	b.store.failing = errNoAnswer
	b.commit(0, 1, q, post{"a", 0}, post{"b", 0})
	b.step()
	if !b.log().paused[0] {
		t.Fatal("not paused")
	}
	b.store.failing = nil
	b.broker.generation[0]++ // revoked and assigned again
	for range 3 {
		b.step()
	}
	if n := len(b.store.queries["q"].log); n != 2 {
		t.Fatalf("%d rows are written", n)
	}
}

// TestSilenceIsNeverPaused: what an earlier owner has written is replayed,
// however much it is, for only then writing begins.
func TestSilenceIsNeverPaused(t *testing.T) {
	b := newBench(t, 1, 1)
	q := rowsOf("q", "rows", 1)
	b.define([]*Query{q}, nil)
	b.step()
	for range 50 {
		b.commit(0, 1, q, post{"a", 0})
	}
	b.flushOnly() // written, and not checkpointed
	b.edit = func(c *Config) { c.PendingBytes = 100 }
	b.restart()
	b.log().limit = 3
	for range 100 {
		b.step()
	}
	if o := b.stage.owned[0]; o.silent() || !o.clean() {
		t.Fatalf("at %d, silent until %d, %d bytes pending", o.pos, o.silentUntil, o.logBytes)
	}
}
