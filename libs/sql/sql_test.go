package sql_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/sql"
	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/sql/function"
	"github.com/millrace/millrace/libs/sql/parser"
	"github.com/millrace/millrace/libs/sql/plan"
)

func tweets(tb testing.TB) *catalog.Catalog {
	tb.Helper()
	cat, err := catalog.Default()
	if err != nil {
		tb.Fatal(err)
	}
	return cat
}

func TestCompile(t *testing.T) {
	out, err := sql.Compile("SELECT lang, count(*) AS n FROM tweets WHERE 'en' = lang GROUP BY lang;", tweets(t))
	if err != nil {
		t.Fatal(err)
	}
	const want = `Output emit=changes columns=[lang n]
└─ Project lang=key(0) n=agg(0)
   └─ Aggregate keys=[lang] aggs=[count(*)]
      └─ Filter eq(lang, 'en')
         └─ Scan tweets
`
	if got := plan.Format(out); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestCompileErrors(t *testing.T) {
	for _, tc := range []struct{ src, want string }{
		{"SELECT id FORM tweets", `1:11: expected "," or FROM, found "FORM"`},
		{"SELECT id\nFROM tweets\nWHERE lagn = 'en'", "3:7: unknown column lagn"},
	} {
		_, err := sql.Compile(tc.src, tweets(t))
		var e *ast.Error
		if !errors.As(err, &e) {
			t.Errorf("%s: error of type %T", tc.src, err)
			continue
		}
		if err.Error() != tc.want || e.Source != tc.src {
			t.Errorf("%s: got %q, want %q", tc.src, err, tc.want)
		}
	}
}

// TestHandMadeTree compiles a tree without positions, as it is made of the older
// JSON query form.
func TestHandMadeTree(t *testing.T) {
	name := func(parts ...string) *ast.Name {
		n := &ast.Name{}
		for _, p := range parts {
			n.Parts = append(n.Parts, ast.Ident{Name: p})
		}
		return n
	}
	stmt := &ast.Statement{
		Select: []ast.SelectItem{{Expr: &ast.Call{Func: "count", Star: true}}, {Expr: name("user", "name")}},
		From:   ast.From{Stream: &ast.Ident{Name: "tweets"}},
		Where: &ast.And{
			L: &ast.Or{
				L: &ast.Contains{X: name("text"), Needle: &ast.StringLit{Value: "it's"}},
				R: &ast.Compare{Op: ast.Gt, L: name("id"), R: &ast.NumberLit{Text: "5"}},
			},
			R: &ast.And{
				L: &ast.Not{X: &ast.Compare{Op: ast.Eq, L: name("lang"), R: &ast.StringLit{Value: "en"}}},
				R: &ast.Not{X: &ast.And{L: name("is_reply"), R: name("is_retweet")}},
			},
		},
		GroupBy: []ast.Expr{name("user", "name")},
	}
	text := stmt.String()
	const want = "SELECT count(*), user.name FROM tweets WHERE (text CONTAINS 'it''s' OR id > 5) AND (NOT lang = 'en' AND NOT (is_reply AND is_retweet)) GROUP BY user.name"
	if text != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}
	made, err := sql.CompileStatement(stmt, tweets(t), text)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := sql.Compile(text, tweets(t))
	if err != nil {
		t.Fatal(err)
	}
	if plan.Fingerprint(made) != plan.Fingerprint(parsed) {
		t.Errorf("two plans:\n%s%s", plan.Format(made), plan.Format(parsed))
	}
}

