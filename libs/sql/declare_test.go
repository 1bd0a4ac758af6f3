package sql_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/sql"
	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/sql/ddl"
	"github.com/millrace/millrace/libs/sql/parser"
)

// Lateness without event time is refused when a stream is declared; one that was declared
// so before is read from the registry.
func TestLatenessOfNothing(t *testing.T) {
	const src = "CREATE STREAM l (a TIMESTAMP)\nWITH (comment = 'c', lateness = '5s')"
	_, cmd, err := parser.ParseAny(src)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := ddl.Apply(tweets(t), cmd, src, nil); err != nil {
		t.Errorf("a declaration of the registry: %v", err)
	}
	_, _, err = sql.Declare(tweets(t), cmd, src, nil)
	var at *ast.Error
	if !errors.As(err, &at) || at.Line != 2 || at.Col != 22 || at.Hint != "add timestamp = 'column', or leave lateness out" {
		t.Errorf("a new declaration: %v", err)
	}
	timed := strings.Replace(src, "comment = 'c'", "timestamp = 'a'", 1)
	if _, cmd, err = parser.ParseAny(timed); err != nil {
		t.Fatal(err)
	}
	if _, _, err := sql.Declare(tweets(t), cmd, timed, nil); err != nil {
		t.Error(err)
	}
}

// Types of other systems are valid SQL.
func TestCodesOfTypes(t *testing.T) {
	for name, code := range map[string]ast.Code{"DECIMAL": ast.CodeUnsupported, "TIME": ast.CodeUnsupported, "VARCHR": ast.CodeSyntax} {
		_, err := sql.Compile("SELECT CAST(text AS "+name+") FROM tweets", tweets(t))
		var at *ast.Error
		if !errors.As(err, &at) || at.Code != code || at.Hint == "" {
			t.Errorf("%s: %v, want code %s and a hint", name, err, code)
		}
	}
}
