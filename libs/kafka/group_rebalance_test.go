package kafka_test

import (
	"context"
	"maps"
	"testing"
	"time"

	"github.com/millrace/millrace/libs/kafka"
)

// An assignment that comes as a poll's time runs out is told by that poll, or by
// the next.
func TestGroupTellsAnAssignmentToAPollThatHasEnded(t *testing.T) {
	cfg := brokers(t)
	in := makeTopic(t, cfg, 2)
	g := join(t, cfg, unique(t, "group"), in, unique(t, "id"))
	for ctx := within(t); len(g.Owned()) < 2; {
		check(t, ctx.Err())
		time.Sleep(time.Millisecond)
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	p, err := g.Poll(over)
	check(t, err)
	if p.Assignment == nil || len(p.Assignment.Partitions) != 2 {
		t.Fatalf("polled %+v, want the assignment of 2 partitions", p)
	}
}

// A second member takes partitions over: the first member's generations grow,
// what it has under way is aborted without an error, and its next transaction
// under the new assignment commits.
func TestGroupRebalance(t *testing.T) {
	cfg := brokers(t)
	in, out := makeTopic(t, cfg, 2), makeTopic(t, cfg, 1)
	fill(t, cfg, in, 2, 1)
	group := unique(t, "group")
	g := join(t, cfg, group, in, unique(t, "g"))
	before := assigned(t, g, 2)
	records(t, g, 2)
	check(t, g.Begin())
	g.Produce(within(t), &kafka.Record{Topic: out, Value: []byte("void")})

	h := join(t, cfg, group, in, unique(t, "h"))
	theirs := assigned(t, h, 1)
	for p, was := range before.Partitions { // whether or not it stays with g
		if now, _ := g.Generation(p); now <= was.Generation {
			t.Errorf("generation of partition %d is %d, was %d", p, now, was.Generation)
		}
	}
	if ok, err := g.End(within(t), true, map[int32]int64{0: 1, 1: 1}); ok || err != nil {
		t.Fatalf("commit across a rebalance: %t, %v, want an abort", ok, err)
	}

	after := assigned(t, g, 1)
	if after.Member != before.Member || after.Generation <= before.Generation {
		t.Errorf("assignment %+v after %+v", after, before)
	}
	for p, a := range after.Partitions {
		if _, both := theirs.Partitions[p]; both {
			t.Errorf("partition %d has two owners", p)
		}
		if a.Offset != 0 {
			t.Errorf("partition %d begins at %d, want 0: nothing was committed", p, a.Offset)
		}
		if gen, ok := g.Generation(p); !ok || gen != a.Generation {
			t.Errorf("generation of partition %d is %d, %t; assigned %d", p, gen, ok, a.Generation)
		}
	}
	for _, m := range []struct {
		g *kafka.Group
		a *kafka.Assignment
	}{{g, after}, {h, theirs}} {
		records(t, m.g, 1)
		check(t, m.g.Begin())
		m.g.Produce(within(t), &kafka.Record{Topic: out, Value: []byte("kept")})
		next := map[int32]int64{}
		for p := range m.a.Partitions {
			next[p] = 1
		}
		if ok, err := m.g.End(within(t), true, next); !ok || err != nil {
			t.Fatalf("commit after the rebalance: %t, %v", ok, err)
		}
	}
	if got, want := values(readAll(t, cfg, out, 0)), "kept kept"; got != want {
		t.Errorf("visible: %q, want %q", got, want)
	}
	if got, want := offsets(t, cfg, group, in), (map[int32]int64{0: 1, 1: 1}); !maps.Equal(got, want) {
		t.Errorf("group offsets %v, want %v", got, want)
	}

	// Leaving is noticed at once, and reported as a change of the assignment.
	h.Close()
	all := assigned(t, g, 2)
	if all.Partitions[0].Offset != 1 || all.Partitions[1].Offset != 1 {
		t.Errorf("assignment %+v after the other left", all)
	}
}

// Several rebalances between two transactions are all noticed, though the
// session under the Group reports the first one only.
func TestGroupRebalancesUnpolled(t *testing.T) {
	cfg := brokers(t)
	in := makeTopic(t, cfg, 2)
	group := unique(t, "group")
	g := join(t, cfg, group, in, unique(t, "g"))
	first := assigned(t, g, 2)
	last := map[int32]uint64{}
	for p, a := range first.Partitions {
		last[p] = a.Generation
	}
	for range 2 {
		h := join(t, cfg, group, in, unique(t, "h"))
		assigned(t, h, 1)
		for p := range last {
			now, _ := g.Generation(p)
			if now <= last[p] {
				t.Fatalf("generation of partition %d stayed %d over a rebalance", p, now)
			}
			last[p] = now
		}
		h.Close()
		ctx := within(t)
		for len(g.Owned()) < 2 { // g, which does not poll, gets both back
			check(t, ctx.Err())
			time.Sleep(time.Millisecond)
		}
	}
	again := assigned(t, g, 2)
	if again.Generation <= first.Generation {
		t.Errorf("assignment %+v after %+v", again, first)
	}
	fill(t, cfg, in, 2, 1)
	records(t, g, 2)
	check(t, g.Begin())
	if ok, err := g.End(within(t), true, map[int32]int64{0: 1, 1: 1}); !ok || err != nil {
		t.Errorf("the first transaction of the assignment: %t, %v", ok, err)
	}
}

// A member that comes back under the same transactional id fences the former
// one, and does not wait for its transaction to time out.
func TestGroupSuccessorFences(t *testing.T) {
	cfg := brokers(t)
	in, out := makeTopic(t, cfg, 1), makeTopic(t, cfg, 1)
	fill(t, cfg, in, 1, 1)
	group, id := unique(t, "group"), unique(t, "id")
	g := join(t, cfg, group, in, id)
	assigned(t, g, 1)
	records(t, g, 1)
	check(t, g.Begin())
	g.Produce(within(t), &kafka.Record{Topic: out, Value: []byte("zombie")})
	flushed(t, cfg, out, 1)

	x := newTxn(t, cfg, id) // what a successor does first
	write(t, x, out, "successor")
	if ok, err := g.End(within(t), true, map[int32]int64{0: 1}); ok || err == nil {
		t.Errorf("the zombie's commit: %t, %v, want an error", ok, err)
	}
	if got, want := values(readAll(t, cfg, out, 0)), "successor"; got != want {
		t.Errorf("visible: %q, want %q", got, want)
	}
	if got := offsets(t, cfg, group, in); len(got) != 0 {
		t.Errorf("group offsets %v, want none", got)
	}
}
