package reference_test

import (
	"strings"
	"testing"

	"github.com/millrace/millrace/integration/reference"
)

// What the reference does not know it refuses: it would give another answer in silence.
func TestUnheeded(t *testing.T) {
	for _, query := range []string{
		"SELECT id FROM tweets UNION ALL SELECT id, lang FROM tweets",
		"SELECT id FROM tweets UNION ALL SELECT lang FROM tweets",
		"SELECT id FROM tweets UNION ALL SELECT count(*) FROM tweets",
		"SELECT id FROM (VALUES (1)) AS v (id)",
		"WITH a AS (SELECT id FROM b), b AS (SELECT id FROM tweets) SELECT id FROM a",
		"SELECT id FROM tweets AS t (a)",
		"SELECT a FROM (SELECT id FROM tweets) AS t (a, b)",
		"SELECT lang FROM tweets AS t (lang)",
		"SELECT count(*) FROM (SELECT lang, count(*) AS n FROM tweets GROUP BY lang) AS g",
		"SELECT n FROM (SELECT lang, count(*) AS n FROM tweets GROUP BY lang) AS g GROUP BY n",
		"SELECT n FROM (SELECT lang, count(*) AS n FROM tweets GROUP BY lang) AS g TABLESAMPLE BERNOULLI (50)",
		"SELECT n FROM (SELECT lang, array_agg(id) AS n FROM tweets GROUP BY lang) AS g, UNNEST(n) AS h",
		"SELECT now() FROM (SELECT lang, count(*) AS n FROM tweets GROUP BY lang) AS g",
		"SELECT id FROM (SELECT id FROM tweets ORDER BY id LIMIT 5) AS t WHERE id > 3",
		"SELECT count(*) FROM (SELECT id FROM tweets ORDER BY id LIMIT 5) AS t",
		"SELECT id FROM tweets WHERE id IN (SELECT a FROM (VALUES (1)) AS t(a) LIMIT 1)",
		"SELECT id FROM tweets WHERE id IN (SELECT a, a FROM (VALUES (1)) AS t(a))",
		"SELECT h.* FROM tweets CROSS JOIN UNNEST(hashtags) AS h",
		"SELECT h FROM tweets CROSS JOIN UNNEST(lang) AS h",
		"SELECT lang FROM tweets CROSS JOIN UNNEST(hashtags) AS h(lang)",
		"SELECT h FROM tweets CROSS JOIN UNNEST(array_agg(lang)) AS h",
		"SELECT DISTINCT count(*) FROM tweets GROUP BY lang",
		"SELECT tweets.* FROM tweets",
		"SELECT max(lang ORDER BY id) FROM tweets",
		"SELECT lower(DISTINCT lang) FROM tweets",
		"SELECT lower(lang) FILTER (WHERE lang = 'en') FROM tweets",
		"SELECT sum(count(*)) FROM tweets",
		"SELECT count(*) FILTER (WHERE max(id) = 1) FROM tweets",
		"SELECT id FROM tweets WHERE id IN (SELECT id FROM tweets)",
		"SELECT subscript(hashtags, 1) FROM tweets",
		"SELECT max(created_at) < CURRENT_TIMESTAMP FROM tweets",
	} {
		if _, err := reference.New(query); err == nil || strings.HasPrefix(err.Error(), "parse") {
			t.Errorf("%s: %v", query, err)
		}
	}
}
