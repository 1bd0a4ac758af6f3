package mix

import "fmt"

// groupby asks ten times for every selection: by each of five columns, twice with
// different aggregates. So the selection can be found once for all ten, and each
// grouping be kept once for two. Every second selection keeps many posts.
func groupby() Mix {
	v := newVocabulary()
	kinds := []struct {
		key        string
		aggregates [2]string
	}{
		{"lang", [2]string{"count(*) AS n", "count(*) AS n, avg(user.followers_count) AS a"}},
		{"user.verified", [2]string{"count(*) AS n", "max(user.followers_count) AS a"}},
		{"place.country_code", [2]string{"count(*) AS n", "count(*) AS n, max(retweet_count) AS a"}},
		{"is_retweet", [2]string{"sum(favorite_count) AS a", "count(*) AS n, sum(favorite_count) AS a"}},
		{"source", [2]string{"count(*) AS n", "min(user.friends_count) AS a, max(user.friends_count) AS b"}},
	}
	return Mix{
		Name: "groupby",
		Doc:  "every selection grouped by five columns, with two sets of aggregates",
		query: func(_ *source, i int) string {
			selection, i := i/10, i%10
			kind := kinds[i%len(kinds)]
			one := newSource(0, "groupby", selection)
			where := contains(v.word(selection / 2))
			if selection%2 == 1 {
				where = fmt.Sprintf("lang = %s AND user.followers_count >= %d", quote(v.lang(&one)), one.Below(5000))
			}
			return fmt.Sprintf("SELECT %s, %s FROM tweets WHERE %s GROUP BY %s", kind.key, kind.aggregates[i/len(kinds)], where, kind.key)
		},
	}
}
