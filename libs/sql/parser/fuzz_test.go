package parser_test

import (
	"errors"
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
	}
}

// FuzzParse checks that nothing makes the parser panic, that what is read
// writes itself back as the same tree, and that every error has its place.
func FuzzParse(f *testing.F) {
	for _, s := range seeds() {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		if stmt, err := parser.Parse(src); err == nil {
			checkRoundTrip(t, stmt)
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
			checkRoundTrip(t, s.Stmt)
		}
	})
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
