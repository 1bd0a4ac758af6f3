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
	producer, err := kafka.NewProducer(sys.Kafka)
	must(t, err)
	defer producer.Close()
	admin, err := kafka.NewAdmin(sys.Kafka)
	must(t, err)
	defer admin.Close()
	status, err := kafka.NewReader(sys.Kafka, kafka.TopicStatus, map[int32]int64{0: 0})
	must(t, err)
	defer status.Close()
	told := map[string]wire.Status{} // by id and epoch and transition
	submit := func(id, text string) int64 {
		t.Helper()
		rec := []kafka.Record{{Topic: kafka.TopicQueries, Key: []byte(id), Value: []byte(text)}}
		must(t, producer.Produce(ctx, rec...))
		return rec[0].Offset
	}
	until := func(id string, epoch int64, want wire.Transition) wire.Status {
		t.Helper()
		key := func(id string, epoch int64, tr wire.Transition) string { return fmt.Sprint(id, epoch, tr) }
		for {
			if s, ok := told[key(id, epoch, want)]; ok {
				return s
			}
			recs, err := status.Poll(ctx)
			if err != nil {
				t.Fatalf("%s at %d is not %s: %v; told was %v", id, epoch, want, err, slices.Collect(maps.Values(told)))
			}
			for _, rec := range recs {
				if rec.Control {
					continue
				}
				var s wire.Status
				must(t, s.Unmarshal(rec.Value))
				told[key(s.ID, s.Epoch, s.Transition)] = s
			}
		}
	}
	accept := func(id, text string) {
		t.Helper()
		until(id, submit(id, text), wire.Accepted)
	}
	refuse := func(id, text string, why ...string) {
		t.Helper()
		s := until(id, submit(id, text), wire.Rejected)
		for _, w := range why {
			if !strings.Contains(s.Message+" "+s.Hint, w) {
				t.Errorf("%s: told %q, hint %q; nothing about %q", text, s.Message, s.Hint, w)
			}
		}
	}
	drop := func(id, text string) {
		t.Helper()
		until(id, submit(id, text), wire.Dropped)
	}
	const topic = "millrace.visits"
	defer func() { _ = admin.DeleteTopics(ctx, topic) }() // as reset does not: it may be somebody's
	posted := 0
	post := func(n int, country string) {
		t.Helper()
		for range n {
			posted++
			doc := fmt.Sprintf(`{"country":%q,"ms":%d}`, country, posted)
			must(t, producer.Produce(ctx, kafka.Record{Topic: topic, Partition: int32(posted % 2), Value: []byte(doc)}))
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
	accept("visits", declare)
	accept("slow", "CREATE VIEW slow AS SELECT country, ms FROM visits WHERE ms > 2")
	live1 := submit("by-country", "SELECT country, count(*) AS n FROM slow GROUP BY country")
	until("by-country", live1, wire.Live)
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
	until("by-country", func() int64 {
		rec := []kafka.Record{{Topic: kafka.TopicQueries, Key: []byte("by-country")}}
		must(t, producer.Produce(ctx, rec...))
		return rec[0].Offset
	}(), wire.Dropped)
	drop("slow", "DROP VIEW slow")
	drop("visits", "DROP STREAM visits")
	refuse("gone", "SELECT count(*) FROM visits", "visits")
	post(6, "xx") // nobody's

	accept("visits", declare)
	live2 := submit("again", "SELECT count(*) AS n, min(ms) AS least FROM visits")
	until("again", live2, wire.Live)
	sys.Restart(live.Scheduler)
	post(7, "es")
	await("again", `{"n":7,"least":16}`)
	tweets := submit("tweets-too", "SELECT count(*) AS n FROM tweets")
	until("tweets-too", tweets, wire.Live)
	must(t, producer.Produce(ctx, kafka.Record{Topic: kafka.TopicTweets, Value: []byte(`{"id":1}`)}))
	await("tweets-too", `{"n":1}`)
	await("again", `{"n":7,"least":16}`)
}
