package ast_test

import (
	"testing"

	"github.com/millrace/millrace/libs/sql/ast"
)

func name(parts ...string) *ast.Name {
	n := &ast.Name{}
	for _, p := range parts {
		n.Parts = append(n.Parts, ast.Ident{Name: p})
	}
	return n
}

// TestParentheses: a tree made without Paren nodes gets those that it needs.
func TestParentheses(t *testing.T) {
	a, b, c := name("a"), name("b"), name("c")
	for want, e := range map[string]ast.Expr{
		"a AND b AND c":             &ast.And{L: &ast.And{L: a, R: b}, R: c},
		"a AND (b AND c)":           &ast.And{L: a, R: &ast.And{L: b, R: c}},
		"a OR b AND c":              &ast.Or{L: a, R: &ast.And{L: b, R: c}},
		"(a OR b) AND c":            &ast.And{L: &ast.Or{L: a, R: b}, R: c},
		"NOT (a AND b)":             &ast.Not{X: &ast.And{L: a, R: b}},
		"NOT NOT a":                 &ast.Not{X: &ast.Not{X: a}},
		"NOT a = b":                 &ast.Not{X: &ast.Compare{Op: ast.Eq, L: a, R: b}},
		"a = b IS NOT NULL":         &ast.IsNull{X: &ast.Compare{Op: ast.Eq, L: a, R: b}, Not: true},
		"(a AND b)":                 &ast.Paren{X: &ast.And{L: a, R: b}},
		"a NOT IN ('x', NULL)":      &ast.In{X: a, List: []ast.Expr{&ast.StringLit{Value: "x"}, &ast.NullLit{}}, Not: true},
		"a LIKE 'x%' ESCAPE '!'":    &ast.Like{X: a, Pattern: &ast.StringLit{Value: "x%"}, Escape: &ast.StringLit{Value: "!"}},
		"a NOT ILIKE b":             &ast.Like{X: a, Pattern: b, Fold: true, Not: true},
		"a ICONTAINS b":             &ast.Contains{X: a, Needle: b, Fold: true},
		"a = ANY(b)":                &ast.AnyCompare{L: a, Array: b},
		"a BETWEEN -1 AND b":        &ast.Between{X: a, Low: &ast.NumberLit{Text: "-1"}, High: b},
		"f()":                       &ast.Call{Func: "f"},
		"DATE '2016-10-01'":         &ast.TimeLit{Date: true, Text: "2016-10-01"},
		"INTERVAL '1' DAY":          &ast.IntervalLit{Text: "1", Unit: "DAY"},
		"(a OR b) = (NOT c)":        &ast.Compare{Op: ast.Eq, L: &ast.Or{L: a, R: b}, R: &ast.Not{X: c}},
		"TRUE OR FALSE":             &ast.Or{L: &ast.BoolLit{Value: true}, R: &ast.BoolLit{}},
		"TIMESTAMP 'it''s no time'": &ast.TimeLit{Text: "it's no time"},
	} {
		if got := e.String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// TestOperatorParentheses does so for operators between values.
func TestOperatorParentheses(t *testing.T) {
	a, b, c := name("a"), name("b"), name("c")
	one := &ast.NumberLit{Text: "1"}
	binary := func(op ast.BinaryOp, l, r ast.Expr) ast.Expr { return &ast.Binary{Op: op, L: l, R: r} }
	for want, e := range map[string]ast.Expr{
		"a - b - c":                binary(ast.Sub, binary(ast.Sub, a, b), c),
		"a - (b - c)":              binary(ast.Sub, a, binary(ast.Sub, b, c)),
		"(a + b) * c":              binary(ast.Mul, binary(ast.Add, a, b), c),
		"a + b * c":                binary(ast.Add, a, binary(ast.Mul, b, c)),
		"a || b + c":               binary(ast.Concat, a, binary(ast.Add, b, c)),
		"(a || b) + c":             binary(ast.Add, binary(ast.Concat, a, b), c),
		"a || (b -> c)":            binary(ast.Concat, a, binary(ast.JSONField, b, c)),
		"a ~ (b || c)":             &ast.Match{X: a, Pattern: binary(ast.Concat, b, c)},
		"a REGEXP b || c":          &ast.Match{X: a, Pattern: binary(ast.Concat, b, c), Word: true},
		"a !~* b":                  &ast.Match{X: a, Pattern: b, Fold: true, Not: true, Word: true},
		"(a = b) LIKE c":           &ast.Like{X: &ast.Compare{Op: ast.Eq, L: a, R: b}, Pattern: c},
		"-(a + b)":                 &ast.Neg{X: binary(ast.Add, a, b)},
		"- -a":                     &ast.Neg{X: &ast.Neg{X: a}},
		"-(1)":                     &ast.Neg{X: one},
		"- -1":                     &ast.Neg{X: &ast.NumberLit{Text: "-1"}},
		"a - -1":                   binary(ast.Sub, a, &ast.NumberLit{Text: "-1"}),
		"(-1)::BIGINT":             &ast.Cast{X: &ast.NumberLit{Text: "-1"}, Type: ast.TypeName{Name: "BIGINT"}, Colons: true},
		"(a + b)::BIGINT[c]":       &ast.Subscript{X: &ast.Cast{X: binary(ast.Add, a, b), Type: ast.TypeName{Name: "BIGINT"}, Colons: true}, Index: c},
		"TRY_CAST(a OR b AS JSON)": &ast.Cast{X: &ast.Or{L: a, R: b}, Type: ast.TypeName{Name: "JSON"}, Try: true},
		"(a IS TRUE) = b":          &ast.Compare{Op: ast.Eq, L: &ast.IsTruth{X: a}, R: b},
		"a = ALL(b OR c)":          &ast.AnyCompare{Op: ast.Eq, L: a, Array: &ast.Or{L: b, R: c}, All: true},
		"(a IS NULL) IS DISTINCT FROM (b IS NULL)": &ast.IsDistinct{L: &ast.Paren{X: &ast.IsNull{X: a}}, R: &ast.IsNull{X: b}},
		"CASE a WHEN b THEN c END + 1":             binary(ast.Add, &ast.Case{Operand: a, Whens: []ast.When{{Cond: b, Then: c}}}, one),
		"CURRENT_DATE":                             &ast.Call{Func: "current_date"},
		"a IN (b OR c)":                            &ast.In{X: a, List: []ast.Expr{&ast.Or{L: b, R: c}}},
	} {
		if got := e.String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestIdentifiers(t *testing.T) {
	for want, n := range map[string]*ast.Name{
		"user.name":    name("user", "name"),
		"user.order":   name("user", "order"),
		`"order".x`:    name("order", "x"),
		`"Lang"`:       name("Lang"),
		`a."b.c"`:      name("a", "b.c"),
		`"1a"`:         name("1a"),
		`"say ""hi"""`: name(`say "hi"`),
		"名前":           name("名前"),
		"\"\u0301x\"":  name("\u0301x"),
	} {
		if got := n.String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	item := ast.SelectItem{Expr: name("a"), Alias: &ast.Ident{Name: "order"}}
	if got := item.String(); got != "a AS order" {
		t.Errorf("got %s", got)
	}
}

func TestAnyHint(t *testing.T) {
	const lead = "membership in an array is written "
	tag := &ast.StringLit{Value: "#go"}
	if got := ast.AnyHint(tag, "hashtags", true); got != lead+"NOT 'go' = ANY(hashtags)" {
		t.Error(got)
	}
	if got := ast.AnyHint(tag, "urls", false); got != lead+"'#go' = ANY(urls)" {
		t.Error(got)
	}
}