// TestCanonicalFunctions: package function defines the operators of canonical
// plans, and those that package optimize rewrites are the only others.
func TestCanonicalFunctions(t *testing.T) {
	want := []string{
		plan.FuncAnd, plan.FuncOr, plan.FuncNot, plan.FuncEq, plan.FuncLt, plan.FuncLe, plan.FuncIsNull,
		plan.FuncLike, plan.FuncILike, plan.FuncContains, plan.FuncIContains, plan.FuncMember,
	}
	var rewritten []string
	for _, f := range function.Scalars() {
		if !f.Canonical {
			rewritten = append(rewritten, f.Name)
		}
	}
	if others := []string{function.Ne, function.Gt, function.Ge, function.Between, function.In}; !slices.Equal(rewritten, others) {
		t.Errorf("not canonical are %v, want %v", rewritten, others)
	}
	for _, name := range want {
		if f, ok := function.LookupScalar(name); !ok || !f.Canonical {
			t.Errorf("%s is not defined as canonical", name)
		}
	}
}

// TestLargest compiles queries at the limits of size and nesting, which must be
// neither slow nor deep.
func TestLargest(t *testing.T) {
	var values, chain []string
	for i := range parser.MaxList {
		values = append(values, fmt.Sprint(i%9000))
	}
	for i := range 4000 {
		chain = append(chain, fmt.Sprintf("id=%d", i))
	}
	const deep = parser.MaxDepth
	for name, where := range map[string]string{
		"list":   "id IN (" + strings.Join(values, ",") + ")",
		"chain":  strings.Join(chain, " OR "),
		"nots":   strings.Repeat("NOT ", deep-1) + "(" + strings.Join(chain, " OR ") + ")",
		"nested": strings.Repeat("id=1 OR (id=2 AND (", deep/2) + "id=3" + strings.Repeat("))", deep/2),
	} {
		out, err := sql.Compile("SELECT id FROM tweets WHERE "+where, tweets(t))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if _, err := plan.Decode(plan.Encode(out)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzCompile checks that nothing makes the compiler panic, that its errors are
// the user's, and that what is written back compiles to the same plan.
func FuzzCompile(f *testing.F) {
	for _, s := range []string{
		"SELECT * FROM tweets WHERE lang LIKE 'e%' ESCAPE '!' OR NOT id IN (1, 2.5, NULL)",
		"SELECT lang, count(*) n, avg(t.user.followers_count) FROM tweets t GROUP BY lang HAVING n > 1.5 ORDER BY n DESC LIMIT 3",
		"SELECT window_start, sum(id) FROM TUMBLE(tweets, created_at, INTERVAL '1' MINUTE) WHERE 'go' = ANY(hashtags) GROUP BY window_end EMIT FINAL",
		"SELECT id FROM tweets WHERE created_at BETWEEN '2016-10-01' AND DATE '2016-10-02' AND user.verified = TRUE AND text ILIKE '%x_%'",
		"SELECT id FROM tweets WHERE \"go\" IN hashtags",
	} {
		f.Add(s)
	}
	cat := tweets(f)
	f.Fuzz(func(t *testing.T, src string) {
		out, err := sql.Compile(src, cat)
		if err != nil {
			var e *ast.Error
			if !errors.As(err, &e) {
				t.Fatalf("error of type %T: %v", err, err)
			}
			e.Render()
			return
		}
		stmt, err := parser.Parse(src)
		if err != nil {
			t.Fatal(err)
		}
		again, err := sql.Compile(stmt.String(), cat)
		if err != nil {
			t.Fatalf("%s: %v", stmt, err)
		}
		if plan.Fingerprint(again) != plan.Fingerprint(out) {
			t.Fatalf("%s has another plan", stmt)
		}
		decoded, err := plan.Decode(plan.Encode(out))
		if err != nil || plan.Fingerprint(decoded) != plan.Fingerprint(out) {
			t.Fatalf("the plan does not survive being encoded: %v\n%s", err, plan.Format(out))
		}
	})
}

func BenchmarkCompile(b *testing.B) {
	cat := tweets(b)
	for b.Loop() {
		_, err := sql.Compile("SELECT lang, count(*) AS n FROM tweets WHERE text CONTAINS 'go' AND (lang IN ('en', 'de') OR user.followers_count BETWEEN 10 AND 1000) GROUP BY lang HAVING n > 10", cat)
		if err != nil {
			b.Fatal(err)
		}
	}
}
