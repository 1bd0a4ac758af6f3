package sql_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/libs/sql"
	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/sql/parser"
	"github.com/millrace/millrace/libs/sql/plan"
)

// levels returns a query of as many queries of WITH, each over the one before it: first
// reads the stream, next is any other, with % for the name of what it reads.
func levels(n int, first, next string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "WITH q0 AS (%s)", first)
	for i := 1; i < n; i++ {
		fmt.Fprintf(&b, ", q%d AS (%s)", i, strings.ReplaceAll(next, "%", fmt.Sprintf("q%d", i-1)))
	}
	fmt.Fprintf(&b, " SELECT x FROM q%d", n-1)
	return b.String()
}

// within nests n queries in FROM around the first, which stands for % in next.
func within(n int, first, next string) string {
	for range n {
		first = strings.Replace(next, "%", "("+first+") AS q", 1)
	}
	return first
}

// compiled compiles in a goroutine of its own: a query that has no end would hang the test.
func compiled(t *testing.T, src string, compile func() error) error {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- compile() }()
	select {
	case err := <-done:
		return err
	case <-time.After(5 * time.Minute):
		t.Fatalf("%.200s …: there is no end to it", src)
		return nil
	}
}

func isTooLarge(t *testing.T, src string, err error) {
	t.Helper()
	var e *ast.Error
	if !errors.As(err, &e) || e.Code != ast.CodeLimit || e.Hint == "" {
		t.Errorf("%.200s …: got %v, want an error of code %s with a hint", src, err, ast.CodeLimit)
	}
}

// Queries over queries are small in memory and as trees without end. They are refused
// before anything walks them.
func TestTooLarge(t *testing.T) {
	const doubled = "SELECT x + x AS x FROM %"
	for name, src := range map[string]string{
		"WITH":             levels(60, "SELECT id + id AS x FROM tweets", doubled),
		"a long WITH":      levels(1000, "SELECT id + id AS x FROM tweets", doubled),
		"subqueries":       within(60, "SELECT id AS x FROM tweets", doubled),
		"WHERE":            levels(60, "SELECT id AS x, lang AS y FROM tweets", "SELECT x + 1 AS x, y FROM % WHERE "+strings.Repeat("x > 1 AND ", 50)+"x < 5"),
		"conditions":       levels(60, "SELECT id > 5 AS x FROM tweets", "SELECT x AND x IS NOT NULL AS x FROM % WHERE x"),
		"UNION ALL":        levels(60, "SELECT id AS x FROM tweets UNION ALL SELECT retweet_count FROM tweets", doubled),
		"unions of all":    levels(60, "SELECT id AS x FROM tweets", doubled+" UNION ALL SELECT id FROM tweets"),
		"columns":          levels(60, "SELECT id AS x, id AS y FROM tweets", "SELECT x + y AS x, x - y AS y FROM %"),
		"GROUP BY":         levels(40, "SELECT id AS x FROM tweets", doubled) + " GROUP BY x",
		"groups":           levels(60, "SELECT count(*) AS x FROM tweets", doubled),
		"aggregates":       levels(14, "SELECT id AS x FROM tweets", doubled) + " WHERE x > 0 GROUP BY x HAVING max(x) > 1 AND min(x) > 1 AND sum(x) > 2 AND avg(x) > 3 AND count(x) > 4",
		"ORDER BY":         levels(15, "SELECT id AS x FROM tweets", doubled) + " ORDER BY -x, x + 1, x + 2, x + 3 LIMIT 5",
		"star":             levels(60, "SELECT id AS x FROM tweets", "SELECT *, x + x AS x1 FROM (SELECT x1 AS x FROM (SELECT x + x AS x1 FROM %) AS a) AS b"),
		"UNNEST":           levels(60, "SELECT hashtags AS x FROM tweets", "SELECT array_concat(x, x) AS x FROM %") + " CROSS JOIN UNNEST(x) AS u(tag)",
		"BETWEEN":          "SELECT id FROM tweets WHERE " + nested(60, "(id > 5)", "(% BETWEEN FALSE AND TRUE)"),
		"IN":               "SELECT id FROM tweets WHERE " + nested(60, "(id > 5)", "(% IN (FALSE, TRUE))"),
		"ANY":              "SELECT id FROM tweets WHERE " + nested(60, "(id > 5)", "(% = ANY(ARRAY[FALSE, TRUE]))"),
		"CASE":             "SELECT " + nested(60, "id", "CASE % WHEN 1 THEN 2 WHEN 2 THEN 3 END") + " FROM tweets",
		"CASE of groups":   "SELECT id + 1, " + nested(60, "(id + 1)", "CASE % WHEN 1 THEN 2 WHEN 2 THEN 3 END") + " FROM tweets GROUP BY id + 1, id + 2",
		"branches":         "SELECT x FROM (" + strings.Repeat("SELECT id AS x FROM tweets UNION ALL ", 63) + "SELECT id FROM tweets) AS u WHERE x IN (1" + strings.Repeat(", 22", 2000) + ")",
		"branches by size": strings.Repeat("SELECT x FROM q UNION ALL ", 60) + "SELECT x FROM q",
	} {
		t.Run(name, func(t *testing.T) {
			if name == "branches by size" {
				src = "WITH q AS (SELECT id + 1" + strings.Repeat(" + 1", 1000) + " AS x FROM tweets) " + src
			}
			err := compiled(t, src, func() error {
				_, err := sql.Compile(src, tweets(t))
				return err
			})
			isTooLarge(t, src, err)
		})
	}
}

