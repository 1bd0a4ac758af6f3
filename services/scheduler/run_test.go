package scheduler

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/libs/exec/merge"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/results"
)

// Kafka or Redis that is not there is named and waited for.
func TestUnreachable(t *testing.T) {
	for _, c := range []struct {
		name  string
		point func(*world, string) (target string)
		says  string
	}{
		{"kafka", func(w *world, addr string) string {
			target := w.Kafka.Brokers[0]
			w.Kafka.Brokers = []string{addr}
			return target
		}, "cannot reach Kafka at "},
		{"redis", func(w *world, addr string) string {
			target := w.Redis.Addr
			w.Redis.Addr = addr
			return target
		}, "reach Redis at "},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			a := newAbsent(t)
			target := c.point(w, a.addr)
			_, stop := w.start()
			w.until("the address is named", w.logged(c.says+a.addr))
			conditions, ok := w.Ready.Conditions()
			if ok || conditions[c.name] == "ok" {
				t.Errorf("ready: %v", conditions)
			}
			a.appear(target)
			w.until("ready", w.ready)
			if !w.logged("recovered")() {
				t.Error("the recovery is not logged")
			}
			check(t, stop())
		})
	}
}

// A Redis that goes away makes the scheduler not ready until it is back.
func TestReadinessFollowsRedis(t *testing.T) {
	w := newWorld(t)
	a := newAbsent(t)
	target := w.Redis.Addr
	w.Redis.Addr = a.addr
	vanish := a.appear(target)
	_, stop := w.start()
	w.until("ready", w.ready)
	vanish()
	w.until("not ready", func() bool {
		conditions, ok := w.Ready.Conditions()
		return !ok && conditions["redis"] != "ok" && conditions["kafka"] == "ok"
	})
	a.appear(target)
	w.until("ready again", w.ready)
	check(t, stop())
}

// Shutting down while waiting is no error.
func TestStopWhileWaiting(t *testing.T) {
	w := newWorld(t)
	w.Redis.Addr = newAbsent(t).addr
	_, stop := w.start()
	w.until("waiting", w.logged("reach Redis"))
	check(t, stop())
}

// Other partition counts than at first start are refused, with what to do.
func TestOtherPartitionCounts(t *testing.T) {
	w := newWorld(t)
	_, err := kafka.Ensure(within(t), w.Kafka, w.Layout)
	check(t, err)
	for _, c := range []struct {
		layout kafka.Layout
		says   string
	}{
		{kafka.Layout{Partitions: 3, ExchangePartitions: 2}, "millrace.tweets has 2 partitions, not 3"},
		{kafka.Layout{Partitions: 2, ExchangePartitions: 1}, "millrace.exchange has 2 partitions, not 1"},
	} {
		w.Layout = c.layout
		err := Run(within(t), w.Config)
		if err == nil || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "start with --") {
			t.Errorf("%+v: %v", c.layout, err)
		}
	}
}

// others lets Redis hold results of other topics.
func (w *world) others() {
	w.t.Helper()
	rdb := results.Connect(w.Redis)
	defer rdb.Close()
	check(w.t, rdb.HSet(within(w.t), results.KeyTopics, kafka.TopicTweets, "another").Err())
	check(w.t, rdb.HSet(within(w.t), "millrace:q1:rows", "[]", `{"n":1}`).Err())
}

// Over the embedded log, whose topics are new at every start, earlier results are
// cleared, and a line says so.
func TestResultsOfAnEarlierEmbeddedLog(t *testing.T) {
	w := newWorld(t)
	w.others()
	_, stop := w.start()
	w.until("ready", w.ready)
	if !w.logged("cleared the results of an earlier embedded log")() {
		t.Error("nothing says that results were cleared")
	}
	rdb := results.Connect(w.Redis)
	defer rdb.Close()
	n, err := rdb.Exists(within(t), "millrace:q1:rows").Result()
	check(t, err)
	if n != 0 {
		t.Error("the earlier results are still there")
	}
	check(t, stop())
}

// opened is a service that has reached everything and runs nothing.
func (w *world) opened() *service {
	w.t.Helper()
	cfg, err := w.withDefaults()
	check(w.t, err)
	s := &service{Config: cfg, merged: &merge.Metrics{}}
	check(w.t, s.open(within(w.t)))
	w.t.Cleanup(s.close)
	return s
}

// Over any other log the results of other topics are refused, and kept.
func TestResultsOfOtherTopics(t *testing.T) {
	w := newWorld(t)
	s := w.opened()
	w.others()
	s.Kafka.Embedded = false
	err := s.checkRedis(within(t))
	if err == nil || !strings.Contains(err.Error(), "millrace reset") || !strings.Contains(err.Error(), "id another") {
		t.Errorf("got %v", err)
	}
	known, err := results.NewReader(s.rdb).Topics(within(t))
	check(t, err)
	if known[kafka.TopicTweets] != "another" {
		t.Errorf("Redis remembers %v", known)
	}
}

// An exchange that is deleted and made anew ends the scheduler, with what to do.
func TestExchangeMadeAnew(t *testing.T) {
	w := newWorld(t)
	ended, _ := w.start()
	w.until("ready", w.ready)
	w.until("scanning", func() bool { return w.value("millrace_commit_seconds", "scan") > 0 })
	admin, err := kafka.NewAdmin(w.Kafka)
	check(t, err)
	defer admin.Close()
	check(t, admin.DeleteTopics(within(t), kafka.TopicExchange))
	_, err = admin.Ensure(within(t), w.Layout)
	check(t, err)
	select {
	case err = <-ended:
	case <-within(t).Done():
		t.Fatal("the scheduler goes on")
	}
	if !errors.Is(err, merge.ErrIncarnation) || !strings.Contains(err.Error(), "millrace reset") || !strings.Contains(err.Error(), kafka.TopicExchange) {
		t.Errorf("got %v", err)
	}
}

// Topics made anew while no scheduler runs are found by what checkpoints say.
func TestExchangeMadeAnewBetweenStarts(t *testing.T) {
	w := newWorld(t)
	w.CheckpointInterval = 50 * time.Millisecond
	_, stop := w.start()
	w.until("a checkpoint", func() bool { return w.value("millrace_commit_seconds", "merge") > 3 })
	check(t, stop())
	admin, err := kafka.NewAdmin(w.Kafka)
	check(t, err)
	defer admin.Close()
	check(t, admin.DeleteTopics(within(t), kafka.TopicExchange))
	w.Kafka.Embedded = true
	rdb := results.Connect(w.Redis)
	defer rdb.Close()
	check(t, rdb.Del(within(t), results.KeyTopics).Err()) // else this would say it first
	err = Run(within(t), w.Config)
	if !errors.Is(err, merge.ErrIncarnation) || !strings.Contains(err.Error(), "`millrace reset --yes --brokers ") {
		t.Errorf("got %v", err)
	}
}

func TestConfigIsChecked(t *testing.T) {
	for _, spoil := range []func(*Config){
		func(c *Config) { c.Kafka.Brokers = nil },
		func(c *Config) { c.Slot = -2 },
		func(c *Config) { c.Slot = 10_000 },
	} {
		cfg := Config{Kafka: kafka.Config{Brokers: []string{"127.0.0.1:1"}}}
		spoil(&cfg)
		if err := Run(within(t), cfg); err == nil {
			t.Errorf("%+v: no error", cfg)
		}
	}
}
