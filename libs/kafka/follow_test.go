package kafka_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/millrace/millrace/libs/kafka"
)

// What a topic has is handed over before whole is called, and what it gets before whole is
// called again.
func TestFollow(t *testing.T) {
	cfg := brokers(t)
	a, topic := admin(t, cfg), makeTopic(t, cfg, 2)
	fill(t, cfg, topic, 2, 3)
	ctx, cancel := context.WithCancel(within(t))
	news, done := make(chan []string), make(chan error, 1)
	var all []string
	go func() {
		done <- a.Follow(ctx, topic, func(r *kafka.Record) error {
			if !r.Control {
				all = append(all, fmt.Sprintf("%d/%d", r.Partition, r.Offset))
			}
			return nil
		}, func() {
			select {
			case news <- slices.Sorted(slices.Values(all)):
			case <-ctx.Done():
			}
		})
	}()
	want := []string{"0/0", "0/1", "0/2", "1/0", "1/1", "1/2"}
	if got := <-news; !slices.Equal(got, want) {
		t.Errorf("at the beginning %v, want %v", got, want)
	}
	fill(t, cfg, topic, 2, 1)
	want = []string{"0/0", "0/1", "0/2", "0/3", "1/0", "1/1", "1/2", "1/3"}
	for got := range news {
		if slices.Equal(got, want) {
			break
		}
		if len(got) >= len(want) {
			t.Fatalf("then %v, want %v", got, want)
		}
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("ended by %v", err)
	}
}

// An error of who reads ends it, be it of what was there or of what comes.
func TestFollowEnds(t *testing.T) {
	cfg := brokers(t)
	a, topic := admin(t, cfg), makeTopic(t, cfg, 1)
	fill(t, cfg, topic, 1, 3)
	stop := errors.New("enough")
	for at, wholes := range map[int64]int{1: 0, 3: 1} {
		times := 0
		err := a.Follow(within(t), topic, func(r *kafka.Record) error {
			if r.Offset == at {
				return stop
			}
			return nil
		}, func() {
			times++
			fill(t, cfg, topic, 1, 1)
		})
		if !errors.Is(err, stop) || times != wholes {
			t.Errorf("at offset %d: %v, whole %d times", at, err, times)
		}
	}
}
