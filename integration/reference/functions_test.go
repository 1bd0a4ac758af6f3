package reference

import (
	"bytes"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/sql/parser"
)

// The documentation of functions shows calls with their values, and errors. The
// reference, which is written from it, has the same.
func TestFunctionsAreThoseOfTheirDocumentation(t *testing.T) {
	page, err := os.ReadFile("../../docs/sql-functions.md")
	if err != nil {
		t.Fatal(err)
	}
	row := regexp.MustCompile("(?m)^\\| `(.*)` \\| (?:`(.*)`|(error): .*) \\|$")
	rows := row.FindAllStringSubmatch(strings.ReplaceAll(string(page), `\|`, "|"), -1)
	if len(rows) < 200 {
		t.Fatalf("the page has only %d examples", len(rows))
	}
	for _, m := range rows {
		if strings.HasPrefix(m[1], "TABLESAMPLE ") {
			continue // it is no expression
		}
		stmt, err := parser.Parse("SELECT " + m[1] + " AS x FROM tweets")
		if err != nil {
			t.Errorf("%s: %v", m[1], err)
			continue
		}
		q, err := NewStatement(stmt)
		switch {
		case err != nil && m[3] != "": // it is refused at once
		case err != nil:
			t.Errorf("%s: %v", m[1], err)
		case m[3] != "":
			if v := q.outputs[0].expr.eval(nil); v != nil {
				t.Errorf("%s is %s, not an error", m[1], v)
			}
		default:
			if v := q.outputs[0].expr.eval(nil); v == nil || strings.ReplaceAll(v.String(), "\n", " ") != m[2] {
				t.Errorf("%s is %s, not %s", m[1], v, m[2])
			}
		}
	}
}

// Every function of the page that is no aggregate is known.
func TestEveryFunctionIsKnown(t *testing.T) {
	page, err := os.ReadFile("../../docs/sql-functions.md")
	if err != nil {
		t.Fatal(err)
	}
	page, _, _ = bytes.Cut(page, []byte("\n## Aggregates\n"))
	names := regexp.MustCompile("(?m)^### `([a-z0-9_]+)`$").FindAllStringSubmatch(string(page), -1)
	for _, also := range regexp.MustCompile("Also called (`[^.]*`)").FindAllStringSubmatch(string(page), -1) {
		names = append(names, regexp.MustCompile("`([a-z0-9_]+)`").FindAllStringSubmatch(also[1], -1)...)
	}
	if len(names) < 90 {
		t.Fatalf("the page has only %d functions", len(names))
	}
	for _, n := range names {
		if functions()[n[1]] == nil && !isAggregate(&ast.Call{Func: n[1]}) {
			t.Errorf("%s is not known", n[1])
		}
	}
}
