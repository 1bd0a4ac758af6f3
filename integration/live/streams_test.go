package live_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/integration/live"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/results"
	"github.com/millrace/millrace/libs/wire"
)

// TestStreamsComeAndGo declares a stream and a view over the topic of submissions, drops
// them, and declares the stream anew over the same topic, while services are started
// again: every document counts once in the queries that there were when it came.
func TestStreamsComeAndGo(t *testing.T) {
	sideBySide(t)
	ctx, sys, _, _ := open(t, 2, live.Options{Partitions: 2, ExchangePartitions: 3, CheckpointInterval: 300 * time.Millisecond})
	sys.Start(live.QueryParser, live.Scheduler)
	c := newClient(ctx, t, sys)
	admin, err := kafka.NewAdmin(sys.Kafka)
	must(t, err)
	defer admin.Close()
	refuse := func(id, text string, why ...string) {
		t.Helper()
		s := c.submitted(id, text, wire.Rejected)
		for _, w := range why {
			if !strings.Contains(s.Message+" "+s.Hint, w) {
				t.Errorf("%s: told %q, hint %q; nothing about %q", text, s.Message, s.Hint, w)
			}
		}
	}
	const topic = "millrace.visits"
	defer func() { _ = admin.DeleteTopics(ctx, topic) }() // as reset does not: it may be somebody's
	posted := 0
	post := func(n int, country string) {
		t.Helper()
		for range n {
			posted++
			doc := fmt.Sprintf(`{"country":%q,"ms":%d}`, country, posted)
			c.produce(kafka.Record{Topic: topic, Partition: int32(posted % 2), Value: []byte(doc)})
		}
	}
	reader := results.NewReader(sys.Redis)
	await := func(id, want string) {
		t.Helper()
		got := ""
		for limit := time.Now().Add(30 * time.Second); time.Now().Before(limit); time.Sleep(20 * time.Millisecond) {
			rows, err := reader.AllRows(ctx, id, results.Window{})
			must(t, err)
			var all []string
			for _, key := range slices.Sorted(maps.Keys(rows)) {
				all = append(all, string(rows[key]))
			}
			if got = strings.Join(all, " "); got == want {
				return
			}
		}
		t.Fatalf("%s has %s, want %s", id, got, want)
	}

	const declare = "CREATE STREAM visits (country VARCHAR, ms BIGINT)"
	c.submitted("visits", declare, wire.Accepted)
	c.submitted("slow", "CREATE VIEW slow AS SELECT country, ms FROM visits WHERE ms > 2", wire.Accepted)
	c.submitted("by-country", "SELECT country, count(*) AS n FROM slow GROUP BY country", wire.Live)
	post(5, "de")
	await("by-country", `{"country":"de","n":3}`)
	sys.Restart(live.Scheduler)
	post(4, "fr")
	await("by-country", `{"country":"de","n":3} {"country":"fr","n":4}`)

	refuse("visits", "DROP STREAM visits", "visits", "slow")
	refuse("slow", "DROP VIEW slow", "by-country")
	refuse("visits", "CREATE OR REPLACE STREAM visits (ms BIGINT)", "slow")
	refuse("visits", "CREATE STREAM visit (country VARCHAR)", "visit")
	refuse("oops", "SELECT count(*) FROM visit", "visits")
	sys.Restart(live.QueryParser)
	c.until("by-country", c.submit("by-country", nil), wire.Dropped)
	c.submitted("slow", "DROP VIEW slow", wire.Dropped)
	c.submitted("visits", "DROP STREAM visits", wire.Dropped)
	refuse("gone", "SELECT count(*) FROM visits", "visits")
	post(6, "xx") // nobody's

	c.submitted("visits", declare, wire.Accepted)
	c.submitted("again", "SELECT count(*) AS n, min(ms) AS least FROM visits", wire.Live)
	sys.Restart(live.Scheduler)
	post(7, "es")
	await("again", `{"n":7,"least":16}`)
	c.submitted("tweets-too", "SELECT count(*) AS n FROM tweets", wire.Live)
	c.produce(kafka.Record{Topic: kafka.TopicTweets, Value: []byte(`{"id":1}`)})
	await("tweets-too", `{"n":1}`)
	await("again", `{"n":7,"least":16}`)
}
