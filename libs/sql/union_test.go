package sql_test

import (
	"testing"

	"github.com/millrace/millrace/libs/sql"
	"github.com/millrace/millrace/libs/sql/optimize"
	"github.com/millrace/millrace/libs/sql/plan"
)

// Unions that mean the same are the same plan, whatever the order of their branches and
// wherever their conditions stand.
func TestUnionsMeet(t *testing.T) {
	cat := tweets(t)
	for _, same := range [][]string{
		{
			"SELECT id, lang FROM tweets WHERE lang = 'en' UNION ALL SELECT id, source FROM tweets",
			"SELECT id, source AS lang FROM tweets UNION ALL SELECT id, lang FROM tweets WHERE 'en' = lang",
			"SELECT * FROM (SELECT id, lang FROM tweets WHERE lang = 'en' UNION ALL SELECT id, source FROM tweets) AS u",
			"WITH u AS (SELECT id, source AS lang FROM tweets UNION ALL SELECT id, lang FROM tweets WHERE lang = 'en') SELECT id, lang FROM u",
		},
		{
			"SELECT l, count(*) FROM (SELECT lang AS l, id FROM tweets UNION ALL SELECT 'x', id FROM tweets) AS u WHERE id > 5 AND l <> 'y' GROUP BY l",
			"SELECT l, count(*) FROM (SELECT 'x' AS l FROM tweets WHERE id > 5 UNION ALL SELECT lang FROM tweets WHERE id > 5 AND lang <> 'y') AS u GROUP BY l",
		},
		{
			"SELECT a FROM (SELECT id AS a FROM tweets UNION ALL SELECT id FROM tweets) AS x UNION ALL SELECT retweet_count FROM tweets",
			"SELECT retweet_count AS a FROM tweets UNION ALL SELECT id FROM tweets UNION ALL SELECT id FROM tweets",
		},
	} {
		var first *plan.Output
		for _, text := range same {
			out, err := sql.Compile(text, cat)
			if err != nil {
				t.Fatal(err)
			}
			if again, fired := optimize.Optimize(out); plan.Fingerprint(again) != plan.Fingerprint(out) || len(fired) > 0 {
				t.Errorf("%s: %v change it once more", text, fired)
			}
			if first == nil {
				first = out
			}
			if plan.Fingerprint(out) != plan.Fingerprint(first) {
				t.Errorf("%s\n%s\nis not\n%s", text, plan.Format(out), plan.Format(first))
			}
		}
	}
}
