package embedded_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"github.com/millrace/millrace/libs/embedded"
	"github.com/millrace/millrace/libs/kafka"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// fill writes n records of 100 kB that do not compress and are as old as given.
func fill(t *testing.T, cfg kafka.Config, topic string, n int, age time.Duration) {
	t.Helper()
	p, err := kafka.NewProducer(cfg)
	check(t, err)
	defer p.Close()
	value, seed := make([]byte, 100_000), uint32(1)
	for i := range value {
		seed = seed*1664525 + 1013904223
		value[i] = byte(seed >> 24)
	}
	for range n {
		check(t, p.Produce(within(t), kafka.Record{Topic: topic, Key: []byte("same"), Value: value, Time: time.Now().Add(-age)}))
	}
}

// Each topic's own retention is applied, by time and by size; what is compacted
// keeps everything, superseded or not; the folder goes with the servers.
func TestRetention(t *testing.T) {
	dir := t.TempDir()
	s, err := embedded.Start(embedded.Options{Log: true, Dir: dir})
	check(t, err)
	defer s.Close()
	cfg := kafka.Config{Brokers: s.Brokers, Embedded: true}
	_, err = kafka.Ensure(within(t), cfg, kafka.Layout{Partitions: 1, ExchangePartitions: 1, TweetsRetention: time.Hour, TweetsBytes: 350_000})
	check(t, err)
	fill(t, cfg, kafka.TopicTweets, 10, 0)
	fill(t, cfg, kafka.TopicStatus, 2, 8*24*time.Hour)
	fill(t, cfg, kafka.TopicStatus, 1, 0)
	fill(t, cfg, kafka.TopicRegistry, 3, 30*24*time.Hour)
	fill(t, cfg, kafka.TopicExchange, 3, 30*24*time.Hour)
	s.Retain()

	a, err := kafka.NewAdmin(cfg)
	check(t, err)
	defer a.Close()
	for topic, want := range map[string][2]int64{
		kafka.TopicTweets:   {7, 10},
		kafka.TopicStatus:   {2, 3},
		kafka.TopicRegistry: {0, 3},
		kafka.TopicExchange: {0, 3},
	} {
		starts, err := a.Starts(within(t), topic)
		check(t, err)
		ends, err := a.Ends(within(t), topic)
		check(t, err)
		if got := [2]int64{starts[0], ends[0]}; got != want {
			t.Errorf("%s holds offsets %v, want %v", topic, got, want)
		}
	}

	segments := func() int {
		found, err := filepath.Glob(filepath.Join(dir, "millrace-log-*"))
		check(t, err)
		return len(found)
	}
	if n := segments(); n != 1 {
		t.Errorf("%d folders while running, want 1", n)
	}
	check(t, s.Close())
	check(t, s.Close()) // once more does nothing
	if n := segments(); n != 0 {
		t.Errorf("%d folders after closing, want none", n)
	}
}

// What was deleted gives its space back when it fills whole segments.
func TestDeletedSegmentsAreRemoved(t *testing.T) {
	dir := t.TempDir()
	s, err := embedded.Start(embedded.Options{Log: true, Dir: dir})
	check(t, err)
	defer s.Close()
	cfg := kafka.Config{Brokers: s.Brokers, Embedded: true}
	_, err = kafka.Ensure(within(t), cfg, kafka.Layout{Partitions: 1, ExchangePartitions: 1, TweetsBytes: 8 << 20})
	check(t, err)
	fill(t, cfg, kafka.TopicTweets, 40, 0) // in segments of 1 MiB
	size := func() (total int64) {
		check(t, filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.Contains(path, kafka.TopicTweets) {
				return err
			}
			info, err := d.Info()
			total += info.Size()
			return err
		}))
		return total
	}
	before := size()
	a, err := kafka.NewAdmin(cfg)
	check(t, err)
	defer a.Close()
	check(t, a.DeleteRecords(within(t), kafka.TopicTweets, map[int32]int64{0: 39}))
	if after := size(); after > before/2 {
		t.Errorf("%d bytes on disk after DeleteRecords, %d before", after, before)
	}
}

// The store speaks Redis, and keys expire by the clock.
func TestRedis(t *testing.T) {
	s, err := embedded.Start(embedded.Options{Redis: true})
	check(t, err)
	defer s.Close()
	if s.Brokers != nil {
		t.Errorf("brokers %v without a log", s.Brokers)
	}
	rdb := redis.NewClient(&redis.Options{Addr: s.RedisAddr})
	defer rdb.Close()
	ctx := within(t)
	check(t, rdb.Eval(ctx, `redis.call("HSET", KEYS[1], "a", "1") return redis.call("PEXPIRE", KEYS[1], ARGV[1])`, []string{"k"}, 30).Err())
	for {
		n, err := rdb.Exists(ctx, "k").Result()
		check(t, err)
		if n == 0 {
			return
		}
	}
}
