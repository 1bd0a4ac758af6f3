package show_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/sql/ddl"
	"github.com/millrace/millrace/libs/sql/function"
	"github.com/millrace/millrace/libs/sql/parser"
	"github.com/millrace/millrace/libs/sql/show"
)

func row(t *testing.T, table show.Table, name string) string {
	t.Helper()
	i := slices.IndexFunc(table.Rows, func(r []string) bool { return r[0] == name })
	if i < 0 {
		t.Fatalf("no row %s in %v", name, table.Rows)
	}
	for _, r := range table.Rows {
		if len(r) != len(table.Columns) {
			t.Errorf("%v has not as many cells as %v", r, table.Columns)
		}
	}
	return strings.Join(table.Rows[i], " | ")
}

func TestTables(t *testing.T) {
	cat, err := catalog.Default()
	if err != nil {
		t.Fatal(err)
	}
	for _, src := range []string{
		"CREATE STREAM logs (level VARCHAR, at TIMESTAMP FROM 'When' COMMENT 'when it was') WITH (format = 'tsv', timestamp = at, comment = 'of servers')",
		"CREATE VIEW errors AS SELECT level FROM logs WHERE level='ERROR'",
	} {
		_, cmd, err := parser.ParseAny(src)
		if err != nil {
			t.Fatal(err)
		}
		if cat, _, err = ddl.Apply(cat, cmd, src, nil); err != nil {
			t.Fatal(err)
		}
	}
	if got := row(t, show.Streams(cat), "logs"); got != "logs | millrace.logs | at | of servers" {
		t.Error(got)
	}
	if got := row(t, show.Views(cat), "errors"); got != "errors | SELECT level FROM logs WHERE level = 'ERROR'" {
		t.Error(got)
	}
	stream, ok := show.Describe(cat, &ast.Ident{Name: "logs"})
	if got := row(t, stream, "at"); !ok || got != "at | TIMESTAMP | When | when it was" || !strings.HasPrefix(stream.Definition, "CREATE STREAM logs (\n") {
		t.Error(got, stream.Definition)
	}
	if view, ok := show.Describe(cat, &ast.Ident{Name: "errors"}); !ok || !strings.HasPrefix(view.Definition, "CREATE VIEW errors AS") {
		t.Error(view)
	}
	if _, ok := show.Describe(cat, &ast.Ident{Name: "Logs", Quoted: true}); ok {
		t.Error("a quoted name means exactly that")
	}
	functions := show.Functions()
	if got := row(t, functions, "lower"); !strings.HasPrefix(got, "lower | text | (text VARCHAR)") {
		t.Error(got)
	}
	if want := len(function.Scalars()) + len(function.Aggregates()); len(functions.Rows) != want {
		t.Errorf("%d functions, want %d", len(functions.Rows), want)
	}
}
