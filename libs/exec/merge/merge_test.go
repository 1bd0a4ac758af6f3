package merge

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/exec/delta"
)

func TestGlobalAggregateHasItsRowFromLiveOn(t *testing.T) {
	b := newBench(t, 2, 4)
	q := count(t, "q", "all", 3, global)
	b.define([]*Query{q}, nil)
	b.commit(0, 3, q)
	b.step()
	b.want("")
	b.commit(1, 3, q)
	b.step()
	b.want(`q [] {"n":0}`)
	if got := fmt.Sprint(b.notifier.live); got != "[q@3]" {
		t.Fatalf("announced %s", got)
	}
	b.commit(0, 3, q, post{"a", second}, post{"b", second})
	b.step()
	b.want(`q [] {"n":2}`)
	if got := b.store.queries["q"].meta["status"]; got != "live" {
		t.Fatalf("status is %q", got)
	}
}

func TestHavingTakesRowsAwayAgain(t *testing.T) {
	b := newBench(t, 1, 2)
	small := count(t, "q", "all", 1, atLeast(2))
	b.define([]*Query{small}, nil)
	b.commit(0, 1, small, post{"a", 0}, post{"a", 0}, post{"b", 0})
	b.step()
	b.want(`q ["a"] {"n":2}`)
}

func TestTopKIsTheLeastUnderItsOrder(t *testing.T) {
	b := newBench(t, 1, 4)
	q := count(t, "q", "all", 1, top(2))
	b.define([]*Query{q}, nil)
	b.commit(0, 1, q, post{"b", 0}, post{"c", 0}, post{"a", 0})
	b.step()
	b.want(`q top {"k":"a","n":1} {"k":"b","n":1}`)
	b.commit(0, 1, q, post{"c", 0})
	b.step()
	b.want(`q top {"k":"c","n":2} {"k":"a","n":1}`)
}

func TestSegmentsGiveEveryStartItsOwnAnswer(t *testing.T) {
	b := newBench(t, 1, 2)
	var qs []*Query
	var want []string
	for i := range 20 {
		qs = append(qs, count(t, fmt.Sprintf("q%02d", i), "all", int64(10*i), global))
		b.define(qs, nil)
		b.commit(0, int64(10*i), qs[0], post{"a", 0})
		if i%3 == 0 {
			b.step()
		}
	}
	// Another scheduler is still under an older plan: q00 to q05 take its posts.
	b.commit(0, 55, qs[0], post{"a", 0}, post{"a", 0})
	b.step()
	for i := range 20 {
		n := 20 - i
		if i <= 5 {
			n += 2
		}
		want = append(want, fmt.Sprintf(`q%02d [] {"n":%d}`, i, n))
	}
	b.want(strings.Join(want, "\n"))
	p := b.stage.owned[delta.Route(qs[0].Table.Node, delta.ByKey, nil, 2)]
	if len(p.nodes) != 1 || len(p.nodes[qs[0].Table.Node].segments) != 20 {
		t.Fatalf("%d nodes, want one of 20 segments", len(p.nodes))
	}
	// Dropping every second folds their segments into the ones before, and the
	// first one's goes.
	var left []*Query
	want = nil
	drops := map[string]int64{}
	for i, q := range qs {
		if i%2 == 0 {
			drops[q.ID] = 500
			continue
		}
		left = append(left, q)
	}
	b.define(left, drops)
	b.commit(0, 500, qs[0], post{"a", 0})
	b.restart()
	b.step()
	for i := 1; i < 20; i += 2 {
		n := 21 - i
		if i <= 5 {
			n += 2
		}
		want = append(want, fmt.Sprintf(`q%02d [] {"n":%d}`, i, n))
	}
	b.want(strings.Join(want, "\n"))
	p = b.stage.owned[delta.Route(qs[0].Table.Node, delta.ByKey, nil, 2)]
	if n := len(p.nodes[qs[0].Table.Node].segments); n != 10 {
		t.Fatalf("%d segments, want 10", n)
	}
}

func TestASealThatDoesNotContinueStopsTheStage(t *testing.T) {
	b := newBench(t, 1, 1)
	q := count(t, "q", "all", 1)
	b.define([]*Query{q}, nil)
	b.commit(0, 1, q, post{"a", 0}, post{"a", 0})
	b.to[0]--
	b.commit(0, 1, q, post{"a", 0})
	if err := b.stage.step(context.Background(), true); !errors.Is(err, ErrContinuity) {
		t.Fatalf("got %v, want ErrContinuity", err)
	}
}

func TestOtherTopicsOfTheSameNameAreRefused(t *testing.T) {
	b := newBench(t, 1, 1)
	q := count(t, "q", "all", 1)
	b.define([]*Query{q}, nil)
	b.commit(0, 1, q, post{"a", 0})
	b.step()
	b.topo.Topics = map[string]string{topic: "uuid-2"}
	b.restart()
	if err := b.stage.step(context.Background(), true); !errors.Is(err, ErrIncarnation) {
		t.Fatalf("got %v, want ErrIncarnation", err)
	}
}

