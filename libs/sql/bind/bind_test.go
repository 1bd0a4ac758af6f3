package bind_test

import (
	"errors"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/sql/bind"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/sql/parser"
	"github.com/millrace/millrace/libs/sql/plan"
)

// TestGolden runs testdata: bind prints the plan before normalisation, or the
// rendered error after its code.
func TestGolden(t *testing.T) {
	cat, err := catalog.Default()
	if err != nil {
		t.Fatal(err)
	}
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			if d.Cmd != "bind" {
				t.Fatalf("%s: unknown command %s", d.Pos, d.Cmd)
			}
			stmt, err := parser.Parse(d.Input)
			if err != nil {
				t.Fatalf("%s: %v", d.Pos, err)
			}
			out, err := bind.Bind(stmt, cat, d.Input)
			if err != nil {
				var e *ast.Error
				if !errors.As(err, &e) {
					t.Fatalf("%s: error of type %T: %v", d.Pos, err, err)
				}
				return string(e.Code) + " " + e.Render()
			}
			if err := plan.Check(out); err != nil {
				t.Errorf("%s: %v", d.Pos, err)
			}
			checkText(t, cat, stmt, out)
			return plan.Format(out)
		})
	})
}

// checkText binds the statement as String writes it: the plan is the same.
func checkText(t *testing.T, cat *catalog.Catalog, stmt *ast.Statement, want *plan.Output) {
	t.Helper()
	text := stmt.String()
	again, err := parser.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	out, err := bind.Bind(again, cat, text)
	if err != nil {
		t.Fatal(err)
	}
	if plan.Fingerprint(out) != plan.Fingerprint(want) {
		t.Errorf("%s has another plan", text)
	}
}
