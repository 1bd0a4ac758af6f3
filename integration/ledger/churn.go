package ledger

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	queries "github.com/millrace/millrace/integration/random"
	"github.com/millrace/millrace/libs/kafka"
)

// Kinds are queries of every kind whose results change with most lines. Sums of ids
// soon are greater than a BIGINT: errors, which are counted.
var Kinds = []string{
	"SELECT count(*) AS n FROM tweets",
	"SELECT count(*) AS n, sum(user.followers_count) AS s, min(id) AS least, max(id) AS most, avg(retweet_count) AS a FROM tweets WHERE lang <> 'en'",
	"SELECT lang, count(*) AS n, avg(user.followers_count) AS f, sum(id) AS i FROM tweets GROUP BY lang",
	"SELECT lang, is_retweet, max(created_at) AS newest FROM tweets GROUP BY lang, is_retweet HAVING count(*) > 20",
	"SELECT user.screen_name, count(*) AS n FROM tweets GROUP BY user.screen_name ORDER BY n DESC, user.screen_name LIMIT 15",
	"SELECT id, retweet_count, lang FROM tweets ORDER BY retweet_count DESC, id LIMIT 12",
	"SELECT id, lang FROM tweets WHERE user.followers_count > 3000",
	"SELECT id, user.screen_name, created_at FROM tweets WHERE lang = 'ja' AND is_retweet",
	"SELECT window_start, count(*) AS n FROM TUMBLE(tweets, created_at, INTERVAL '2' SECOND) GROUP BY window_start, window_end",
	"SELECT window_start, lang, count(*) AS n, sum(retweet_count) AS r, sum(id) AS i FROM TUMBLE(tweets, created_at, INTERVAL '2' SECOND) GROUP BY window_start, lang EMIT FINAL",
	"SELECT window_end, count(*) AS n FROM TUMBLE(tweets, created_at, INTERVAL '5' SECOND) WHERE is_retweet GROUP BY window_end HAVING count(*) > 3 EMIT FINAL",
	"SELECT window_start, user.screen_name, count(*) AS n, sum(id) AS i FROM TUMBLE(tweets, created_at, INTERVAL '5' SECOND) GROUP BY window_start, user.screen_name ORDER BY n DESC, user.screen_name LIMIT 5",
}

// wrong are submissions that have to be rejected, and must not touch the query
// that runs under their id.
var wrong = []string{
	"SELECT count(* FROM tweets",
	"SELECT count(*) FROM tweet",
	"SELECT lang, text FROM tweets GROUP BY lang",
	"SELECT count(*) FROM tweets WHERE '#go' IN hashtags",
	`{"sql":""}`,
}

// Constant is the query that is never replaced: its count never goes back.
const Constant = "constant"

// Churn submits, replaces and drops queries by a plain producer.
type Churn struct {
	Producer *kafka.Producer
	Random   *rand.Rand
	Queries  *queries.Generator

	Last  map[string]Submission // what each id's newest submission that is valid was
	Count map[string]int        // of submissions by kind
}

// Submission is one that is valid.
type Submission struct {
	Epoch int64
	SQL   string // "": a drop
}

func (c *Churn) submit(ctx context.Context, id, sql string) error {
	records := []kafka.Record{{Topic: kafka.TopicQueries, Key: []byte(id)}}
	if sql != "" {
		records[0].Value = []byte(sql)
	}
	if err := c.Producer.Produce(ctx, records...); err != nil {
		return err
	}
	c.Last[id] = Submission{records[0].Offset, sql}
	return nil
}

// Begin submits a query of each kind.
func (c *Churn) Begin(ctx context.Context) error {
	c.Last, c.Count = map[string]Submission{}, map[string]int{}
	if err := c.submit(ctx, Constant, Kinds[0]); err != nil {
		return err
	}
	for i, sql := range Kinds {
		if err := c.submit(ctx, fmt.Sprintf("kind%02d", i), sql); err != nil {
			return err
		}
	}
	return nil
}

// Run submits until ctx ends.
func (c *Churn) Run(ctx context.Context) error {
	for Pause(ctx, Between(c.Random, 50*time.Millisecond, 900*time.Millisecond)) {
		if err := c.step(ctx); err != nil && ctx.Err() == nil {
			return err
		}
	}
	return nil
}

func (c *Churn) step(ctx context.Context) error {
	id := fmt.Sprintf("q%02d", c.Random.IntN(40))
	if c.Random.IntN(4) == 0 {
		id = fmt.Sprintf("kind%02d", c.Random.IntN(len(Kinds)))
	}
	runs := c.Last[id].SQL != ""
	// What must reach Kafka whole does so when ctx ends, too.
	ctx = context.WithoutCancel(ctx)
	switch n := c.Random.IntN(20); {
	case n < 3 && runs:
		c.Count["drops"]++
		return c.submit(ctx, id, "")
	case n == 3:
		c.Count["wrong"]++
		sql := wrong[c.Random.IntN(len(wrong))]
		return c.Producer.Produce(ctx, kafka.Record{Topic: kafka.TopicQueries, Key: []byte(id), Value: []byte(sql)})
	case n < 12:
		c.Count["submitted"]++
		return c.submit(ctx, id, Kinds[c.Random.IntN(len(Kinds))])
	case n < 17:
		c.Count["submitted"]++
		return c.submit(ctx, id, c.Queries.Standing())
	default:
		c.Count["submitted"]++
		return c.submit(ctx, id, c.Queries.Query())
	}
}
