package merge

import "testing"

// wantTotals compares what a partition keeps for its metrics with what it has.
func wantTotals(t testing.TB, s *Partition) {
	t.Helper()
	var held holding
	for _, n := range s.nodes {
		for _, seg := range n.segments {
			var own holding
			for _, g := range seg.all() {
				own.add(1, g.bytes)
			}
			if seg.held != own {
				t.Fatalf("a segment says that it holds %+v, and holds %+v", seg.held, own)
			}
			held.add(own.groups, own.bytes)
		}
	}
	var owed, logBytes int64
	for _, q := range s.queries {
		n := q.owes()
		owed += n
		if _, owing := s.owing[q]; n > 0 && !owing {
			t.Fatalf("query %s owes %d, and is not among those that owe", q.ID, n)
		}
		for _, e := range q.log {
			logBytes += int64(len(e.JSON))
		}
	}
	if s.held != held || s.owed != owed || s.logBytes != logBytes {
		t.Fatalf("the totals are %+v, %d owed, %d bytes of logs; there are %+v, %d and %d", s.held, s.owed, s.logBytes, held, owed, logBytes)
	}
}

// Flushes that end half-way, rows in several batches, windows that go and queries that go
// while they owe leave the totals right.
func TestTotalsWhileTheStoreIsAway(t *testing.T) {
	b := newBench(t, 1, 1)
	a, w := count(t, "a", "all", 1), count(t, "w", "windows", 1, windowed, retention(1))
	tops, log := count(t, "tops", "tops", 1, top(3)), rowsOf("log", "rows", 1)
	qs := []*Query{a, w, tops, log}
	b.define(qs, nil)
	b.step()
	many := make([]post, 2*batchFields)
	for i := range many {
		many[i] = post{string(rune('a'+i%26)) + string(rune('α'+i/26)), int64(i%3) * 10 * second}
	}
	b.commitAll(0, 1, qs, many...)
	b.store.torn = 2
	b.flushOnly()
	owed := b.stage.owned[0].owed
	if owed < batchFields {
		t.Fatalf("%d rows are owed", owed)
	}
	b.store.failing = errNoAnswer
	b.commitAll(0, 1, qs, post{"z", 1000 * second})
	b.flushOnly() // windows are closed meanwhile, and go
	b.wall += 1000
	b.sealAll(0, 1, nil)
	b.flushOnly()
	b.define([]*Query{w, tops}, map[string]int64{"a": 5, "log": 5})
	b.flushOnly()
	if now := b.stage.owned[0].owed; now == 0 || now >= owed {
		t.Fatalf("%d rows are owed, after %d", now, owed)
	}
	b.store.failing = nil
	b.step()
	b.step()
	if o := b.stage.owned[0]; o.owed != 0 || !o.clean() {
		t.Fatalf("%d rows are owed in the end", o.owed)
	}
}
