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
		"SELECT id FROM (VALUES (1)) AS v (id)",
		"SELECT id FROM tweets TABLESAMPLE BERNOULLI (1)",
		"SELECT id FROM tweets UNION ALL SELECT 0.5 FROM tweets",
		"SELECT id FROM tweets UNION ALL SELECT count(*) FROM tweets",
		"SELECT n FROM (SELECT count(*) AS n FROM TUMBLE(tweets, created_at, INTERVAL '1' HOUR) GROUP BY window_start)",
		"SELECT id FROM (SELECT id FROM tweets ORDER BY id LIMIT 3)",
		"SELECT max(n) FROM (SELECT count(*) AS n FROM tweets GROUP BY lang)",
		"SELECT h FROM tweets CROSS JOIN UNNEST(ARRAY[1, 2]) AS h",
		"SELECT tweets.* FROM tweets",
		"SELECT id FROM tweets WHERE 'a' <> ANY(hashtags)",
		"SELECT id FROM tweets WHERE 'a' = ALL(hashtags)",
		"SELECT DISTINCT lang FROM tweets GROUP BY lang",
		"SELECT lower(lang) FROM tweets",
		"SELECT greatest(id, 1) FROM tweets",
		"SELECT substring(lang, 2) FROM tweets",
		"SELECT id::VARCHAR::BIGINT FROM tweets",
		"SELECT created_at + INTERVAL '1' MONTH FROM tweets",
		"SELECT 5.5 % 2.0 FROM tweets",
		"SELECT hashtags[1] FROM tweets",
		"SELECT CAST(hashtags AS JSON) FROM tweets",
		"SELECT id FROM tweets WHERE lang LIKE source",
		"SELECT max(lang ORDER BY id) FROM tweets",
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