func TestASealAboutOtherTopicsIsRefused(t *testing.T) {
	b := newBench(t, 1, 1)
	b.step()
	b.seal(0, &delta.Seal{Plan: -1, Topics: map[string]string{topic: "uuid-0"}, Parts: []delta.SealPart{{Topic: topic}}})
	if err := b.stage.step(context.Background(), true); !errors.Is(err, ErrIncarnation) {
		t.Fatalf("got %v, want ErrIncarnation", err)
	}
}

// A member that takes itself for the owner and finds a newer one leaves the stage.
// One that has heard of the rebalance while it wrote lets go of the partition and
// goes on.
func TestAZombieLeavesTheStage(t *testing.T) {
	for _, heard := range []bool{false, true} {
		b := newBench(t, 1, 1)
		q := count(t, "q", "all", 1)
		b.define([]*Query{q}, nil)
		b.commit(0, 1, q, post{"a", 0})
		b.step()
		zombie, log := b.stage, b.log()
		before := log.Owned()
		b.restart()
		if !heard {
			log.belief = before
		}
		b.commit(0, 1, q, post{"a", 0})
		b.step()
		b.commit(0, 1, q, post{"a", 0})
		err := zombie.flush(context.Background(), zombie.owned[0])
		if heard && err == nil {
			err = zombie.step(context.Background(), true)
			if len(zombie.owned) > 0 {
				t.Errorf("it still has %d partitions", len(zombie.owned))
			}
		}
		if heard && err != nil || !heard && !errors.Is(err, ErrFenced) {
			t.Fatalf("heard of it: %t; got %v", heard, err)
		}
		b.want(`q ["a"] {"n":2}`)
	}
}

func TestAReplacedQueryStartsFromNothing(t *testing.T) {
	b := newBench(t, 1, 2)
	old := count(t, "q", "old", 1)
	b.define([]*Query{old}, nil)
	b.commit(0, 1, old, post{"a", 0}, post{"b", 0})
	b.step()
	now := count(t, "q", "new", 5)
	b.define([]*Query{now}, nil)
	b.commit(0, 5, now, post{"a", 0})
	b.step()
	b.want(`q ["a"] {"n":1}`)
	b.define(nil, map[string]int64{"q": 9})
	b.step()
	b.want("")
	if r := b.store.queries["q"]; !r.dropped || r.epoch != 9 {
		t.Fatalf("the drop left %+v", r)
	}
}

// What the store has of the query that failed stays; what it has of the one before
// it, because it was away meanwhile, does not.
func TestAFailedQueryKeepsNobodyElsesRows(t *testing.T) {
	b := newBench(t, 1, 1)
	old := count(t, "q", "old", 1)
	b.define([]*Query{old}, nil)
	b.commit(0, 1, old, post{"a", 0})
	b.step()
	b.want(`q ["a"] {"n":1}`)
	b.store.failing = errNoAnswer
	now := count(t, "q", "all", 3, func(q *Query) { q.Limits.MaxGroups = 1 })
	b.define([]*Query{now}, nil)
	b.commit(0, 3, now, post{"b", 0}, post{"c", 0})
	b.step()
	b.step()
	if len(b.notifier.fail) == 0 {
		t.Fatal("that the query crossed its limit is not reported")
	}
	failed := *now
	failed.Epoch, failed.Position, failed.Failed, failed.Failing, failed.Table = 5, 5, "more than max_groups = 1 groups", now.Epoch, nil
	b.define([]*Query{&failed}, nil)
	b.commit(0, 5, now, post{"b", 0})
	b.store.failing = nil
	b.step()
	b.step()
	b.want("")
	if got := b.store.queries["q"].meta["status"]; got != "failed" {
		t.Fatalf("status is %q", got)
	}
}

func TestAFailedQueryKeepsItsRows(t *testing.T) {
	b := newBench(t, 1, 1)
	q := count(t, "q", "all", 1, func(q *Query) { q.Limits.MaxGroups = 1 })
	b.define([]*Query{q}, nil)
	b.commit(0, 1, q, post{"a", 0}, post{"b", 0})
	b.step()
	b.step()
	if got := fmt.Sprint(b.notifier.fail); got != "[q: more than max_groups = 1 groups on one of the merge partitions]" {
		t.Fatalf("reported %s", got)
	}
	failed := *q
	failed.Failing = q.Epoch
	failed.Epoch, failed.Position, failed.Failed, failed.Table = 5, 5, "more than max_groups = 1 groups on one of the merge partitions", nil
	b.define([]*Query{&failed}, nil)
	b.commit(0, 5, q, post{"a", 0})
	b.step()
	b.want("q [\"a\"] {\"n\":1}\nq [\"b\"] {\"n\":1}")
	if got := b.store.queries["q"].meta["status"]; got != "failed" {
		t.Fatalf("status is %q", got)
	}
}
