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

// TestGolden runs testdata/golden: parse prints the query as String writes it, or
// the rendered error; any does so for a query or a command; tree prints the tree of either
// with positions; script prints the statements of a script.
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
			case "any":
				node, err := parseAny(d.Input)
				if err != nil {
					return render(t, err)
				}
				checkRoundTrip(t, node)
				return node.String() + "\n"
			case "tree":
				node, err := parseAny(d.Input)
				if err != nil {
					return render(t, err)
				}
				checkRoundTrip(t, node)
				var b strings.Builder
				dump(&b, reflect.ValueOf(node), 0)
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
					if s.Command != nil {
						fmt.Fprintf(&b, "%s at %d, %s: %s\n", s.ID, s.Offset, s.Command.Verb(), s.Command)
						continue
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

// parseAny returns the query or the command.
func parseAny(src string) (ast.Node, error) {
	stmt, cmd, err := parser.ParseAny(src)
	switch {
	case err != nil:
		return nil, err
	case cmd != nil:
		return cmd, nil
	default:
		return stmt, nil
	}
}

func checkRoundTrip(t *testing.T, node ast.Node) {
	t.Helper()
	text := node.String()
	again, err := parseAny(text)
	if err != nil {
		t.Fatalf("%s does not parse again: %v", text, err)
	}
	if a, b := shape(node), shape(again); a != b {
		t.Fatalf("%s parses to another tree:\n%s\n%s", text, a, b)
	}
	if twice := again.String(); twice != text {
		t.Fatalf("%s is written again as %s", text, twice)
	}
}

// shape prints a tree without its positions.
func shape(node ast.Node) string {
	var b strings.Builder
	dump(&b, reflect.ValueOf(node), -1)
	return b.String()
}

// always are the positions that every node of their kind has: they are printed even where
// they are 0.
var always = map[string]bool{"At": true, "OpAt": true, "End": true}

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
			name := v.Type().Field(i).Name
			if f.IsZero() && (f.Type() != posType || !always[name]) || f.Type() == posType && indent < 0 {
				continue
			}
			b.WriteString(pad + name + " ")
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
