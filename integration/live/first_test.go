package live_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/integration/live"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/results"
	"github.com/millrace/millrace/libs/wire"
)

// TestTheFirstRowsThenCompleted: a query with LIMIT alone takes the first rows that come,
// is completed, and keeps them, whatever comes later and whoever is started again.
func TestTheFirstRowsThenCompleted(t *testing.T) {
	sideBySide(t)
	ctx, sys, _, _ := open(t, 1, live.Options{Partitions: 2, ExchangePartitions: 3, CheckpointInterval: 300 * time.Millisecond})
	sys.Start(live.QueryParser, live.Scheduler)
	c := newClient(ctx, t, sys)
	next := 0
	post := func(n int) {
		t.Helper()
		for range n {
			next++
			doc := fmt.Sprintf(`{"id":%d,"lang":"en"}`, next)
			c.produce(kafka.Record{Topic: kafka.TopicTweets, Partition: int32(next % 2), Value: []byte(doc)})
		}
	}
	rows := func(id string) []string {
		t.Helper()
		entries, err := results.NewReader(sys.Redis).Log(ctx, id, "", 1000)
		must(t, err)
		var all []string
		for _, e := range entries {
			all = append(all, string(e.Row))
		}
		return all
	}

	first := c.submit("five", []byte("SELECT id FROM tweets WHERE lang = 'en' LIMIT 5"))
	later := c.submit("later", []byte("SELECT id FROM tweets WHERE lang = 'en' LIMIT 4 OFFSET 10"))
	c.submitted("all", "SELECT id FROM tweets WHERE lang = 'en'", wire.Live)
	c.until("later", later, wire.Live)
	post(3)
	sys.Restart(live.Scheduler)
	post(6)
	c.until("five", first, wire.Completed)
	five := rows("five")
	if len(five) != 5 {
		t.Fatalf("five has %d rows: %v", len(five), five)
	}
	if slices.ContainsFunc(c.statuses.Told, func(s wire.Status) bool { return s.ID == "later" && s.Transition == wire.Completed }) {
		t.Fatal("later is complete after 9 posts")
	}
	sys.Restart(live.QueryParser)
	post(20)
	c.until("later", later, wire.Completed)
	sys.Restart(live.Scheduler)
	post(20)
	c.submitted("last", "SELECT count(*) FROM tweets", wire.Live)

	all := rows("all")
	if got := rows("five"); !slices.Equal(got, five) || !slices.Equal(got, all[:5]) {
		t.Errorf("five has %v, and had %v, of %v", got, five, all)
	}
	if got := rows("later"); !slices.Equal(got, all[10:14]) {
		t.Errorf("later has %v of %v", got, all)
	}
	meta, err := sys.Redis.HGetAll(ctx, results.MetaKey("five")).Result()
	must(t, err)
	if meta["status"] != "completed" || !strings.Contains(meta["reason"], "LIMIT 5") {
		t.Errorf("meta of five: %v", meta)
	}
	again := c.submit("five", []byte("SELECT id FROM tweets WHERE lang = 'en' LIMIT 2"))
	c.until("five", again, wire.Live)
	post(4)
	c.until("five", again, wire.Completed)
	if got := rows("five"); len(got) != 2 {
		t.Errorf("submitted again, it has %v", got)
	}
}
