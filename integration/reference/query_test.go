package reference_test

import (
	"strings"
	"testing"

	"github.com/millrace/millrace/integration/reference"
)

func TestRowsAsLines(t *testing.T) {
	set, err := reference.NewSet(map[string]string{
		"by-lang": "SELECT lang, count(*) AS n FROM tweets GROUP BY lang",
		"minutes": "SELECT avg(id) AS a FROM TUMBLE(tweets, created_at, INTERVAL '1' MINUTE) GROUP BY window_start",
		"none":    "SELECT id FROM tweets WHERE FALSE",
		"total":   "SELECT count(*) AS n FROM tweets",
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range []string{`{"lang":"<en>","id":1,"created_at":60000}`, `{`, `{"id":2,"created_at":119999}`} {
		_ = set.Add([]byte(d)) // one is bad
	}
	if set.Documents() != 3 || set.Bad() != 1 {
		t.Errorf("%d documents, %d bad, expected 3 and 1", set.Documents(), set.Bad())
	}
	want := map[string]string{
		"by-lang": `{"query":"by-lang","key":["<en>"],"row":{"lang":"<en>","n":1}}
{"query":"by-lang","key":[null],"row":{"lang":null,"n":1}}`,
		"minutes": `{"query":"minutes","key":[],"row":{"a":1.5},"window":{"start":60000,"end":120000}}`,
		"none":    ``,
		"total":   `{"query":"total","key":[],"row":{"n":2}}`,
	}
	got := set.Rows()
	for id, lines := range want {
		rows, ok := got[id]
		if !ok {
			t.Errorf("%s has no entry", id)
		}
		if s := joinLines(rows); s != lines {
			t.Errorf("%s:\n%s\nexpected\n%s", id, s, lines)
		}
		for _, r := range rows {
			back, err := reference.ParseRow([]byte(r.String()))
			if err != nil || back.String() != r.String() {
				t.Errorf("%s reads back as %s, %v", &r, &back, err)
			}
		}
	}
}

func joinLines(rows []reference.Row) string {
	lines := make([]string, len(rows))
	for i := range rows {
		lines[i] = rows[i].String()
	}
	return strings.Join(lines, "\n")
}

// TestRowsMayBeTakenAgain shows that results do not use up the state.
func TestRowsMayBeTakenAgain(t *testing.T) {
	q, err := reference.New("SELECT lang, sum(id) AS s FROM tweets GROUP BY lang ORDER BY s DESC LIMIT 1")
	if err != nil {
		t.Fatal(err)
	}
	add := func(doc, want string) {
		t.Helper()
		if err := q.Add([]byte(doc)); err != nil {
			t.Fatal(err)
		}
		if got := joinLines(q.Rows()); got != want {
			t.Errorf("%s, expected %s", got, want)
		}
	}
	add(`{"id":1,"lang":"a"}`, `{"query":"","key":["a"],"row":{"lang":"a","s":1}}`)
	add(`{"id":2,"lang":"b"}`, `{"query":"","key":["b"],"row":{"lang":"b","s":2}}`)
	add(`{"id":9,"lang":"a"}`, `{"query":"","key":["a"],"row":{"lang":"a","s":10}}`)
}

func TestCounters(t *testing.T) {
	q, err := reference.New("SELECT count(*) AS n FROM TUMBLE(tweets, created_at, INTERVAL '1' MINUTE) WHERE id > 0 GROUP BY window_start")
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range []string{`{"id":1,"created_at":0}`, `{"id":2}`, `{"id":3,"created_at":"x"}`, `{"id":0}`, `nonsense`} {
		_ = q.Add([]byte(d)) // one is bad
	}
	if q.Bad() != 1 || q.Untimed() != 2 || q.Errors() != 0 {
		t.Errorf("%d bad, %d untimed, %d errors, expected 1, 2 and 0", q.Bad(), q.Untimed(), q.Errors())
	}
}

func TestWhatIsNotAQuery(t *testing.T) {
	tests := []struct{ sql, want string }{
		{"SELECT", "parse"},
		{"SELECT id FROM toots", "unknown stream toots"},
		{"SELECT idd FROM tweets", "unknown column idd"},
		{"SELECT lang, count(*) AS n FROM tweets", "lang is not in GROUP BY"},
		{"SELECT median(id) AS m FROM tweets", "median(id) is not supported"},
		{"SELECT sum(lang) AS s FROM tweets", "sum of VARCHAR"},
		{"SELECT max(hashtags) AS m FROM tweets", "max of ARRAY"},
		{"SELECT id FROM tweets WHERE lang = 5", "VARCHAR does not compare with BIGINT"},
		{"SELECT id FROM tweets WHERE lang", "VARCHAR is not a condition"},
		{"SELECT id FROM tweets WHERE id LIKE 'a'", "expected text, found BIGINT"},
		{"SELECT id FROM tweets WHERE 'a' = ANY(lang)", "ANY wants an array"},
		{"SELECT id FROM tweets WHERE 5 = ANY(hashtags)", "BIGINT cannot be in"},
		{"SELECT id FROM tweets WHERE created_at > 'soon'", "no TIMESTAMP"},
		{"SELECT id FROM tweets WHERE text LIKE 'a\\'", "escape character"},
		{"SELECT id FROM tweets WHERE count(*) > 1", "count is not allowed here"},
		{"SELECT count(*) AS n FROM TUMBLE(tweets, lang, INTERVAL '1' MINUTE) GROUP BY window_start", "lang is not a time column"},
	}
	for _, tt := range tests {
		_, err := reference.New(tt.sql)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, expected an error with %q", tt.sql, err, tt.want)
		}
	}
}

// TestNamesOfOutputs shows which name wins where an alias is also a column.
func TestNamesOfOutputs(t *testing.T) {
	docs := []string{`{"id":3,"lang":"a"}`, `{"id":1,"lang":"b"}`, `{"id":2,"lang":"b"}`}
	tests := []struct{ name, sql, want string }{
		{
			"HAVING takes the key", "SELECT count(*) AS lang FROM tweets GROUP BY lang HAVING lang = 'b'",
			`{"query":"","key":["b"],"row":{"lang":2}}`,
		},
		{
			"ORDER BY takes the output", "SELECT count(*) AS lang FROM tweets GROUP BY lang ORDER BY lang LIMIT 1",
			`{"query":"","key":["a"],"row":{"lang":1}}`,
		},
		{
			"ORDER BY an alias that hides a column", "SELECT lang AS id FROM tweets ORDER BY id DESC LIMIT 1",
			`{"query":"","key":[],"row":{"id":"b"}}`,
		},
		{
			"GROUP BY one column twice", "SELECT lang, count(*) AS n FROM tweets WHERE id = 3 GROUP BY lang, lang",
			`{"query":"","key":["a"],"row":{"lang":"a","n":1}}`,
		},
	}
	for _, tt := range tests {
		q, err := reference.New(tt.sql)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		for _, d := range docs {
			if err := q.Add([]byte(d)); err != nil {
				t.Fatal(err)
			}
		}
		if got := joinLines(q.Rows()); got != tt.want {
			t.Errorf("%s: %s, expected %s", tt.name, got, tt.want)
		}
	}
}

// TestFailed shows which groups count as errors: those for which HAVING, a column
// or the order cannot be computed, and not those that HAVING leaves out.
func TestFailed(t *testing.T) {
	const docs = `{"id":9223372036854775807,"lang":"a","created_at":0}
{"id":1,"lang":"a","created_at":60000}
{"id":1,"lang":"a","created_at":1}
{"id":2,"lang":"b","created_at":1}
{"id":"x","lang":5}`
	const window = " FROM TUMBLE(tweets, created_at, INTERVAL '1' MINUTE) GROUP BY window_start"
	for _, tt := range []struct {
		sql             string
		matched, failed int
	}{
		{"SELECT sum(id) AS s FROM tweets", 5, 1},
		{"SELECT sum(id) AS s, sum(id) AS t FROM tweets GROUP BY lang", 5, 1},
		{"SELECT lang FROM tweets GROUP BY lang HAVING sum(id) > 0", 5, 1},
		{"SELECT lang, sum(id) AS s FROM tweets GROUP BY lang HAVING count(*) < 2", 5, 0},
		{"SELECT lang, count(*) AS n FROM tweets GROUP BY lang ORDER BY sum(id), lang LIMIT 1", 5, 1},
		{"SELECT sum(id) AS s" + window, 4, 1},
		{"SELECT id FROM tweets WHERE lang = 'a'", 3, 0},
	} {
		q, err := reference.New(tt.sql)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(docs) {
			if err := q.Add([]byte(line)); err != nil {
				t.Fatal(err)
			}
		}
		if q.Matched() != tt.matched || q.Failed(nil) != tt.failed {
			t.Errorf("%s: %d matched, %d failed, expected %d and %d", tt.sql, q.Matched(), q.Failed(nil), tt.matched, tt.failed)
		}
		if n := q.Failed(func(w reference.Window) bool { return w.Start > 0 }); n != 0 && strings.Contains(tt.sql, "TUMBLE") {
			t.Errorf("%s: %d failed in later windows", tt.sql, n)
		}
	}
}
