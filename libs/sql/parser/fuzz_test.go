package parser_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/sql/parser"
)

func seeds() []string {
	return []string{
		"SELECT count(*) FROM tweets WHERE text CONTAINS 'hillary'",
		"SELECT lang, count(*) AS n FROM tweets t WHERE 'go' = ANY(hashtags) GROUP BY lang HAVING n > 10 ORDER BY n DESC NULLS LAST LIMIT 5;",
		"SELECT window_start, sum(id) FROM TABLE(TUMBLE(TABLE tweets, DESCRIPTOR(created_at), INTERVAL '1' MINUTE)) GROUP BY window_start EMIT FINAL",
		`SELECT * FROM "T" WHERE NOT (a.b BETWEEN -1 AND +2.5e3) OR c NOT IN ('x', NULL, TRUE) AND d LIKE 'a\%' ESCAPE '!' -- end`,
		"SELECT a FROM b WHERE c IS NOT NULL AND d = TIMESTAMP '2016-10-01' /* x /* y */ */",
		"EXPLAIN PLAN FOR SHARING (FORMAT JSON) SELECT explain FROM plan",
		"-- name: a\nSELECT 'x;y' FROM t; SELECT",
		"SELECT ’ ＝ \xff \x00",
		"WITH a (x, y) AS (SELECT 1, b FROM t LIMIT 3 OFFSET 2), c AS (SELECT * FROM a) SELECT DISTINCT c.*, x FROM c UNION ALL SELECT y, 2 FROM (VALUES (1, 'a'), (-2, NULL)) AS v (p, q) ORDER BY 1 FETCH NEXT 5 ROWS ONLY",
		"SELECT -a * - -b + 1 - -2 / c % d || e -> 'f' ->> 'g' FROM t WHERE x ~ 'a' AND y !~* 'b' OR z NOT REGEXP c || 'd'",
		"SELECT CASE a WHEN 1 THEN 'x' ELSE CASE WHEN b THEN c END END AS end, then FROM t",
		"SELECT CAST(a AS DOUBLE PRECISION), TRY_CAST(b AS ARRAY<VARCHAR>), c::int[]::text, -1::bigint, d[1][e + 1] FROM t",
		"SELECT a IS DISTINCT FROM b, c IS NOT UNKNOWN, d = ALL(e), f <> SOME(ARRAY[1, 2, 'x']), g IN (SELECT h FROM i) FROM t",
		"SELECT extract(year FROM a), position('x' IN b), substring(c FROM 2 FOR 3), substring(c FOR 3), trim(BOTH 'x' FROM d), trim(LEADING FROM e), left(f, 1), CURRENT_TIMESTAMP FROM t",
		"SELECT array_agg(DISTINCT a, b ORDER BY c DESC NULLS LAST, d) FILTER (WHERE e AND f) AS g FROM t HAVING count(*) / 2 > 3",
		"SELECT INTERVAL '1' DAY, INTERVAL '-1.5 hours 2 mins ago', INTERVAL 'P1Y2M3DT4H5M6.7S', INTERVAL '1 12:30:00.5' FROM t",
		"SELECT h.tag FROM tweets AS t TABLESAMPLE BERNOULLI (12.5) REPEATABLE (-42) CROSS JOIN UNNEST(a || ARRAY[]) WITH ORDINALITY AS h (tag, pos), UNNEST(h.tag) AS x",
		"SELECT ALL all * 2, all(x) FROM all ALL WHERE array = 1 AND (array)[1] = interval",
		"CREATE OR REPLACE STREAM IF NOT EXISTS logs (user.id BIGINT FROM ('user.id', '\"user.id\"') NUMERIC STRINGS, at TIMESTAMP FORMAT 'rfc3339', spam BOOLEAN ABSENT IS FALSE COMMENT 'x', tags ARRAY<ARRAY<JSON>>) WITH (topic = logs, format='tsv', a.b = -1.5, c = TRUE);",
		"CREATE OR REPLACE VIEW v AS SELECT a FROM t; CREATE MATERIALIZED VIEW \"a-b.c\" WITH (start = 'latest') AS SELECT count(*) FROM v EMIT CHANGES; DROP MATERIALIZED VIEW IF EXISTS x; DROP STREAM y RESTRICT",
		"SHOW STREAMS; SHOW QUERIES; SHOW FUNCTIONS; SHOW VIEWS; DESCRIBE x; DESC \"Y\"",
	}
}

// FuzzParse checks that nothing makes the parser panic, that what is read
// writes itself back as the same tree, and that every error has its place.
func FuzzParse(f *testing.F) {
	for _, s := range seeds() {
		f.Add(s)
	}
	f.Fuzz(checkText)
}

// checkText reads a text in every way.
func checkText(t *testing.T, src string) {
	t.Helper()
	if stmt, err := parser.Parse(src); err == nil {
		checkRoundTrip(t, stmt)
	} else {
		checkError(t, src, err)
	}
	if node, err := parseAny(src); err == nil {
		checkRoundTrip(t, node)
		checkPositions(t, src, reflect.ValueOf(node))
	} else {
		checkError(t, src, err)
	}
	stmts, err := parser.ParseScript(src)
	if err != nil {
		checkError(t, src, err)
	}
	for _, s := range stmts {
		if src[s.Offset:int(s.Offset)+len(s.SQL)] != s.SQL {
			t.Fatalf("%q is not at %d", s.SQL, s.Offset)
		}
		if (s.Stmt == nil) == (s.Command == nil) {
			t.Fatalf("%q is a query and a command, or neither", s.SQL)
		}
		if s.Stmt != nil {
			checkRoundTrip(t, s.Stmt)
		}
	}
}

