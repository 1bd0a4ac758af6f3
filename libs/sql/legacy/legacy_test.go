package legacy

import (
	"errors"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/sql/parser"
)

func tweets(t testing.TB) *catalog.Stream {
	t.Helper()
	c, err := catalog.Default()
	if err != nil {
		t.Fatal(err)
	}
	s, ok := c.Stream("tweets")
	if !ok {
		t.Fatal("no stream called tweets")
	}
	return s
}

// TestConvert shows the SQL of queries, or what is wrong with them.
func TestConvert(t *testing.T) {
	stream := tweets(t)
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			q, err := Parse(d.Input, stream)
			if err != nil {
				var e *ast.Error
				if !errors.As(err, &e) {
					t.Fatalf("%v is no *ast.Error", err)
				}
				return e.Render()
			}
			sql := q.Statement.String()
			again, err := parser.Parse(sql)
			if err != nil {
				t.Fatalf("%s does not parse: %v", sql, err)
			}
			if again.String() != sql {
				t.Errorf("%s parses as %s", sql, again)
			}
			return sql + "\n"
		})
	})
}

func TestExplainNamesThePath(t *testing.T) {
	const src = `{"select":{"agg":"sum","field":"lang"},"where":{"_or":[{"text":{"_eq":1}},{"nobody":{"_contains":"x"}}]}}`
	q, err := Parse(src, tweets(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ at, want string }{
		{`"sum"`, "select.agg: wrong"},
		{`"lang"`, "select.field: wrong"},
		{`1}`, "where._or[0].text._eq: wrong"},
		{`{"_contains"`, "where._or[1].nobody: wrong"},
		{`"x"`, "where._or[1].nobody._contains: wrong"},
	} {
		pos := ast.Pos(strings.Index(src, c.at))
		var e *ast.Error
		if !errors.As(q.Explain(ast.NewError(src, pos, "wrong")), &e) || e.Msg != c.want || e.Pos != pos {
			t.Errorf("at %s: got %q, want %q", c.at, e.Msg, c.want)
		}
	}
	plain := errors.New("other")
	if got := q.Explain(plain); got != plain { //nolint:errorlint // the same error, not one like it
		t.Errorf("got %v, want it unchanged", got)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(`{"select":{"agg":"count","field":"*"},"where":{"_and":[{"text":{"_contains":"abc"}}]},"group_by":"lang"}`)
	f.Add(`{"select":["id","user.screen_name"],"where":{"lang":{"_neq":null}}}`)
	f.Add(`{"select":"*","where":{"_or":[{"a":{"_eq":1e9}},{"b":{"_eq":-1,"_neq":true}}]},"group_by":["x","y.z"]}`)
	stream := tweets(f)
	f.Fuzz(func(t *testing.T, src string) {
		q, err := Parse(src, stream)
		if err != nil {
			var e *ast.Error
			if !errors.As(err, &e) || e.Msg == "" || e.Line < 1 || e.Col < 1 {
				t.Fatalf("%q: bad error %v", src, err)
			}
			return
		}
		sql := q.Statement.String()
		again, err := parser.Parse(sql)
		if err != nil {
			var e *ast.Error
			if errors.As(err, &e) && (strings.Contains(e.Msg, "more than") || strings.Contains(e.Msg, "number") || strings.Contains(e.Msg, "both")) {
				return // bounds of the parser, and what the binder would refuse
			}
			t.Fatalf("%q: %s does not parse: %v", src, sql, err)
		}
		if again.String() != sql {
			t.Fatalf("%q: %s parses as %s", src, sql, again)
		}
	})
}
