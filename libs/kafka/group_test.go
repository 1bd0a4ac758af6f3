package kafka_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/libs/kafka"
)

// fromStart resolves missing offsets to 0.
func fromStart(_ context.Context, offsets map[int32]int64) (map[int32]int64, error) {
	for p, o := range offsets {
		offsets[p] = max(o, 0)
	}
	return offsets, nil
}

func join(t *testing.T, cfg kafka.Config, group, topic, id string) *kafka.Group {
	t.Helper()
	g, err := kafka.NewGroup(within(t), cfg, kafka.GroupConfig{Group: group, Topic: topic, TransactionalID: id, Adjust: fromStart})
	check(t, err)
	t.Cleanup(g.Close)
	return g
}

// assigned polls until the group assigns n partitions.
func assigned(t *testing.T, g *kafka.Group, n int) *kafka.Assignment {
	t.Helper()
	ctx := within(t)
	for {
		p, err := g.Poll(ctx)
		check(t, err)
		if p.Assignment != nil && len(p.Assignment.Partitions) == n {
			return p.Assignment
		}
	}
}

// records polls until n records other than control records have come.
func records(t *testing.T, g *kafka.Group, n int) []string {
	t.Helper()
	var got []string
	ctx := within(t)
	for len(got) < n {
		p, err := g.Poll(ctx)
		check(t, err)
		for _, r := range p.Records {
			if !r.Control {
				got = append(got, fmt.Sprintf("%d/%d:%s", r.Partition, r.Offset, r.Value))
			}
		}
	}
	slices.Sort(got)
	return got
}

// fill writes n records to each partition.
func fill(t *testing.T, cfg kafka.Config, topic string, partitions int32, n int) {
	t.Helper()
	p, err := kafka.NewProducer(cfg)
	check(t, err)
	defer p.Close()
	for part := range partitions {
		for i := range n {
			check(t, p.Produce(within(t), kafka.Record{Topic: topic, Partition: part, Value: fmt.Appendf(nil, "v%d", i)}))
		}
	}
}

func offsets(t *testing.T, cfg kafka.Config, group, topic string) map[int32]int64 {
	t.Helper()
	got, err := admin(t, cfg).GroupOffsets(within(t), group, topic)
	check(t, err)
	return got
}

// Exactly the offsets given are committed, together with what was produced, and
// the next owner begins there.
func TestGroupCommitsExactly(t *testing.T) {
	cfg := brokers(t)
	in, out := makeTopic(t, cfg, 2), makeTopic(t, cfg, 1)
	fill(t, cfg, in, 2, 3)
	group, id := unique(t, "group"), unique(t, "id")
	g := join(t, cfg, group, in, id)
	a := assigned(t, g, 2)
	if a.Partitions[0].Offset != 0 || a.Partitions[1].Offset != 0 || a.Member == "" {
		t.Fatalf("assignment %+v, want offsets 0 of a member", a)
	}
	records(t, g, 6)

	check(t, g.Begin())
	rec := kafka.Record{Topic: out, Value: []byte("sum")}
	g.Produce(within(t), &rec)
	ok, err := g.End(within(t), true, map[int32]int64{0: 1})
	check(t, err)
	if !ok || rec.Offset != 0 {
		t.Fatalf("committed %t, record at %d", ok, rec.Offset)
	}
	if got, want := offsets(t, cfg, group, in), map[int32]int64{0: 1}; !maps.Equal(got, want) {
		t.Fatalf("group offsets %v, want %v: exactly those given", got, want)
	}
	if got, want := readAll(t, cfg, out, 0), "0:sum 1!"; got != want {
		t.Errorf("out: %s, want %s", got, want)
	}
	g.Close()

	h := join(t, cfg, group, in, id)
	b := assigned(t, h, 2)
	if b.Partitions[0].Offset != 1 || b.Partitions[1].Offset != 0 {
		t.Errorf("the next owner begins at %+v", b.Partitions)
	}
	if got, want := records(t, h, 5), []string{"0/1:v1", "0/2:v2", "1/0:v0", "1/1:v1", "1/2:v2"}; !slices.Equal(got, want) {
		t.Errorf("the next owner reads %v, want %v", got, want)
	}
}

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

// A transaction without offsets would not be fenced, and is refused. One with
// offsets alone, nothing polled and nothing produced, commits.
func TestGroupCommitsOffsetsAlone(t *testing.T) {
	cfg := brokers(t)
	in := makeTopic(t, cfg, 1)
	group := unique(t, "group")
	g := join(t, cfg, group, in, unique(t, "id"))
	assigned(t, g, 1)
	check(t, g.Begin())
	if _, err := g.End(within(t), true, nil); err == nil {
		t.Error("a commit without offsets was taken")
	}
	for ctx, done := within(t), 0; done < 3; {
		ok, err := g.End(ctx, true, map[int32]int64{0: 0})
		check(t, err)
		if ok { // else the broker was still busy with the one before
			done++
		}
		check(t, g.Begin())
	}
	if got, want := offsets(t, cfg, group, in), map[int32]int64{0: 0}; !maps.Equal(got, want) {
		t.Errorf("group offsets %v, want %v", got, want)
	}
}