// nested puts next around the first expression, which stands there for %.
func nested(n int, first, next string) string {
	for range n {
		first = strings.Replace(next, "%", first, 1)
	}
	return first
}

// Chained views are as queries over queries: the first that is too large is not declared,
// and those before it answer.
func TestTooLargeViews(t *testing.T) {
	for name, next := range map[string]string{
		"sums":       "SELECT x + x AS x FROM %",
		"unions":     "SELECT x + x AS x FROM % UNION ALL SELECT id FROM tweets",
		"conditions": "SELECT (x > 5 AND x < 7)::BIGINT AS x FROM % WHERE x > 5",
	} {
		t.Run(name, func(t *testing.T) {
			cat, declared := tweets(t), 0
			for i := range 60 {
				src := fmt.Sprintf("CREATE VIEW v%d AS %s", i, strings.ReplaceAll(next, "%", fmt.Sprintf("v%d", i-1)))
				if i == 0 {
					src = "CREATE VIEW v0 AS SELECT id AS x FROM tweets"
				}
				_, cmd, err := parser.ParseAny(src)
				if err != nil {
					t.Fatal(err)
				}
				var with *catalog.Catalog
				err = compiled(t, src, func() (err error) {
					with, _, err = sql.Declare(cat, cmd, src, nil)
					return err
				})
				if err != nil {
					isTooLarge(t, src, err)
					break
				}
				cat, declared = with, i+1
			}
			if declared < 5 || declared == 60 {
				t.Fatalf("%d views are declared", declared)
			}
			if _, err := sql.Compile(fmt.Sprintf("SELECT count(*) FROM v%d WHERE x > 1", declared-1), cat); err != nil && name != "sums" {
				isTooLarge(t, name, err)
			} else if _, err := sql.Compile(fmt.Sprintf("SELECT count(*) FROM v%d WHERE x > 1", declared-3), cat); err != nil {
				t.Errorf("what was declared is not answered: %v", err)
			}
		})
	}
}

// What is deep, and not large, is answered.
func TestDeepQueries(t *testing.T) {
	for name, src := range map[string]string{
		"WITH":       levels(60, "SELECT id AS x FROM tweets", "SELECT x + 1 AS x FROM % WHERE x > 5"),
		"subqueries": within(60, "SELECT id AS x FROM tweets", "SELECT x + 1 AS x FROM % WHERE x > 5"),
		"doubled":    levels(10, "SELECT id AS x FROM tweets", "SELECT x + x AS x FROM %"),
		"a key":      levels(12, "SELECT id AS x FROM tweets", "SELECT x + x AS x FROM %") + " GROUP BY x HAVING x > 1 AND x < 9 AND x <> 5",
		"a long key": levels(15, "SELECT id AS x FROM tweets", "SELECT x + x AS x FROM %"),
		"a union":    strings.Repeat("SELECT id AS x FROM tweets UNION ALL ", 63) + "SELECT id FROM tweets",
		"a list":     "SELECT id FROM tweets WHERE id IN (1" + strings.Repeat(", 22", 9000) + ")",
		"sums":       "SELECT id" + strings.Repeat(" + 1", 2000) + " AS x FROM tweets",
		"signs":      "SELECT " + nested(150, "id", "(1 + %)") + " FROM tweets",
	} {
		t.Run(name, func(t *testing.T) {
			err := compiled(t, src, func() error {
				out, err := sql.Compile(src, tweets(t))
				if err == nil {
					_ = plan.Encode(out)
				}
				return err
			})
			if err != nil {
				t.Errorf("%.200s …: %v", src, err)
			}
		})
	}
}

