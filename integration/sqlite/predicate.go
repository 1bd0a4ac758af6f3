package sqlite

import (
	"fmt"
	"strings"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/ast"
)

// predicate translates a condition, in parentheses.
func (tr *translator) predicate(e ast.Expr) (string, error) {
	switch e := e.(type) {
	case *ast.And:
		return tr.join(e.L, " AND ", e.R)
	case *ast.Or:
		return tr.join(e.L, " OR ", e.R)
	case *ast.Not:
		x, err := tr.expr(e.X)
		return "(NOT " + x.sql + ")", err
	case *ast.Compare:
		a, b, err := tr.pair(e.L, e.R)
		return "(" + a.sql + " " + string(e.Op) + " " + b.sql + ")", err
	case *ast.IsNull:
		x, err := tr.expr(e.X)
		return "(" + x.sql + " IS " + not(e.Not) + "NULL)", err
	case *ast.Between:
		x, low, err := tr.pair(e.X, e.Low)
		if err != nil {
			return "", err
		}
		_, high, err := tr.pair(e.X, e.High)
		return "(" + x.sql + " " + not(e.Not) + "BETWEEN " + low.sql + " AND " + high.sql + ")", err
	case *ast.In:
		return tr.in(e)
	case *ast.AnyCompare:
		return tr.any(e)
	case *ast.IsDistinct:
		a, b, err := tr.pair(e.L, e.R)
		return "(" + a.sql + " IS " + not(e.Not) + "DISTINCT FROM " + b.sql + ")", err
	case *ast.IsTruth:
		x, err := tr.expr(e.X)
		value := map[ast.Truth]string{ast.True: "TRUE", ast.False: "FALSE", ast.Unknown: "NULL"}[e.Value]
		return "(" + x.sql + " IS " + not(e.Not) + value + ")", err
	case *ast.Like:
		return tr.like(e)
	case *ast.Contains:
		return tr.contains(e)
	default:
		return "", unsupported("expression %T", e)
	}
}

func not(n bool) string {
	if n {
		return "NOT "
	}
	return ""
}

func (tr *translator) join(l ast.Expr, op string, r ast.Expr) (string, error) {
	a, err := tr.expr(l)
	if err != nil {
		return "", err
	}
	b, err := tr.expr(r)
	return "(" + a.sql + op + b.sql + ")", err
}

func (tr *translator) in(e *ast.In) (string, error) {
	items := make([]string, len(e.List))
	var x typed
	for i, item := range e.List {
		a, b, err := tr.pair(e.X, item)
		if err != nil {
			return "", err
		}
		x, items[i] = a, b.sql
	}
	return "(" + x.sql + " " + not(e.Not) + "IN (" + strings.Join(items, ", ") + "))", nil
}

// any asks json_each for the elements; no array is neither true nor false.
func (tr *translator) any(e *ast.AnyCompare) (string, error) {
	x, arr, err := tr.pair(e.L, e.Array)
	if err != nil {
		return "", err
	}
	if arr.typ.Kind != record.Array {
		return "", fmt.Errorf("ANY wants an array, found %s", arr.typ)
	}
	return fmt.Sprintf("(CASE WHEN %[1]s IS NULL THEN NULL ELSE %[2]s IN (SELECT value FROM json_each(%[1]s)) END)", arr.sql, x.sql), nil
}

func (tr *translator) like(e *ast.Like) (string, error) {
	if _, literal := e.Pattern.(*ast.StringLit); !literal {
		return "", unsupported("patterns that are computed")
	}
	x, pattern, err := tr.pair(e.X, e.Pattern)
	if err != nil {
		return "", err
	}
	escape := `'\'`
	if e.Escape != nil {
		lit, ok := e.Escape.(*ast.StringLit)
		if !ok || len([]rune(lit.Value)) != 1 {
			return "", unsupported("ESCAPE of other than one character")
		}
		escape = ast.Quote(lit.Value)
	}
	if e.Fold {
		return fmt.Sprintf("(%silike(%s, %s, %s))", not(e.Not), x.sql, pattern.sql, escape), nil
	}
	return fmt.Sprintf("(%s %sLIKE %s ESCAPE %s)", x.sql, not(e.Not), pattern.sql, escape), nil
}

func (tr *translator) contains(e *ast.Contains) (string, error) {
	x, needle, err := tr.pair(e.X, e.Needle)
	if err != nil {
		return "", err
	}
	test := fmt.Sprintf("instr(%s, %s) > 0", x.sql, needle.sql)
	if e.Fold {
		test = fmt.Sprintf("icontains(%s, %s)", x.sql, needle.sql)
	}
	if e.Not {
		return "(NOT (" + test + "))", nil
	}
	return "(" + test + ")", nil
}