// An abort goes back to the last commit.
func TestGroupAbortRewinds(t *testing.T) {
	cfg := brokers(t)
	in, out := makeTopic(t, cfg, 1), makeTopic(t, cfg, 1)
	fill(t, cfg, in, 1, 2)
	group := unique(t, "group")
	g := join(t, cfg, group, in, unique(t, "id"))
	assigned(t, g, 1)
	records(t, g, 2)
	check(t, g.Begin())
	g.Produce(within(t), &kafka.Record{Topic: out, Value: []byte("kept")})
	if ok, err := g.End(within(t), true, map[int32]int64{0: 2}); !ok || err != nil {
		t.Fatalf("commit: %t, %v", ok, err)
	}

	fill(t, cfg, in, 1, 2)
	want := []string{"0/2:v0", "0/3:v1"}
	if got := records(t, g, 2); !slices.Equal(got, want) {
		t.Fatalf("read %v, want %v", got, want)
	}
	check(t, g.Begin())
	g.Produce(within(t), &kafka.Record{Topic: out, Value: []byte("dropped")})
	if ok, err := g.End(within(t), false, nil); ok || err != nil {
		t.Fatalf("abort: %t, %v", ok, err)
	}
	if got := records(t, g, 2); !slices.Equal(got, want) {
		t.Errorf("after the abort read %v, want %v again", got, want)
	}
	if got := values(readAll(t, cfg, out, 0)); got != "kept" {
		t.Errorf("visible: %q, want kept", got)
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

// SetOffset moves an assigned partition, not one of another generation; Pause
// silences it.
func TestGroupSetOffsetAndPause(t *testing.T) {
	cfg := brokers(t)
	in := makeTopic(t, cfg, 2)
	fill(t, cfg, in, 2, 3)
	g := join(t, cfg, unique(t, "group"), in, unique(t, "id"))
	a := assigned(t, g, 2)
	g.Pause(1)
	check(t, g.SetOffset(within(t), 0, a.Partitions[0].Generation, 2))
	check(t, g.SetOffset(within(t), 1, a.Partitions[1].Generation, 1))
	if err := g.SetOffset(within(t), 1, a.Partitions[1].Generation+1, 0); !errors.Is(err, kafka.ErrStale) {
		t.Errorf("set the offset of another generation: %v, want ErrStale", err)
	}
	if got, want := records(t, g, 1), []string{"0/2:v2"}; !slices.Equal(got, want) {
		t.Errorf("read %v, want %v", got, want)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if p, err := g.Poll(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("poll of a paused partition: %v, %v", p, err)
	}
	g.Resume(1)
	if got, want := records(t, g, 2), []string{"1/1:v1", "1/2:v2"}; !slices.Equal(got, want) {
		t.Errorf("read %v, want %v", got, want)
	}
}

// An offset that no longer exists is reported, and SetOffset goes on.
func TestGroupOutOfRange(t *testing.T) {
	cfg := brokers(t)
	in := makeTopic(t, cfg, 1)
	fill(t, cfg, in, 1, 3)
	check(t, admin(t, cfg).DeleteRecords(within(t), in, map[int32]int64{0: 2}))
	g := join(t, cfg, unique(t, "group"), in, unique(t, "id"))
	a := assigned(t, g, 1)
	ctx := within(t)
	for {
		p, err := g.Poll(ctx)
		check(t, err)
		if len(p.Records) > 0 {
			t.Fatalf("records %v below the start", p.Records)
		}
		if slices.Equal(p.OutOfRange, []int32{0}) {
			break
		}
	}
	check(t, g.SetOffset(within(t), 0, a.Partitions[0].Generation, 2))
	if got, want := records(t, g, 1), []string{"0/2:v2"}; !slices.Equal(got, want) {
		t.Errorf("read %v, want %v", got, want)
	}
}

// Without an offset there is no place to begin that would not lose or repeat.
func TestGroupMissingOffset(t *testing.T) {
	cfg := brokers(t)
	in := makeTopic(t, cfg, 1)
	g, err := kafka.NewGroup(within(t), cfg, kafka.GroupConfig{Group: unique(t, "group"), Topic: in, TransactionalID: unique(t, "id")})
	check(t, err)
	defer g.Close()
	for ctx := within(t); err == nil; {
		_, err = g.Poll(ctx)
	}
	if errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "has no offset for") {
		t.Errorf("poll without an offset: %v", err)
	}
}

// GroupOffsets waits for the end of a transaction that has offsets of the group
// under way.
func TestGroupOffsetsAreStable(t *testing.T) {
	cfg := brokers(t)
	in := makeTopic(t, cfg, 1)
	group := unique(t, "group")
	g := join(t, cfg, group, in, unique(t, "id"))
	assigned(t, g, 1)
	check(t, g.Begin())
	if ok, err := g.End(within(t), true, map[int32]int64{0: 3}); !ok || err != nil {
		t.Fatalf("commit: %t, %v", ok, err)
	}
	g.Close()
	pending, end := pendingOffsets(t, cfg, group, in, 7)
	a := admin(t, cfg)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if got, err := a.GroupOffsets(ctx, group, in); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("stable offsets with a commit pending: %v, %v", got, err)
	}
	peeked, err := a.PeekGroupOffsets(within(t), group, in)
	check(t, err)
	if want := map[int32]int64{0: 3}; !maps.Equal(peeked, want) {
		t.Errorf("offsets without the pending ones: %v, want %v", peeked, want)
	}
	end(true)
	if got, want := offsets(t, cfg, group, in), pending; !maps.Equal(got, want) {
		t.Errorf("group offsets %v, want %v", got, want)
	}
}
