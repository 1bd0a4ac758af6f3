package kafka_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"

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
