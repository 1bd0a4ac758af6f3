package ast_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/sql/ast"
)

// everyExpr has one of each kind of expression.
func everyExpr() []ast.Expr {
	return []ast.Expr{
		&ast.Name{}, &ast.Star{}, &ast.NullLit{}, &ast.BoolLit{}, &ast.NumberLit{}, &ast.StringLit{}, &ast.TimeLit{},
		&ast.IntervalLit{}, &ast.ArrayLit{}, &ast.Binary{}, &ast.Neg{}, &ast.Subscript{}, &ast.Compare{}, &ast.AnyCompare{},
		&ast.And{}, &ast.Or{}, &ast.Not{}, &ast.IsNull{}, &ast.IsDistinct{}, &ast.IsTruth{}, &ast.Between{}, &ast.In{},
		&ast.InQuery{}, &ast.Like{}, &ast.Contains{}, &ast.Match{}, &ast.Call{}, &ast.Case{}, &ast.Cast{}, &ast.Paren{},
	}
}

// TestWalk: whatever field of an expression holds another, Walk finds it, and in the order
// of the fields, which is that in which they are written.
func TestWalk(t *testing.T) {
	for _, e := range everyExpr() {
		var want []string
		fill(reflect.ValueOf(e).Elem(), &want)
		var got []string
		ast.Walk(e, func(x ast.Expr) bool {
			if n, ok := x.(*ast.Name); ok && x != e {
				got = append(got, n.String())
			}
			return true
		})
		if strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("%T: visited %v, want %v", e, got, want)
		}
		visits := 0
		ast.Walk(e, func(ast.Expr) bool { visits++; return false })
		if visits != 1 {
			t.Errorf("%T: visited %d expressions when told to stop", e, visits)
		}
	}
	ast.Walk(nil, func(ast.Expr) bool { t.Error("visited nil"); return true })
}

// fill puts a name into every field that holds an expression, two into a list.
func fill(v reflect.Value, names *[]string) {
	if v.Type() == reflect.TypeFor[ast.Expr]() {
		n := name("n" + string(rune('a'+len(*names))))
		*names = append(*names, n.String())
		v.Set(reflect.ValueOf(n))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), names)
		}
	case reflect.Slice:
		if v.Type().Elem() == reflect.TypeFor[ast.Ident]() {
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			fill(v.Index(i), names)
		}
	default:
	}
}
