package scheduler

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/results"
	"github.com/millrace/millrace/services/scheduler/internal/scanlog"
)

// Schedulers that come and go while posts flow share the work, each in a slot of
// its own, and nothing is lost or counted twice.
func TestFleet(t *testing.T) {
	w := newWorld(t)
	w.Slot = AutoSlot
	w.Layout = kafka.Layout{Partitions: 4, ExchangePartitions: 4}
	w.CheckpointInterval = 200 * time.Millisecond
	var stops []func() error
	var fleet []*world
	join := func() {
		o := w.another()
		_, stop := o.start()
		stops, fleet = append(stops, stop), append(fleet, o)
	}
	join()
	fleet[0].until("ready", fleet[0].ready)
	w.count()
	w.until("the query is live", w.live())

	posts := 0
	feed := func() {
		for range 40 {
			w.produce(kafka.Record{
				Topic: kafka.TopicTweets, Partition: int32(posts % 4),
				Value: fmt.Appendf(nil, `{"id":%d,"lang":"en","created_at":1700000000000}`, posts),
			})
			posts++
		}
	}
	rdb := results.Connect(w.Redis)
	defer rdb.Close()
	all := func() bool {
		row, _ := rdb.HGet(within(t), results.RowsKey("q", results.Window{}), `["en"]`).Result()
		return strings.HasSuffix(row, fmt.Sprintf(`"n":%d}`, posts))
	}
	scanned := func(o *world) func() bool {
		return func() bool {
			feed()
			return o.value("millrace_documents_total") > 0
		}
	}
	feed()
	for range 2 {
		join()
		last := fleet[len(fleet)-1]
		last.until("the one that joined scans too", scanned(last))
	}
	w.until("all posts are in the result", all)
	for slot := range fleet {
		if n := rdb.Exists(within(t), results.SlotKey(slot)).Val(); n != 1 {
			t.Errorf("nobody holds slot %d", slot)
		}
	}

	// The first leaves: its slot is free at once, and the next takes it.
	feed()
	check(t, stops[0]())
	if n := rdb.Exists(within(t), results.SlotKey(0)).Val(); n != 0 {
		t.Error("a slot that was left is still held")
	}
	feed()
	join()
	last := fleet[len(fleet)-1]
	last.until("the slot is taken", last.logged("slot taken"))
	last.until("the one that joined scans too", scanned(last))
	w.until("all posts are in the result", all)
	if n := rdb.Exists(within(t), results.SlotKey(0)).Val(); n != 1 {
		t.Error("the free slot was not taken")
	}
	for _, stop := range stops[1:] {
		feed()
		check(t, stop())
	}
}

// A slot whose lease expires has its transactions ended by whoever sees it: they
// would hold back the results of all.
func TestTransactionsOfTheDeadEnd(t *testing.T) {
	w := newWorld(t)
	w.Slot = AutoSlot
	_, stop := w.start()
	w.until("ready", w.ready)
	dead, err := kafka.NewTxn(within(t), w.Kafka, scanlog.TransactionalID(5), 0)
	check(t, err)
	defer dead.Close()
	rdb := results.Connect(w.Redis)
	defer rdb.Close()
	check(t, rdb.Set(within(t), results.SlotKey(5), "another", 2*time.Second).Err())
	w.until("the lease is seen to have expired", w.logged("a scheduler is gone; ending its transactions"))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for {
		check(t, ctx.Err())
		err := dead.Begin()
		if err == nil {
			dead.Produce(ctx, &kafka.Record{Topic: kafka.TopicDeadLetters, Value: []byte("late")})
			err = dead.Commit(ctx)
		}
		if errors.Is(err, kafka.ErrFenced) {
			break
		}
		check(t, err)
	}
	check(t, stop())
}

// A scheduler that found its slot by itself and is fenced takes another one, and
// never the same again.
func TestFencedSlotIsGivenUp(t *testing.T) {
	w := newWorld(t)
	w.Slot = AutoSlot
	_, stop := w.start()
	w.until("in slot 0", w.logged("slot taken"))
	w.until("ready", w.ready)
	w.until("running", func() bool { return w.value("millrace_merge_lag", "0") >= 0 && w.value("millrace_merge_lag", "1") >= 0 })
	thief, err := kafka.NewTxn(within(t), w.Kafka, scanlog.TransactionalID(0), 0)
	check(t, err)
	thief.Close()
	w.until("the slot is given up", w.logged("slot given up"))
	rdb := results.Connect(w.Redis)
	defer rdb.Close()
	w.until("another is taken", func() bool { return rdb.Exists(within(t), results.SlotKey(1)).Val() == 1 })
	if n := rdb.Exists(within(t), results.SlotKey(0)).Val(); n != 0 {
		t.Error("the slot that was given up is still held")
	}
	w.count()
	w.until("the query is live", w.live())
	check(t, stop())
}

func TestParseSlot(t *testing.T) {
	for s, want := range map[string]int{"auto": AutoSlot, "0": 0, "17": 17, "9999": 9999} {
		if got, err := ParseSlot(s); err != nil || got != want {
			t.Errorf("%q: %d, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "-1", "10000", "x", "1.5"} {
		if got, err := ParseSlot(s); err == nil {
			t.Errorf("%q: %d", s, got)
		}
	}
}

// TestSpareSchedulerIsReady: a scheduler is ready when the registry is read, the plan
// built, and both stages have begun with what their groups gave them; one for which there
// is nothing left, too.
func TestSpareSchedulerIsReady(t *testing.T) {
	w := newWorld(t)
	w.Slot = AutoSlot
	w.Layout = kafka.Layout{Partitions: 1, ExchangePartitions: 1}
	_, err := kafka.Ensure(within(t), w.Kafka, w.Layout)
	check(t, err)
	w.count()
	for range 3 {
		o := w.another()
		_, stop := o.start()
		defer func() { check(t, stop()) }()
		o.until("ready", o.ready)
		conditions, _ := o.Ready.Conditions()
		for _, name := range []string{"kafka", "redis", "registry", "scan", "merge"} {
			if conditions[name] != "ok" {
				t.Errorf("%s: %q", name, conditions[name])
			}
		}
		if queries, builds := o.value("millrace_plan_queries"), o.value("millrace_plan_build_seconds"); queries != 1 || builds != 1 {
			t.Errorf("ready with %v queries in the plan after %v changes of it", queries, builds)
		}
	}
}
