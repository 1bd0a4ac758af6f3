package kafka_test

import (
	"fmt"
	"testing"

	"github.com/millrace/millrace/libs/kafka"
)

// A group that a transaction seeds begins where that says, once and only if it commits;
// and its members are not disturbed by who seeds another one.
func TestSeed(t *testing.T) {
	cfg := brokers(t)
	a := admin(t, cfg)
	in, stream, out := makeTopic(t, cfg, 1), makeTopic(t, cfg, 2), makeTopic(t, cfg, 1)
	fill(t, cfg, in, 1, 3)
	fill(t, cfg, stream, 2, 9)
	topics, err := a.Topics(within(t), stream)
	check(t, err)
	g := join(t, cfg, unique(t, "group"), in, unique(t, "id"))
	assigned(t, g, 1)
	offsets := func(group, want string) {
		t.Helper()
		at, err := a.GroupOffsets(within(t), group, stream)
		check(t, err)
		if got := fmt.Sprint(at); got != want {
			t.Errorf("group %s begins at %s, want %s", group, got, want)
		}
	}
	transact := func(commit bool, at int64, seeds map[string][]int64) {
		t.Helper()
		check(t, g.Begin())
		g.Produce(within(t), &kafka.Record{Topic: out, Value: []byte("v")})
		for group, offsets := range seeds {
			check(t, g.Seed(within(t), group, stream, topics.ID(stream), offsets))
		}
		if ended, err := g.End(within(t), commit, map[int32]int64{0: at}); err != nil || ended != commit {
			t.Fatalf("ended %t, %v", ended, err)
		}
	}
	one, two := unique(t, "one"), unique(t, "two")
	transact(false, 1, map[string][]int64{one: {3, 4}})
	offsets(one, "map[]")
	transact(true, 2, map[string][]int64{one: {5, 6}, two: {7, 8}})
	offsets(one, "map[0:5 1:6]")
	offsets(two, "map[0:7 1:8]")

	member := join(t, cfg, one, stream, unique(t, "member"))
	if begins := assigned(t, member, 2).Partitions; begins[0].Offset != 5 || begins[1].Offset != 6 {
		t.Errorf("a member of the seeded group begins at %v", begins)
	}
	// A transaction that seeds nothing is as ever, and so is one whose seeds are refused.
	transact(true, 3, nil)
	check(t, g.Begin())
	g.Produce(within(t), &kafka.Record{Topic: out, Value: []byte("v")})
	if err := g.Seed(within(t), unique(t, "three"), unique(t, "absent"), topics.ID(in), []int64{1}); err == nil {
		t.Error("offsets of a topic that is not there are taken")
	}
	if ended, err := g.End(within(t), true, map[int32]int64{0: 3}); err != nil || !ended {
		t.Errorf("ended %t, %v", ended, err)
	}
	check(t, a.DeleteTopics(within(t), in, stream, out))
}

func TestScanGroup(t *testing.T) {
	if got := kafka.ScanGroup("logs", 41); got != "millrace-scan-logs-41" {
		t.Errorf("group %s", got)
	}
}
