package millrace_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/results"
)

// Whenever a query begins, what passed before it and what it counts are all posts
// there are; and the newest sample of its history is its result.
func TestWhatPassedAndWhatIsCountedAreAll(t *testing.T) {
	r := run(t, kafka.Layout{Partitions: 3, ExchangePartitions: 2})
	const posts, queries = 600, 6
	text := func(i int) string { // of the same plan, and of another
		if i%2 == 0 {
			return `{"sql":"SELECT count(*) AS n FROM tweets","options":{"history":true}}`
		}
		return fmt.Sprintf(`{"sql":"SELECT count(*) AS n FROM tweets WHERE id <> %d","options":{"history":true}}`, -i)
	}
	live := func(id string) bool {
		facts, _, err := results.NewReader(r.rdb).Facts(r.ctx, id)
		return err == nil && facts.Fields[results.FieldStatus] == results.StatusLive
	}
	rng := rand.New(rand.NewPCG(1, 1))
	next := 0
	for i := range posts {
		r.produce(kafka.Record{Topic: kafka.TopicTweets, Value: fmt.Appendf(nil, `{"id":%d}`, i)})
		if next < queries && (next == 0 || rng.IntN(posts/queries) == 0) {
			id := fmt.Sprint("q", next)
			r.submit(id, text(next))
			if next%3 == 0 { // the others begin somewhere among the posts that follow
				r.until(id+" is live", func() bool { return live(id) })
			}
			next++
		}
	}
	for ; next < queries; next++ {
		r.submit(fmt.Sprint("q", next), text(next))
	}
	all := map[int64]bool{}
	for i := range queries {
		id := fmt.Sprint("q", i)
		r.until(id+" is live", func() bool { return live(id) })
		facts, _, err := results.NewReader(r.rdb).Facts(r.ctx, id)
		passed, known := facts.Passed()
		if err != nil || !known {
			t.Fatalf("%s: it is not known what passed before it: %v (%v)", id, facts.Fields, err)
		}
		all[passed] = true
		want := fmt.Sprintf(`{"n":%d}`, posts-passed)
		r.until(fmt.Sprintf("%s, before which %d posts passed, counts the other %d", id, passed, posts-passed), func() bool { return r.counts(id) == want })
		r.until("a sample of "+id, func() bool {
			samples, err := results.NewReader(r.rdb).History(r.ctx, id, "", 1)
			return err == nil && len(samples) == 1 && samples[0].Matched == posts-passed &&
				string(samples[0].Rows) == `[{"key":[],"row":`+want+`}]`
		})
	}
	if len(all) < 3 {
		t.Errorf("the queries began at %d moments: %v", len(all), all)
	}
}
