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
		"SELECT id FROM tweets UNION ALL SELECT id, lang FROM tweets",
		"SELECT id FROM tweets UNION ALL SELECT lang FROM tweets",
		"SELECT id FROM tweets UNION ALL SELECT count(*) FROM tweets",
		"SELECT x FROM (SELECT hashtags FROM tweets UNION ALL SELECT mentions FROM tweets) AS u, UNNEST(hashtags) AS x",
		"SELECT id FROM (SELECT id FROM tweets)",
		"SELECT id FROM (VALUES (1)) AS v (id)",
		"SELECT id FROM tweets AS t (a)",
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
