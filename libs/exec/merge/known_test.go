package merge

import (
	"testing"
)

// TestAnEpochThatIsGoneMeansLoss, and one that this writer has never written does
// not.
func TestAnEpochThatIsGoneMeansLoss(t *testing.T) {
	b := newBench(t, 1, 1)
	q := count(t, "q", "all", 1)
	idle := count(t, "idle", "others", 2)
	b.define([]*Query{q, idle}, nil)
	b.commit(0, 2, q, post{"a", 0}, post{"b", 0})
	b.step()
	delete(b.store.queries, "q")
	b.commit(0, 2, q, post{"a", 0})
	for range 3 {
		b.step()
	}
	b.want(`q ["a"] {"n":2}
	        q ["b"] {"n":1}`)
	if n := b.stage.cfg.Metrics.Repairs.Load(); n != 1 {
		t.Fatalf("%d repairs, want 1", n)
	}
}

// TestAnEpochThatNobodyHasSeenIsNoLoss: a partition that has nothing of a query
// to write does not take its epoch for acknowledged.
func TestAnEpochThatNobodyHasSeenIsNoLoss(t *testing.T) {
	b := newBench(t, 1, 8)
	q := count(t, "q", "all", 1)
	b.define([]*Query{q}, nil)
	b.step()
	b.store.flushAll()
	b.sealAll(0, 1, nil)
	for range 3 {
		b.step() // a repair, in which most have no row and no fact to write
	}
	for p, o := range b.stage.owned {
		if o.queries["q"].known != o.ownsFacts(q) {
			t.Fatalf("partition %d, which owns the facts: %v, takes the epoch for acknowledged: %v", p, o.ownsFacts(q), o.queries["q"].known)
		}
	}
}

// TestALossForgetsTheEpochs: a writer remembers which epochs the store has
// acknowledged. Were they kept over a loss, the first write behind it would find
// its query's gone, and take that for another.
func TestALossForgetsTheEpochs(t *testing.T) {
	b := newBench(t, 1, 1)
	q, rows := count(t, "q", "all", 1), rowsOf("rows", "all", 2)
	b.define([]*Query{q, rows}, nil)
	b.commitAll(0, 2, []*Query{q, rows}, post{"a", 0})
	b.step()
	for i := range int64(3) {
		b.store.flushAll()
		b.step() // sees it
		b.step() // republishes
		b.step() // and has looked through the listing
		if n := b.stage.cfg.Metrics.Repairs.Load(); n != i+1 || !b.stage.owned[0].clean() {
			t.Fatalf("%d repairs of %d losses; clean %v", n, i+1, b.stage.owned[0].clean())
		}
	}
	b.want("q [\"a\"] {\"n\":1}\nrows log 2-0 gap")
}
