package bind

import (
	"strings"

	"github.com/millrace/millrace/libs/sql/ast"
)

// What the parser reads and this package cannot bind yet is refused here, before
// anything is bound, so that nothing of it can be passed over in silence. What is bound
// one day leaves this file.

// unsupported returns the error of the first part of the statement that cannot be bound
// yet, in the order in which it is written; nil: there is none.
func (b *binder) unsupported() *ast.Error {
	s := b.stmt
	if len(s.With) > 0 {
		return b.fail(s.WithAt, "WITH is not supported yet").WithHint("write one SELECT over a stream")
	}
	for _, item := range s.Select {
		if err := b.unsupportedExpr(item.Expr); err != nil {
			return err
		}
	}
	if err := b.unsupportedFrom(&s.From); err != nil {
		return err
	}
	for _, e := range append(append([]ast.Expr{s.Where}, s.GroupBy...), s.Having) {
		if err := b.unsupportedExpr(e); err != nil {
			return err
		}
	}
	if len(s.UnionAll) > 0 {
		return b.fail(s.UnionAll[0].UnionAt, "UNION is not supported yet").WithHint("submit two queries")
	}
	for _, o := range s.OrderBy {
		if err := b.unsupportedExpr(o.Expr); err != nil {
			return err
		}
	}
	if s.Offset != nil {
		return b.fail(s.Offset.At, "OFFSET is not supported yet").
			WithHint("write ORDER BY column LIMIT n: it keeps the first n rows")
	}
	return nil
}

func (b *binder) unsupportedFrom(f *ast.From) *ast.Error {
	switch {
	case f.Query != nil:
		return b.fail(f.At, "subqueries are not supported yet").WithHint("name a stream: FROM tweets")
	case f.Values != nil:
		return b.fail(f.At, "VALUES is not supported yet").WithHint("name a stream: FROM tweets")
	case len(f.Columns) > 0:
		return b.fail(f.Columns[0].At, "names for the columns of a stream are not supported yet").
			WithHint("write aliases in SELECT: SELECT lang AS l")
	case f.Sample != nil:
		return b.fail(f.Sample.At, "TABLESAMPLE is not supported yet")
	case len(f.Unnest) > 0:
		return b.fail(f.Unnest[0].At, "UNNEST is not supported yet").WithHint("'go' = ANY(hashtags) tests membership")
	default:
		return nil
	}
}

// unsupportedExpr looks at e and all within it.
func (b *binder) unsupportedExpr(e ast.Expr) *ast.Error {
	var refused *ast.Error
	ast.Walk(e, func(x ast.Expr) bool {
		if err := b.unsupportedNode(x); err != nil && (refused == nil || err.Pos < refused.Pos) {
			refused = err
		}
		return true
	})
	return refused
}

func (b *binder) unsupportedNode(e ast.Expr) *ast.Error {
	switch e := e.(type) {
	case *ast.Star:
		if e.Of != nil {
			return b.fail(e.Pos(), "%s is not supported yet", e).WithHint("write * or list the columns")
		}
	case *ast.AnyCompare:
		if e.All || e.Operator() != ast.Eq {
			return b.fail(e.OpAt, "%s %s is not supported yet", e.Operator(), e.Quantifier()).
				WithHint("'go' = ANY(hashtags) tests membership; NOT 'go' = ANY(hashtags) the opposite")
		}
	case *ast.InQuery:
		return b.fail(e.Query.Pos(), "subqueries are not supported yet").WithHint("list the values: IN ('en', 'de')")
	case *ast.Call:
		return b.unsupportedCall(e)
	}
	return nil
}

func (b *binder) unsupportedCall(c *ast.Call) *ast.Error {
	if strings.HasPrefix(c.Func, "current_") {
		return b.fail(c.At, "%s is not supported yet", strings.ToUpper(c.Func)).WithHint("write a literal: TIMESTAMP '2016-10-01 12:30:00'")
	}
	return nil
}
