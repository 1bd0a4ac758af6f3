package merge

import (
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/libs/exec/delta"
	"github.com/millrace/millrace/libs/record"
)

func TestWindowsCloseByTheWatermark(t *testing.T) {
	b := newBench(t, 2, 2)
	changes := count(t, "changes", "all", 1, windowed)
	finals := count(t, "final", "all", 1, windowed, final)
	b.define([]*Query{changes, finals}, nil)
	b.commit(0, 1, changes, post{"a", 1 * second}, post{"a", 12 * second})
	b.commit(1, 1, changes, post{"a", 2 * second})
	b.step()
	b.want("changes 0-10000[\"a\"] {\"n\":2}\nchanges 10000-20000[\"a\"] {\"n\":1}")
	b.commit(0, 1, changes, post{"b", 40 * second})
	b.step() // partition 1 holds the watermark at 2 s - 5 s
	b.want("changes 0-10000[\"a\"] {\"n\":2}\nchanges 10000-20000[\"a\"] {\"n\":1}\nchanges 40000-50000[\"b\"] {\"n\":1}")
	b.commit(1, 1, changes, post{"a", 15 * second}) // watermark 10 s: the first window closes
	b.step()
	b.want(`changes 0-10000["a"] {"n":2}
changes 10000-20000["a"] {"n":2}
changes 40000-50000["b"] {"n":1}
final 0-10000["a"] {"n":2}`)
	b.commit(1, 1, changes, post{"a", 3 * second}, post{"a", 16 * second}) // the first of them is late
	b.step()
	b.want(`changes 0-10000["a"] {"n":2}
changes 10000-20000["a"] {"n":3}
changes 40000-50000["b"] {"n":1}
final 0-10000["a"] {"n":2}`)
	late := int64(0)
	for k, n := range b.store.queries["changes"].counts {
		if strings.HasPrefix(k, "late:") {
			late += n
		}
	}
	if late != 1 {
		t.Fatalf("%d late rows, want 1", late)
	}
}

func TestClosedWindowsExpireByCarriedTime(t *testing.T) {
	b := newBench(t, 1, 1)
	q := count(t, "q", "all", 1, windowed, func(q *Query) { q.Limits.Retention = time.Second })
	b.define([]*Query{q}, nil)
	b.commit(0, 1, q, post{"a", 1 * second})
	b.commit(0, 1, q, post{"a", 21 * second})
	b.step()
	b.want("q 0-10000[\"a\"] {\"n\":1}\nq 20000-30000[\"a\"] {\"n\":1}")
	b.wall += 2000
	b.commit(0, 1, q)
	b.step()
	b.want(`q 20000-30000["a"] {"n":1}`)
	b.restart()
	b.step()
	n := b.stage.owned[0].nodes[q.Table.Node]
	if len(n.panes) != 1 || len(n.segments[0].panes) != 1 {
		t.Fatalf("an expired window is still kept: %v", n.panes)
	}
}

func TestBoundedInputsAreNeverLate(t *testing.T) {
	b := newBench(t, 2, 2)
	b.topo.Bounded = true
	b.restart()
	q := count(t, "q", "all", 1, windowed, final)
	b.define([]*Query{q}, nil)
	b.commit(0, 1, q, post{"a", 1000 * second}, post{"a", 1 * second})
	b.commit(1, 1, q, post{"a", 2 * second})
	b.step()
	b.want("")
	for p := range int32(2) {
		for e := range b.topo.Partitions {
			b.seal(e, &delta.Seal{Plan: 1, Wall: b.wall, Topics: b.topo.Topics, Parts: []delta.SealPart{{Topic: topic, Partition: p, From: b.to[p], To: b.to[p] + 1, Newest: record.NoEventTime, End: true}}})
		}
	}
	b.step()
	b.want("q 0-10000[\"a\"] {\"n\":2}\nq 1000000-1010000[\"a\"] {\"n\":1}")
	for p, a := range b.store.asOf {
		if !a.Ended {
			t.Fatalf("partition %d does not say that the input has ended", p)
		}
	}
}

// TestAWindowThatEndsAtTheWatermarkIsClosed, also one that nobody has a row of yet:
// it would never close again.
func TestAWindowThatEndsAtTheWatermarkIsClosed(t *testing.T) {
	b := newBench(t, 1, 1)
	q := count(t, "q", "all", 1, windowed)
	b.define([]*Query{q}, nil)
	b.step()
	b.commit(0, 1, q, post{"a", 15 * second}) // watermark 10 s
	b.commit(0, 1, q, post{"a", 9 * second}, post{"a", 10 * second})
	b.step()
	b.want(`q 10000-20000["a"] {"n":2}`)
	if n := b.store.counter("q", "late"); n != 1 {
		t.Errorf("%d late rows, want 1", n)
	}
}

// TestCarriedTimeNeverGoesBack, though the clock of one scheduler is ten minutes
// behind: a window that its seal closes is kept for as long as any other.
func TestCarriedTimeNeverGoesBack(t *testing.T) {
	b := newBench(t, 2, 1)
	q := count(t, "q", "all", 1, windowed, func(q *Query) { q.Limits.Retention = 10 * time.Second })
	b.define([]*Query{q}, nil)
	b.step()
	const behind = 600_000
	b.commit(0, 1, q, post{"a", 1 * second}, post{"b", 100 * second})
	b.step()
	ahead := b.stage.owned[0].carried
	b.wall -= behind
	b.commit(1, 1, q, post{"c", 100 * second}) // closes the first window
	b.step()
	if now := b.stage.owned[0].carried; now != ahead {
		t.Errorf("carried time went from %d to %d", ahead, now)
	}
	b.wall += behind
	b.restart()
	b.step()
	b.commit(0, 1, q)
	b.step()
	b.want(`q 0-10000["a"] {"n":1}
	        q 100000-110000["b"] {"n":1}
	        q 100000-110000["c"] {"n":1}`)
	b.wall += 10_000
	b.commit(0, 1, q)
	b.step()
	b.want(`q 100000-110000["b"] {"n":1}
	        q 100000-110000["c"] {"n":1}`)
}
