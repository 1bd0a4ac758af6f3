package reference_test

import (
	"strings"
	"testing"

	"github.com/millrace/millrace/integration/reference"
)

// What the reference does not know it refuses: it would give another answer in silence.
func TestUnheeded(t *testing.T) {
	for _, query := range []string{
		"WITH t AS (SELECT id FROM tweets) SELECT id FROM t",
		"SELECT DISTINCT lang FROM tweets",
		"SELECT id FROM tweets UNION ALL SELECT id FROM tweets",
		"SELECT id FROM tweets ORDER BY id LIMIT 5 OFFSET 5",
		"SELECT id FROM (SELECT id FROM tweets)",
		"SELECT id FROM (VALUES (1)) AS v (id)",
		"SELECT id FROM tweets AS t (a)",
		"SELECT id FROM tweets TABLESAMPLE BERNOULLI (1)",
		"SELECT id FROM tweets CROSS JOIN UNNEST(hashtags) AS h",
		"SELECT id FROM tweets ORDER BY 1 LIMIT 5",
		"SELECT lang FROM tweets GROUP BY 1",
		"SELECT tweets.* FROM tweets",
		"SELECT id FROM tweets WHERE 'a' <> ANY(hashtags)",
		"SELECT id FROM tweets WHERE 'a' = ALL(hashtags)",
		"SELECT count(DISTINCT lang) FROM tweets",
		"SELECT max(lang ORDER BY id) FROM tweets",
		"SELECT count(*) FILTER (WHERE lang = 'en') FROM tweets",
		"SELECT id FROM tweets WHERE id + 1 > 2",
		"SELECT id FROM tweets WHERE id::VARCHAR = '2'",
		"SELECT id FROM tweets WHERE CASE WHEN is_reply THEN TRUE END",
		"SELECT id FROM tweets WHERE lang IS DISTINCT FROM 'en'",
		"SELECT id FROM tweets WHERE is_reply IS TRUE",
		"SELECT id FROM tweets WHERE id IN (SELECT id FROM tweets)",
		"SELECT id FROM tweets WHERE text ~ 'a'",
		"SELECT id FROM tweets WHERE created_at < CURRENT_TIMESTAMP",
	} {
		if _, err := reference.New(query); err == nil || strings.HasPrefix(err.Error(), "parse") {
			t.Errorf("%s: %v", query, err)
		}
	}
}