// What has more operators within each other than plans may have is refused, however few
// there are beside each other; what has as many is answered, and its plan can be read.
func TestTooDeep(t *testing.T) {
	const most = plan.MaxDepth
	for name, c := range map[string]struct {
		src   string // % stands for what is repeated
		each  string
		times int
	}{
		"sums":         {"SELECT id% AS x FROM tweets", "+1", most},
		"texts":        {"SELECT text% AS x FROM tweets", "||lang", most},
		"casts":        {"SELECT id% AS x FROM tweets", "::varchar::bigint", most / 2},
		"conditions":   {"SELECT id FROM tweets WHERE is_reply%", " IS NOT NULL", most / 8},
		"comparisons":  {"SELECT id FROM tweets WHERE id% > retweet_count", "-1", most - 4},
		"a key":        {"SELECT id% AS x, count(*) FROM tweets GROUP BY id%", "*3", most},
		"groups":       {"SELECT count(*)% AS x FROM tweets GROUP BY upper(lang)", "+max(id)", most},
		"an aggregate": {"SELECT sum(id%) AS x FROM tweets", "+1", most},
	} {
		t.Run(name, func(t *testing.T) {
			repeated := func(times int) string { return strings.ReplaceAll(c.src, "%", strings.Repeat(c.each, times)) }
			out, err := sql.Compile(repeated(c.times), tweets(t))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := plan.Decode(plan.Encode(out)); err != nil {
				t.Error(err)
			}
			src := repeated(c.times + 1)
			_, err = sql.Compile(src, tweets(t))
			isTooLarge(t, src, err)
			if err != nil && !strings.Contains(err.Error(), "is too deep") {
				t.Error(err)
			}
		})
	}
}

// A query is bound once, however often and deep it is named: were it bound for every name,
// these would take twice as long with every level.
func TestBoundOnce(t *testing.T) {
	views := tweets(t)
	for i := range 60 {
		src := "CREATE VIEW v0 AS SELECT id AS x FROM tweets"
		if i > 0 {
			src = fmt.Sprintf("CREATE VIEW v%d AS WITH a AS (SELECT x FROM v%d), b AS (SELECT x FROM v%[2]d) SELECT x FROM b", i, i-1)
		}
		_, cmd, err := parser.ParseAny(src)
		if err != nil {
			t.Fatal(err)
		}
		if err := compiled(t, src, func() (err error) {
			views, _, err = sql.Declare(views, cmd, src, nil)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	const constants = "SELECT y FROM (VALUES (1), (2)) AS t(y) WHERE "
	for src, same := range map[string]string{
		nested(60, "SELECT id AS x FROM tweets", "WITH a AS (%) SELECT x FROM a"): "SELECT id AS x FROM tweets",
		"SELECT x FROM v59": "SELECT id AS x FROM tweets",
		"SELECT id FROM tweets WHERE id IN (" + nested(60, constants+"y > 1", constants+"y IN (%)") + ")": "SELECT id FROM tweets WHERE id = 2",
	} {
		var out *plan.Output
		if err := compiled(t, src, func() (err error) {
			out, err = sql.Compile(src, views)
			return err
		}); err != nil {
			t.Errorf("%.200s …: %v", src, err)
			continue
		}
		want, err := sql.Compile(same, views)
		if err != nil {
			t.Fatal(err)
		}
		if plan.Fingerprint(out) != plan.Fingerprint(want) {
			t.Errorf("%.200s …:\n%sand not\n%s", src, plan.Format(out), plan.Format(want))
		}
	}
}

// Constants that are doubled with every level are refused, as expressions are; those of
// which none is left are not.
func TestTooManyConstants(t *testing.T) {
	const doubled = "SELECT x FROM % UNION ALL SELECT x FROM %"
	for first, refused := range map[string]bool{
		"SELECT x FROM (VALUES (1)) AS t(x)":             true,
		"SELECT x FROM (VALUES (1)) AS t(x) WHERE x > 1": false,
	} {
		src := strings.Replace(levels(60, first, doubled), " SELECT x FROM q59", " SELECT id FROM tweets WHERE id IN (SELECT x FROM q59)", 1)
		err := compiled(t, src, func() error {
			_, err := sql.Compile(src, tweets(t))
			return err
		})
		if refused {
			isTooLarge(t, src, err)
		} else if err != nil {
			t.Errorf("%.200s …: %v", src, err)
		}
	}
}
