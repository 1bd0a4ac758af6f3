package ddl_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/sql/ddl"
	"github.com/millrace/millrace/libs/sql/parser"
)

// TestGolden runs testdata: apply prints what a statement makes of the catalog that
// those before it in the file have made, or the rendered error. The argument users names
// the queries that use everything.
func TestGolden(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		cat := defaults(t)
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			_, cmd, err := parser.ParseAny(d.Input)
			if err != nil {
				t.Fatalf("%s: %v", d.Pos, err)
			}
			var users func(string) []string
			if arg, ok := d.Arg("users"); ok {
				users = func(string) []string { return arg.Vals }
			}
			next, note, err := ddl.Apply(cat, cmd, d.Input, users)
			var e *ast.Error
			switch {
			case errors.As(err, &e):
				return e.Render()
			case err != nil:
				t.Fatalf("%s: error of type %T: %v", d.Pos, err, err)
			case next == cat:
				return note + "\n"
			}
			cat = next
			return told(cat, cmd, note)
		})
	})
}

func told(cat *catalog.Catalog, cmd ast.Command, note string) string {
	switch c := cmd.(type) {
	case *ast.CreateStream:
		s, _ := cat.Stream(c.Name.Name)
		var b strings.Builder
		fmt.Fprintf(&b, "topic %s format %q header %t event time %q lateness %s\n", s.Topic, s.Format, s.Header, s.EventTime, s.Lateness)
		for i := range s.Columns {
			c := &s.Columns[i]
			fmt.Fprintf(&b, "%s %s %v", c.Name, c.Type, c.Paths)
			if len(c.Formats) > 0 {
				fmt.Fprintf(&b, " %q", c.Formats)
			}
			b.WriteByte('\n')
		}
		return b.String() + ddl.Text(s) + "\n"
	case *ast.CreateView:
		v, _ := cat.View(c.Name.Name)
		return fmt.Sprintf("view %s reads %v\n", v.Name, ddl.Reads(v.Query))
	default:
		return "gone " + note + "\n"
	}
}

func defaults(t *testing.T) *catalog.Catalog {
	t.Helper()
	cat, err := catalog.Default()
	if err != nil {
		t.Fatal(err)
	}
	return cat
}

// TestText holds that the statement that Text writes declares the same stream: for one
// that has all there is to say, the one that Millrace comes with.
func TestText(t *testing.T) {
	want, _ := defaults(t).Stream("tweets")
	text := ddl.Text(want)
	_, cmd, err := parser.ParseAny(text)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	cat, _, err := ddl.Apply(new(catalog.Catalog), cmd, text, nil)
	if err != nil {
		t.Fatal(err)
	}
	got, _ := cat.Stream("tweets")
	got.Examples, got.Declared = want.Examples, false
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s\nis read as\n%+v\nwant\n%+v", text, got, want)
	}
}

// TestReads: what a query reads, wherever it says so.
func TestReads(t *testing.T) {
	for sql, want := range map[string]string{
		"SELECT a FROM x":                      "[x]",
		"SELECT a FROM (SELECT a FROM x) AS y": "[x]",
		"WITH w AS (SELECT a FROM x), v AS (SELECT a FROM w) SELECT a FROM v":    "[x]",
		"SELECT a FROM z UNION ALL SELECT a FROM x UNION ALL SELECT a FROM z":    "[x z]",
		"SELECT a FROM x WHERE a IN (SELECT b FROM y) OR a IN (SELECT c FROM x)": "[x y]",
		"WITH x AS (SELECT a FROM x) SELECT a FROM x":                            "[x]",
		"SELECT CASE WHEN a IN (SELECT b FROM y) THEN 1 END FROM x GROUP BY a":   "[x y]",
	} {
		stmt, err := parser.Parse(sql)
		if err != nil {
			t.Errorf("%s: %v", sql, err)
			continue
		}
		if got := fmt.Sprint(ddl.Reads(stmt)); got != want {
			t.Errorf("%s reads %s, want %s", sql, got, want)
		}
	}
}
