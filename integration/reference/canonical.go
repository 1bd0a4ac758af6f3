package reference

import (
	"fmt"
	"strings"

	"github.com/millrace/millrace/libs/sql/ast"
)

// canonical writes an expression so that two that are the same but for how names,
// literals and parentheses are written get the same text: that is how what was grouped
// by is found again.
func (q *Query) canonical(e ast.Expr) string {
	switch e := e.(type) {
	case nil:
		return ""
	case *ast.Paren:
		return q.canonical(e.X)
	case *ast.Name:
		if i, ok := q.resolve(e); ok {
			return q.columnText(i)
		}
		return joined(e)
	case *ast.NumberLit:
		if v, err := number(e.Text); err == nil {
			return v.Type().String() + " " + v.String()
		}
		return e.Text
	case *ast.StringLit:
		return fmt.Sprintf("%q", e.Value)
	case *ast.IntervalLit:
		return fmt.Sprintf("INTERVAL %d %d", e.Months, e.Span)
	case *ast.Case:
		parts := []string{"CASE", q.canonical(e.Operand)}
		for _, w := range e.Whens {
			parts = append(parts, q.canonical(w.Cond), q.canonical(w.Then))
		}
		return q.node(strings.Join(parts, "|"), e.Else)
	case *ast.Call:
		name := e.Func
		if of, ok := synonyms[name]; ok {
			name = of
		}
		return q.node(fmt.Sprintf("%s %t", name, e.Star), append(e.Args, e.Filter)...)
	case *ast.Cast:
		return q.node(fmt.Sprintf("CAST %t %s", e.Try, e.Type.String()), e.X)
	case *ast.Binary:
		return q.node(string(e.Op), e.L, e.R)
	case *ast.Neg:
		return q.node("negative", e.X)
	case *ast.Subscript:
		return q.node("[]", e.X, e.Index)
	case *ast.ArrayLit:
		return q.node("ARRAY", e.Elems...)
	default:
		return q.canonicalCondition(e)
	}
}

func (q *Query) canonicalCondition(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.And:
		return q.node("AND", e.L, e.R)
	case *ast.Or:
		return q.node("OR", e.L, e.R)
	case *ast.Not:
		return q.node("NOT", e.X)
	case *ast.Compare:
		return q.node(string(e.Op), e.L, e.R)
	case *ast.AnyCompare:
		return q.node(fmt.Sprint("ANY ", e.Op, e.All), e.L, e.Array)
	case *ast.IsNull:
		return q.node(fmt.Sprint("IS NULL ", e.Not), e.X)
	case *ast.IsTruth:
		return q.node(fmt.Sprint("IS ", e.Value, e.Not), e.X)
	case *ast.IsDistinct:
		return q.node(fmt.Sprint("DISTINCT ", e.Not), e.L, e.R)
	case *ast.Between:
		return q.node(fmt.Sprint("BETWEEN ", e.Not), e.X, e.Low, e.High)
	case *ast.In:
		return q.node(fmt.Sprint("IN ", e.Not), append([]ast.Expr{e.X}, e.List...)...)
	case *ast.InQuery:
		return q.node(fmt.Sprint("IN ", e.Not, e.Query), e.X)
	case *ast.Like:
		return q.node(fmt.Sprint("LIKE ", e.Fold, e.Not), e.X, e.Pattern, e.Escape)
	case *ast.Contains:
		return q.node(fmt.Sprint("CONTAINS ", e.Fold, e.Not), e.X, e.Needle)
	case *ast.Match:
		return q.node(fmt.Sprint("~ ", e.Fold, e.Not), e.X, e.Pattern)
	default:
		return e.String()
	}
}

func (q *Query) node(what string, parts ...ast.Expr) string {
	texts := make([]string, len(parts))
	for i, p := range parts {
		texts[i] = q.canonical(p)
	}
	return "(" + what + "; " + strings.Join(texts, ", ") + ")"
}

// columnText is that of a column: of a query below what it is there, so that two columns of
// one expression are the same.
func (q *Query) columnText(i int) string {
	switch at := i - len(q.names); {
	case at >= 0 && q.isAbove():
		return fmt.Sprintf("element %d of level %d", at%2, q.source().levels()+at/2)
	case at >= 0:
		return fmt.Sprintf("element %d of level %d", at%2, at/2)
	case q.isAbove():
		return q.united[i].text
	case i == len(columns):
		return "document"
	default:
		return "column " + columns[i].name
	}
}
