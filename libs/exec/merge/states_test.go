package merge

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/plan"
)

// list is array_agg of the event time by key.
func list(t *testing.T, id, node string, position int64, edit ...func(*Query)) *Query {
	t.Helper()
	column := &plan.Column{Name: "at", Typ: record.BigIntType}
	return table(t, id, node, position, plan.Agg{Func: "array_agg", Args: []plan.Expr{column}, Type: record.ArrayOf(record.BigIntType)}, edit)
}

// States that are too large fail the query that they are of, and no other one of the same
// node.
func TestStatesFailTheQueryAlone(t *testing.T) {
	const limit = 2000
	limited := func(q *Query) { q.Limits.MaxStateBytes = limit }
	b := newBench(t, 1, 1)
	lists, counts, free := list(t, "list", "all", 2, limited), count(t, "count", "all", 2, limited), list(t, "free", "all", 2)
	b.define([]*Query{lists, counts, free}, nil)
	fill := func(q *Query, n int, key string) {
		var posts []post
		for i := range n {
			k := key
			if strings.Contains(key, "%") {
				k = fmt.Sprintf(key, i)
			}
			posts = append(posts, post{k, int64(1_000_000 + i)})
		}
		b.commit(0, 2, q, posts...)
		for range 3 {
			b.step()
		}
	}
	fill(lists, 10, "a")
	fill(counts, 5, "k%d")
	if len(b.notifier.fail) > 0 {
		t.Fatalf("reported %q", b.notifier.fail)
	}
	fill(lists, 500, "a")
	fill(counts, 5, "k%d")
	want := []string{"list: its aggregates keep more than max_state_bytes = 2000 on one of the merge partitions"}
	if !slices.Equal(b.notifier.fail, want) {
		t.Fatalf("reported %q, want %q", b.notifier.fail, want)
	}
	fill(counts, 200, "more%d")
	want = append(want, "count: its aggregates keep more than max_state_bytes = 2000 on one of the merge partitions")
	if !slices.Equal(b.notifier.fail, want) {
		t.Fatalf("reported %q, want %q", b.notifier.fail, want)
	}
}

// Rows that are large are written a few at a time, each once.
func TestLargeRowsAreWrittenAFewAtATime(t *testing.T) {
	const keys, size = 60, 1 << 20
	b := newBench(t, 1, 1)
	q := count(t, "q", "all", 1)
	other := count(t, "other", "others", 1)
	b.define([]*Query{q, other}, nil)
	b.step()
	for k := range keys {
		b.commitAll(0, 1, []*Query{q, other}, post{fmt.Sprint(strings.Repeat("k", size), k), 0})
	}
	largest := 0
	b.store.onApply = func(ops []Op) {
		written := 0
		for _, op := range ops {
			if rows, ok := op.(RowsOp); ok {
				for _, r := range rows.Set {
					written += len(r.Key) + len(r.JSON)
				}
			}
		}
		largest = max(largest, written)
	}
	for range 20 {
		b.flushOnly()
	}
	for _, id := range []string{"q", "other"} {
		if n := len(b.store.queries[id].rows); n != keys {
			t.Errorf("%d rows of %s are written, want %d", n, id, keys)
		}
	}
	if largest > batchBytes+2*size || largest < batchBytes/2 {
		t.Errorf("%d bytes are written at once", largest)
	}
}

// A query is judged by its own states, not by those that others of its node have left
// behind, in memory or in the checkpoint that a restore reads.
func TestStatesOfOthersThatHaveGone(t *testing.T) {
	limited := func(q *Query) { q.Limits.MaxStateBytes = 2000 }
	b := newBench(t, 1, 1)
	lists, counts := list(t, "list", "all", 2), count(t, "count", "all", 2, limited)
	b.define([]*Query{lists, counts}, nil)
	var posts []post
	for i := range 1000 {
		posts = append(posts, post{"a", int64(1_000_000 + i)})
	}
	b.commitAll(0, 2, []*Query{lists, counts}, posts...)
	b.step()
	b.step()
	b.define([]*Query{counts}, map[string]int64{"list": 9})
	more := func(key string) {
		t.Helper()
		b.commit(0, 3, counts, post{key, 5})
		b.step()
		b.step()
		if len(b.notifier.fail) > 0 {
			t.Fatalf("reported %q", b.notifier.fail)
		}
	}
	more("b")
	b.restart()
	more("c")
}
