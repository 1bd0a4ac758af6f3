package merge

import (
	"strings"
	"testing"
)

// TestWhatPassedBeforeAQuery: the documents of seals under older plans, of all
// scan partitions, whenever the definition is heard of and whoever crashes.
func TestWhatPassedBeforeAQuery(t *testing.T) {
	b := newBench(t, 2, 1)
	first, second := count(t, "first", "all", 1), count(t, "second", "all", 5)
	b.define([]*Query{first}, nil)
	b.commit(0, 1, first, post{"a", 0}, post{"a", 0})
	b.commit(1, 1, first, post{"a", 0})
	b.step()
	b.passed("first", "0")

	b.define([]*Query{first, second}, nil)
	b.commit(0, 5, first, post{"a", 0}) // this partition has reached the plan,
	b.commit(1, 1, first, post{"a", 0}) // the other has not
	b.step()
	b.passed("second", "")
	b.restart()
	b.commit(1, 4, first, post{"b", 0}, post{"b", 0})
	b.commit(0, 5, first, post{"b", 0})
	b.step()
	b.restart()
	b.commit(1, 5, first, post{"b", 0})
	b.step()
	b.passed("first", "0")
	b.passed("second", "6")

	b.store.flushAll()
	b.restart()
	b.step()
	b.step()
	b.passed("second", "6")

	b.define([]*Query{first}, map[string]int64{"second": 9})
	b.step()
	for key := range b.broker.latest(0) {
		if strings.HasPrefix(key, string(keyPassed)) && strings.HasSuffix(key, "second") {
			t.Errorf("the checkpoint still has what passed before a query that is gone")
		}
	}
}

// passed compares what the facts say of the documents before a query.
func (b *bench) passed(id, want string) {
	b.t.Helper()
	if got := b.store.queries[id].meta["passed"]; got != want {
		b.t.Errorf("%q posts are said to have passed before %s, want %q", got, id, want)
	}
}
