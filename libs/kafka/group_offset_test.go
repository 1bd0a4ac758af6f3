package kafka_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/libs/kafka"
)

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
