package merge

import (
	"fmt"
	"slices"
	"testing"

	"github.com/millrace/millrace/libs/record"
)

const aMinute = 60 * second

// at returns n posts of the minute.
func at(minute int64, n int) []post {
	out := make([]post, n)
	for i := range out {
		out[i] = post{"a", minute*aMinute + int64(i)%60*second}
	}
	return out
}

// atNoTime returns n posts without event time.
func atNoTime(n int) []post {
	return slices.Repeat([]post{{"a", record.NoEventTime}}, n)
}

func oneRowPerSecond(q *Query) { q.Limits.MaxRowsPerSecond = 1 }

// failed compares what was reported.
func (b *bench) failed(want ...string) {
	b.t.Helper()
	if !slices.Equal(b.notifier.fail, want) {
		b.t.Fatalf("reported %q, want %q", b.notifier.fail, want)
	}
}

// TestABacklogFailsNoQuery: an hour of posts at their natural rate, scanned within
// one second.
func TestABacklogFailsNoQuery(t *testing.T) {
	b := newBench(t, 1, 1)
	q := rowsOf("q", "rows", 1, oneRowPerSecond)
	b.define([]*Query{q}, nil)
	for i := range int64(6) {
		var posts []post
		for m := range int64(10) {
			posts = append(posts, at(10*i+m, 60)...)
		}
		b.wall -= 100 // which sealing adds
		b.commit(0, 1, q, posts...)
	}
	b.step()
	b.failed()
	if n := len(b.store.queries["q"].log); n != 3600 {
		t.Fatalf("%d rows", n)
	}
	b.commit(0, 1, q, at(59, 1)...) // one more, hours later or not
	b.step()
	b.failed("q: 61 rows in the minute 1970-01-01T00:59Z are more than 60 × max_rows_per_second (1) = 60")
}

// TestTooManyRowsInAMinute, wherever a restore comes between.
func TestTooManyRowsInAMinute(t *testing.T) {
	const minute = 26_600_000
	want := "q: 61 rows in the minute 2020-07-29T05:20Z are more than 60 × max_rows_per_second (1) = 60"
	for name, restore := range map[string]func(*bench){
		"at once":                func(*bench) {},
		"without a restore":      (*bench).step,
		"behind a checkpoint":    func(b *bench) { b.step(); b.restart() },
		"without a checkpoint":   func(b *bench) { b.step(); b.flushOnly(); b.restart() },
		"before a flush":         func(b *bench) { b.restart() },
		"behind a lost store":    func(b *bench) { b.step(); b.store.flushAll(); b.restart() },
		"behind two of them":     func(b *bench) { b.step(); b.restart(); b.step(); b.restart() },
		"with a seal in between": func(b *bench) { b.wall += 1e6; b.sealAll(0, 1, nil); b.step(); b.restart() },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, 1, 1)
			q := rowsOf("q", "rows", 1, oneRowPerSecond)
			b.define([]*Query{q}, nil)
			b.commit(0, 1, q, at(minute, 40)...)
			restore(b)
			b.commit(0, 1, q, append(at(minute, 20), at(minute+1, 60)...)...)
			restore(b)
			b.step()
			b.failed()
			b.commit(0, 1, q, at(minute, 1)...)
			b.step()
			b.failed(want)
		})
	}
}

// TestRowsWithoutATimeGoByCarriedTime, and not with those that have one.
func TestRowsWithoutATimeGoByCarriedTime(t *testing.T) {
	b := newBench(t, 1, 1)
	q := rowsOf("q", "rows", 1, oneRowPerSecond)
	b.wall = 1_600_000_000_000 - 1_600_000_000_000%60_000
	b.sealAll(0, 1, nil)
	b.define([]*Query{q}, nil)
	same := b.wall / 60_000
	b.commit(0, 1, q, append(atNoTime(60), at(same, 60)...)...)
	b.step()
	b.restart()
	b.wall += 60_000
	b.sealAll(0, 1, nil)
	b.commit(0, 1, q, atNoTime(60)...)
	b.step()
	b.failed()
	b.commit(0, 1, q, atNoTime(1)...)
	b.step()
	b.failed("q: 61 rows in the minute 2020-09-13T12:27Z, when rows without a timestamp were scanned, are more than 60 × max_rows_per_second (1) = 60")
}

// TestEveryStartHasItsOwnRate: a query is held to the rows that it gets.
func TestEveryStartHasItsOwnRate(t *testing.T) {
	b := newBench(t, 1, 1)
	early, late, free := rowsOf("early", "rows", 1, oneRowPerSecond), rowsOf("late", "rows", 5, oneRowPerSecond), rowsOf("free", "rows", 2)
	b.define([]*Query{early, free}, nil)
	b.commit(0, 4, early, at(7, 50)...)
	b.define([]*Query{early, free, late}, nil)
	b.commit(0, 5, early, at(7, 10)...)
	b.step()
	b.failed()
	b.commit(0, 5, early, at(7, 1)...)
	b.step()
	b.failed("early: 61 rows in the minute 1970-01-01T00:07Z are more than 60 × max_rows_per_second (1) = 60")
	b.notifier.fail = nil
	b.define([]*Query{free, late}, map[string]int64{"early": 9}) // the segments of both others stay
	b.restart()
	b.commit(0, 9, late, at(7, 49)...)
	b.step()
	b.failed()
	b.commit(0, 9, late, at(7, 1)...)
	b.step()
	b.failed("late: 61 rows in the minute 1970-01-01T00:07Z are more than 60 × max_rows_per_second (1) = 60")

	// With the last query but one its segment is folded into the one before.
	b.define([]*Query{free}, map[string]int64{"early": 9, "late": 12})
	b.commit(0, 12, free, at(7, 1)...)
	b.step()
	b.restart()
	b.step()
	segs := b.stage.owned[0].nodes[free.Rows.Node].segments
	if len(segs) != 1 || segs[0].rates[minute{at: 7}].rows != 112 {
		t.Fatalf("%d segments; %v", len(segs), segs[0].rates)
	}
	b.define(nil, map[string]int64{"early": 9, "late": 12, "free": 13})
	b.step()
	for key := range b.broker.latest(0) {
		if key[0] == keyMinute {
			t.Errorf("a minute of a query that is gone is still checkpointed: %x", key)
		}
	}
}

// TestMinutesAreBounded, in memory and in checkpoints, and the one that rows come
// for stays whatever else there is.
func TestMinutesAreBounded(t *testing.T) {
	b := newBench(t, 1, 1)
	q := rowsOf("q", "rows", 1, oneRowPerSecond)
	b.define([]*Query{q}, nil)
	const now = 1000
	for i := range int64(50) {
		var posts []post
		for k := range int64(4) { // posts of other years
			posts = append(posts, at((10+i)*1_000_000+k, 60)...)
		}
		b.commit(0, 1, q, append(posts, at(now, 1)...)...)
		b.step()
		if i%7 == 0 {
			b.restart()
		}
	}
	b.step()
	b.failed()
	if n := len(b.stage.owned[0].nodes[q.Rows.Node].segments[0].rates); n != mostMinutes {
		t.Errorf("%d minutes are kept", n)
	}
	kept := 0
	for key := range b.broker.latest(0) {
		if key[0] == keyMinute {
			kept++
		}
	}
	if kept != mostMinutes {
		t.Errorf("%d minutes are checkpointed", kept)
	}
	b.commit(0, 1, q, at(now, 11)...)
	b.step()
	b.failed(fmt.Sprintf("q: 61 rows in the minute %s are more than 60 × max_rows_per_second (1) = 60", minute{at: now}))
}
