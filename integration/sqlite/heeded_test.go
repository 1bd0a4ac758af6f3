package sqlite_test

import (
	"errors"
	"testing"

	"github.com/millrace/millrace/integration/sqlite"
)

// What is not translated is refused: SQLite would give another answer in silence.
func TestUnheeded(t *testing.T) {
	db, err := sqlite.Open(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
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
		var skip *sqlite.Unsupported
		if _, err := db.Query(t.Context(), query); !errors.As(err, &skip) {
			t.Errorf("%s: %v", query, err)
		}
	}
}
