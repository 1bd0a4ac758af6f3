package direct_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/millrace/millrace/integration/random"
)

// TestAggregatesAgree puts random queries of aggregates of several arguments, with DISTINCT,
// ORDER BY and FILTER, to the engine with all queries merged, with each alone, and to the
// reference, which computes them naively from lists of rows. A failure names its seed.
func TestAggregatesAgree(t *testing.T) {
	for seed := *first; seed < *first+someSeeds && !t.Failed(); seed++ {
		docs := append(random.Documents(seed, 150), random.Broken(seed, 3)...)
		rnd := rand.New(rand.NewPCG(seed, 29))
		rnd.Shuffle(len(docs), func(i, j int) { docs[i], docs[j] = docs[j], docs[i] })
		texts := map[string]string{}
		for i := range 150 {
			texts[fmt.Sprintf("q%03d", i)] = randomAggregation(rnd)
		}
		cat := tweets(t)
		want := referenceRows(t, texts, docs)
		merged := run(t, seed, shape(rnd, cat), texts, docs)
		telling := 0
		for id, text := range texts {
			q := question{id: id, text: text}
			agree(t, seed, q, "merged", merged[id], want[id])
			alone := run(t, seed, shape(rnd, cat), map[string]string{id: text}, docs)
			agree(t, seed, q, "alone", alone[id], want[id])
			if random.Telling(want[id]) {
				telling++
			}
		}
		if telling < len(texts)/2 {
			t.Errorf("seed %d: only %d of %d results say something", seed, telling, len(texts))
		}
	}
}

// randomAggregation writes a query.
func randomAggregation(r *rand.Rand) string {
	keys := []string{"", "lang", "user.verified, lang", "retweet_count % 3"}[r.IntN(4)]
	var items, groups []string
	if keys != "" {
		for i, k := range strings.Split(keys, ", ") {
			items = append(items, fmt.Sprintf("%s AS k%d", k, i))
			groups = append(groups, k)
		}
	}
	for i := range 1 + r.IntN(3) {
		items = append(items, fmt.Sprintf("%s AS a%d", randomAggregate(r), i))
	}
	from := "tweets"
	if r.IntN(4) == 0 {
		from = "TUMBLE(tweets, created_at, INTERVAL '1' HOUR)"
		groups = append(groups, "window_start")
	}
	q := "SELECT " + strings.Join(items, ", ") + " FROM " + from
	if r.IntN(3) == 0 {
		q += " WHERE " + randomCondition(r)
	}
	if len(groups) > 0 {
		q += " GROUP BY " + strings.Join(groups, ", ")
	}
	if r.IntN(5) == 0 {
		q += fmt.Sprintf(" HAVING count(DISTINCT %s) > %d", oneOf(r, "lang", "user.id", "hashtags"), r.IntN(3))
	}
	return q
}

func randomCondition(r *rand.Rand) string {
	return oneOf(r, "lang = 'en'", "retweet_count > 3", "is_reply", "user.verified IS NOT TRUE", "text LIKE '%a%'", "10 / retweet_count > 1", "id = 1")
}

func randomAggregate(r *rand.Rand) string {
	number := func() string {
		return oneOf(r, "id", "retweet_count", "user.followers_count", "retweet_count / 3.0", "user.followers_count % 5", "100 / retweet_count", "sqrt(user.followers_count)")
	}
	text := func() string { return oneOf(r, "lang", "text", "user.screen_name", "lower(lang)", "source") }
	plain := func() string {
		return oneOf(r, number(), text(), "created_at", "is_reply", "user.verified", "CAST(created_at AS DATE)")
	}
	anything := func() string { return oneOf(r, plain(), plain(), plain(), "hashtags", "mentions") }
	distinct := oneOf(r, "", "", "DISTINCT ")
	var call string
	switch r.IntN(12) {
	case 0:
		call = oneOf(r, "var_pop", "var_samp", "variance", "stddev", "stddev_pop", "sum", "avg") + "(" + distinct + number() + ")"
	case 1:
		call = oneOf(r, "bool_and", "bool_or", "every") + "(" + distinct + oneOf(r, "is_reply", "user.verified", "retweet_count > 5") + ")"
	case 2:
		call = oneOf(r, "first", "last") + "(" + distinct + anything() + ")"
	case 3:
		call = oneOf(r, "arg_min", "arg_max", "min_by", "max_by") + "(" + distinct + anything() + ", " + plain() + ")"
	case 4:
		call = "array_agg(" + anything() + oneOf(r, "", " ORDER BY "+plain()+oneOf(r, "", " DESC", " NULLS FIRST", " DESC NULLS LAST")+oneOf(r, "", ", "+plain())) + ")"
	case 5:
		x := plain()
		call = "array_agg(DISTINCT " + x + oneOf(r, "", " ORDER BY "+x+oneOf(r, "", " DESC")) + ")"
	case 6:
		call = "string_agg(" + text() + ", '" + oneOf(r, "", ", ") + "'" + oneOf(r, "", " ORDER BY "+plain()+oneOf(r, "", " DESC")) + ")"
	case 7:
		call = oneOf(r, "count", "min", "max", "count") + "(DISTINCT " + plain() + ")"
	case 8:
		call = "histogram(" + distinct + number() + fmt.Sprintf(", %d, %d, %d)", -r.IntN(10), 1+r.IntN(2000), 1+r.IntN(8))
	case 9:
		call = "approx_count_distinct(" + distinct + anything() + ")"
	case 10:
		call = oneOf(r, "approx_percentile("+distinct+number()+", "+oneOf(r, "0", "0.1", "0.5", "0.99", "1")+")", "approx_top_k("+distinct+plain()+", 3)")
	default:
		call = "sample_agg(" + distinct + anything() + fmt.Sprintf(", %d)", 1+r.IntN(6))
	}
	if r.IntN(3) == 0 {
		call += " FILTER (WHERE " + randomCondition(r) + ")"
	}
	return call
}

func oneOf(r *rand.Rand, options ...string) string { return options[r.IntN(len(options))] }
