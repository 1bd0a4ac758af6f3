package parser_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/sql/parser"
)

// TestGolden runs testdata/golden: parse prints the statement as String writes it, or
// the rendered error; tree prints the tree with positions; script prints the
// statements of a script.
func TestGolden(t *testing.T) {
	datadriven.Walk(t, "testdata/golden", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			switch d.Cmd {
			case "parse":
				stmt, err := parser.Parse(d.Input)
				if err != nil {
					return render(t, err)
				}
				checkRoundTrip(t, stmt)
				return stmt.String() + "\n"
			case "tree":
				stmt, err := parser.Parse(d.Input)
				if err != nil {
					return render(t, err)
				}
				var b strings.Builder
				dump(&b, reflect.ValueOf(stmt), 0)
				return b.String()
			case "script":
				stmts, err := parser.ParseScript(d.Input)
				if err != nil {
					return render(t, err)
				}
				var b strings.Builder
				for _, s := range stmts {
					if got := d.Input[s.Offset : int(s.Offset)+len(s.SQL)]; got != s.SQL {
						t.Errorf("offset %d of %q holds %q", s.Offset, s.SQL, got)
					}
					fmt.Fprintf(&b, "%s at %d: %s\n", s.ID, s.Offset, s.Stmt)
				}
				return b.String()
			default:
				t.Fatalf("%s: unknown command %s", d.Pos, d.Cmd)
				return ""
			}
		})
	})
}

func render(t *testing.T, err error) string {
	t.Helper()
	var e *ast.Error
	if !errors.As(err, &e) {
		t.Fatalf("error of type %T: %v", err, err)
	}
	out := e.Render()
	if e.Expected != "" {
		out += "expected: " + e.Expected + "\n"
	}
	if e.Found != "" {
		out += "found: " + e.Found + "\n"
	}
	return out
}

func checkRoundTrip(t *testing.T, stmt *ast.Statement) {
	t.Helper()
	text := stmt.String()
	again, err := parser.Parse(text)
	if err != nil {
		t.Fatalf("%s does not parse again: %v", text, err)
	}
	if a, b := shape(stmt), shape(again); a != b {
		t.Fatalf("%s parses to another tree:\n%s\n%s", text, a, b)
	}
}

// shape prints a tree without its positions.
func shape(stmt *ast.Statement) string {
	var b strings.Builder
	dump(&b, reflect.ValueOf(stmt), -1)
	return b.String()
}

var posType = reflect.TypeFor[ast.Pos]()

// dump prints every field of a tree; indent -1 leaves positions out.
func dump(b *strings.Builder, v reflect.Value, indent int) {
	for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		if v.IsNil() {
			b.WriteString("nil\n")
			return
		}
		v = v.Elem()
	}
	deeper := indent
	pad := ""
	if indent >= 0 {
		deeper = indent + 1
		pad = strings.Repeat("  ", deeper)
	}
	switch v.Kind() {
	case reflect.Struct:
		b.WriteString(v.Type().Name() + "\n")
		for i := range v.NumField() {
			f := v.Field(i)
			if f.IsZero() && f.Type() != posType || f.Type() == posType && indent < 0 {
				continue
			}
			b.WriteString(pad + v.Type().Field(i).Name + " ")
			dump(b, f, deeper)
		}
	case reflect.Slice:
		b.WriteString("[]\n")
		for i := range v.Len() {
			b.WriteString(pad + "- ")
			dump(b, v.Index(i), deeper)
		}
	default:
		fmt.Fprintf(b, "%#v\n", v.Interface())
	}
}
