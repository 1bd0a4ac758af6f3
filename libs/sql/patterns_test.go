package sql_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/sql"
	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/sql/parser"
)

// What is no pattern where it is written is one in the plan, and the same bounds hold.
func TestPatternsOfPlans(t *testing.T) {
	long := func(n int) string { return "'" + strings.Repeat("(ab?)", n) + "'" }
	var many []string
	for i := range 12 {
		many = append(many, fmt.Sprintf("SELECT text, '%s%d' AS p FROM tweets", strings.Repeat("b?", 900), i))
	}
	for name, c := range map[string]struct {
		src  string
		code ast.Code // "": it is taken
	}{
		"written":          {"SELECT id FROM tweets WHERE text ~ " + long(400), ast.CodeRegular},
		"of a union":       {"SELECT text FROM (SELECT text, " + long(400) + " AS p FROM tweets UNION ALL SELECT text, 'a' FROM tweets) AS u WHERE text ~ p", ast.CodeRegular},
		"joined":           {"SELECT id FROM tweets WHERE text ~ (" + long(210) + " || " + long(210) + ")", ast.CodeRegular},
		"in an aggregate":  {"SELECT sum(regexp_count(text, " + long(210) + " || " + long(210) + ")) AS n FROM tweets", ast.CodeRegular},
		"of many branches": {"SELECT text FROM (" + strings.Join(many, " UNION ALL ") + ") AS u WHERE regexp_count(text, p) > 5", ast.CodeLimit},
		"of some branches": {"SELECT text FROM (" + strings.Join(many[:9], " UNION ALL ") + ") AS u WHERE regexp_count(text, p) > 5", ""},
		"one many times":   {"SELECT id FROM tweets WHERE text ~ " + long(300) + strings.Repeat(" AND regexp_count(text, "+long(300)+") > 1", 8), ""},
		"rows of VALUES":   {"SELECT id FROM tweets WHERE lang IN (SELECT x FROM (VALUES ('a')" + strings.Repeat(", ('b')", 1000) + ") AS t(x) WHERE x ~ '[a-z]{20}|b')", ""},
	} {
		_, err := sql.Compile(c.src, tweets(t))
		var at *ast.Error
		switch {
		case c.code == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case c.code != "" && (!errors.As(err, &at) || at.Code != c.code || at.Hint == ""):
			t.Errorf("%s: got %v, want an error of code %s with a hint", name, err, c.code)
		}
		_, cmd, err := parser.ParseAny("CREATE VIEW v AS " + c.src)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err = sql.Declare(tweets(t), cmd, "CREATE VIEW v AS "+c.src, nil); (err == nil) != (c.code == "") {
			t.Errorf("%s, as a view: %v", name, err)
		}
	}
}
