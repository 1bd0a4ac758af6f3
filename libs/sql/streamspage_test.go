package sql_test

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/sql"
	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/sql/ddl"
	"github.com/millrace/millrace/libs/sql/parser"
)

// TestStreamsPage runs docs/streams.md from its beginning: what it shows as SQL is
// taken, and what it shows as an error is refused with the words that follow it.
func TestStreamsPage(t *testing.T) {
	page, err := os.ReadFile("../../docs/streams.md")
	if err != nil {
		t.Fatal(err)
	}
	cat, err := catalog.Default()
	if err != nil {
		t.Fatal(err)
	}
	p := &streamsPage{cat: cat}
	blocks, refusals := 0, 0
	for i, part := range strings.Split(string(page), "```") {
		kind, text, _ := strings.Cut(part, "\n")
		switch {
		case i%2 == 0:
		case kind == "sql":
			blocks++
			p.run(t, text)
		case kind == "error":
			refusals++
			_, rest, _ := strings.Cut(string(page), "```"+part+"```")
			want, _, _ := strings.Cut(strings.TrimLeft(rest, "\n"), "\n\n")
			if got := p.refusal(t, strings.TrimSpace(text)); got != strings.ReplaceAll(strings.TrimPrefix(want, "    "), "\n    ", "\n") {
				t.Errorf("%s is refused with\n%s\nthe page says\n%s", text, got, want)
			}
		default:
			t.Errorf("a block of %q", kind)
		}
	}
	if blocks < 5 || refusals == 0 {
		t.Errorf("%d blocks, %d refusals", blocks, refusals)
	}
}

// streamsPage is what the page has declared so far.
type streamsPage struct {
	cat     *catalog.Catalog
	queries []parser.ScriptStatement
}

func (p *streamsPage) run(t *testing.T, text string) {
	t.Helper()
	script, err := parser.ParseScript(text)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	for _, st := range script {
		switch st.Command.(type) {
		case nil, *ast.CreateMaterializedView:
			_, err = sql.CompileStanding(st.SQL, p.cat)
			p.queries = append(p.queries, st)
		default:
			p.cat, _, err = sql.Declare(p.cat, st.Command, st.SQL, p.users)
		}
		if err != nil {
			t.Fatalf("%s: %v", st.SQL, err)
		}
	}
}

// users returns the ids of the queries so far that read a stream or view.
func (p *streamsPage) users(name string) []string {
	var ids []string
	for _, st := range p.queries {
		stmt := st.Stmt
		if view, ok := st.Command.(*ast.CreateMaterializedView); ok {
			stmt = view.Query
		}
		if slices.Contains(ddl.Reads(stmt), name) {
			ids = append(ids, st.ID)
		}
	}
	return ids
}

func (p *streamsPage) refusal(t *testing.T, text string) string {
	t.Helper()
	_, cmd, err := parser.ParseAny(text)
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = sql.Declare(p.cat, cmd, text, p.users)
	var at *ast.Error
	if !errors.As(err, &at) {
		t.Fatalf("%s: %v", text, err)
	}
	return strings.TrimRight(at.Render(), "\n")
}