// checkPositions wants every position in a tree to be one of the text.
func checkPositions(t *testing.T, src string, v reflect.Value) {
	t.Helper()
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			checkPositions(t, src, v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			checkPositions(t, src, v.Field(i))
		}
	case reflect.Slice:
		for i := range v.Len() {
			checkPositions(t, src, v.Index(i))
		}
	default:
		if v.Type() == posType && (v.Int() < 0 || int(v.Int()) >= len(src)) {
			t.Fatalf("a position, %d, is outside of %q", v.Int(), src)
		}
	}
}

func checkError(t *testing.T, src string, err error) {
	t.Helper()
	var e *ast.Error
	if !errors.As(err, &e) {
		t.Fatalf("error of type %T: %v", err, err)
	}
	if e.Pos < 0 || int(e.Pos) > len(src) || e.Line < 1 || e.Col < 1 || e.Msg == "" || e.Source != src {
		t.Fatalf("misplaced error: %#v", e)
	}
	if out := e.Render(); strings.ContainsAny(out, "\t\x1b\x00\r") || !utf8.ValidString(out) && utf8.ValidString(src) {
		t.Fatalf("unprintable error: %q", out)
	}
}

func TestLimits(t *testing.T) {
	const prefix = "SELECT id FROM t WHERE "
	where := func(cond string) string { return prefix + cond }
	nest := func(open, body, shut string, n int) string {
		return where(strings.Repeat(open, n) + body + strings.Repeat(shut, n))
	}
	list := func(n int) string { return where("id IN (1" + strings.Repeat(",1", n-1) + ")") }
	for _, tc := range []struct {
		name, src, msg string
	}{
		{"parentheses", nest("(", "a", ")", parser.MaxDepth), ""},
		{"too many parentheses", nest("(", "a", ")", parser.MaxDepth+1), "more than 200 levels"},
		{"hostile parentheses", where(strings.Repeat("(", parser.MaxText-len(prefix))), "more than 200 levels"},
		{"too many NOTs", nest("NOT ", "a", "", parser.MaxDepth+1), "more than 200 levels"},
		{"signs", nest("- ", "a", "", parser.MaxDepth), ""},
		{"too many signs", nest("- ", "a", "", parser.MaxDepth+1), "more than 200 levels"},
		{"too many CASEs", nest("CASE WHEN ", "a", " THEN b END", parser.MaxDepth+1), "more than 200 levels"},
		{"too many casts", nest("CAST(", "a", " AS JSON)", parser.MaxDepth+1), "more than 200 levels"},
		{"too many arrays", nest("ARRAY[", "a", "]", parser.MaxDepth+1), "more than 200 levels"},
		{"too many subscripts", nest("a[", "a", "]", parser.MaxDepth+1), "more than 200 levels"},
		{"too many IN lists", nest("a IN (", "a", ")", parser.MaxDepth+1), "more than 200 levels"},
		{"too many ANYs", nest("a = ANY(", "a", ")", parser.MaxDepth+1), "more than 200 levels"},
		{"too many queries", nest("a IN (SELECT a FROM t WHERE ", "a", ")", parser.MaxDepth+1), "more than 200 levels"},
		{"too deep a type", where("a::" + strings.Repeat("ARRAY<", parser.MaxDepth+1) + "JSON" + strings.Repeat(">", parser.MaxDepth+1)), "more than 200 levels"},
		{"too deep a type, older", where("a::JSON" + strings.Repeat("[]", parser.MaxDepth+1)), "more than 200 levels"},
		{"a long sum", where("a" + strings.Repeat(" + a", 10_000)), ""},
		{"many subscripts", where("a" + strings.Repeat("[1]", 10_000)), ""},
		{"too long an array", where("a = ANY(ARRAY[1" + strings.Repeat(",1", parser.MaxList) + "])"), "more than 10000 values"},
		{"too many calls", nest("f(", "a", ")", parser.MaxDepth+1), "more than 200 levels"},
		{"a long chain", where("a" + strings.Repeat(" OR a", 10_000)), ""},
		{"a long list", list(parser.MaxList), ""},
		{"too long a list", list(parser.MaxList + 1), "more than 10000 values"},
		{"the longest text", where("a" + strings.Repeat(" ", parser.MaxText-len(prefix)-1)), ""},
		{"too long a text", where("a" + strings.Repeat(" ", parser.MaxText-len(prefix))), "the query has 65537 bytes"},
		{"not UTF-8", where("a = '\xff'"), "not valid UTF-8"},
		{"a long name", where("a" + strings.Repeat(".a", parser.MaxDepth)), "more than 200 parts"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			stmt, err := parser.Parse(tc.src)
			if tc.msg == "" {
				if err != nil {
					t.Fatal(err)
				}
				checkRoundTrip(t, stmt)
				return
			}
			if err == nil || !strings.Contains(err.Error(), tc.msg) {
				t.Fatalf("got %v, want %q", err, tc.msg)
			}
			checkError(t, tc.src, err)
		})
	}
}
