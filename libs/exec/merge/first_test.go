package merge

import (
	"fmt"
	"slices"
	"testing"
)

// firstOf is a row-returning query that wants the first rows to come.
func firstOf(id string, position, limit, skip int64) *Query {
	q := rowsOf(id, "rows", position)
	rows := *q.Rows
	rows.Limit, rows.Skip = limit, skip
	q.Rows = &rows
	return q
}

// completed compares what was reported.
func (b *bench) completed(want ...string) {
	b.t.Helper()
	if !slices.Equal(b.notifier.done, want) {
		b.t.Fatalf("reported %q as complete, want %q", b.notifier.done, want)
	}
}

// shown returns how many rows the store has of a query.
func (b *bench) shown(id string) int {
	q := b.store.queries[id]
	if q == nil {
		return 0
	}
	return len(q.log)
}

// TestTheFirstRows: each query has the rows that come after it has begun, and says so
// once it has them and the store has acknowledged them.
func TestTheFirstRows(t *testing.T) {
	b := newBench(t, 1, 1)
	all := rowsOf("all", "rows", 1)
	queries := []*Query{all, firstOf("three", 1, 3, 0), firstOf("later", 1, 4, 5), firstOf("many", 1, 1000, 0)}
	b.define(queries, nil)
	b.commit(0, 1, all, at(1, 2)...)
	b.step()
	b.completed()
	b.commit(0, 1, all, at(2, 5)...)
	b.step()
	b.completed("three")
	queries = append(queries, firstOf("young", 5, 3, 0))
	b.define(queries, nil)
	b.commit(0, 5, all, at(3, 9)...)
	b.step()
	b.completed("three", "later", "young")
	b.commit(0, 5, all, at(4, 9)...)
	b.step()
	b.completed("three", "later", "young")
	for id, want := range map[string]int{"all": 25, "three": 3, "later": 4, "many": 25, "young": 3} {
		if got := b.shown(id); got != want {
			t.Errorf("%s shows %d rows, want %d", id, got, want)
		}
	}
	log := func(id string) []fakeEntry { return b.store.queries[id].log }
	if !slices.Equal(log("later"), log("all")[5:9]) || !slices.Equal(log("young"), log("all")[7:10]) {
		t.Errorf("later has %v and young %v, of %v", log("later"), log("young"), log("all"))
	}
}

// TestTheFirstRowsFailNoRate: rows that nobody shows are no reason to fail.
func TestTheFirstRowsFailNoRate(t *testing.T) {
	b := newBench(t, 1, 1)
	q := firstOf("q", 1, 2, 0)
	q.Limits.MaxRowsPerSecond = 1
	b.define([]*Query{q}, nil)
	b.commit(0, 1, q, at(1, 500)...)
	b.step()
	b.failed()
	b.completed("q")
}

// TestTheFirstRowsAreKept: of the first rows none makes room for later ones, so that
// those which do not fit fail the query.
func TestTheFirstRowsAreKept(t *testing.T) {
	b := newBench(t, 1, 1)
	q := firstOf("q", 1, 1000, 0)
	q.Limits.LogRows, q.Limits.MaxResultBytes = 10, 4000
	b.define([]*Query{q}, nil)
	b.commit(0, 1, q, at(1, 50)...)
	b.step()
	b.failed()
	if n := b.shown("q"); n != 50 {
		t.Fatalf("%d rows", n)
	}
	b.commit(0, 1, q, at(2, 900)...)
	b.step()
	b.failed(fmt.Sprintf("q: its rows are larger than max_result_bytes = %d", q.Limits.MaxResultBytes))
	b.completed()
}

// TestTheFirstRowsAreReportedAgain: what the one before could not say, who takes the
// partition over says.
func TestTheFirstRowsAreReportedAgain(t *testing.T) {
	b := newBench(t, 1, 1)
	q := firstOf("q", 1, 2, 0)
	b.define([]*Query{q}, nil)
	b.notifier.deaf = errNoAnswer
	b.commit(0, 1, q, at(1, 3)...)
	b.step()
	b.completed()
	b.restart()
	b.notifier.deaf = nil
	b.step()
	b.completed("q")
	if n := b.shown("q"); n != 2 {
		t.Fatalf("%d rows", n)
	}
}
