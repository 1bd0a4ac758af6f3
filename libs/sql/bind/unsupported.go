package bind

import (
	"github.com/millrace/millrace/libs/sql/ast"
)

// What the parser reads and this package cannot bind yet is refused here, before
// anything is bound, so that nothing of it can be passed over in silence. What is bound
// one day leaves this file.

// unsupported returns the error of the first part of the statement that cannot be bound
// yet, in the order in which it is written; nil: there is none.
func (b *binder) unsupported() *ast.Error {
	s := b.stmt
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
		return b.refuse(s.UnionAll[0].UnionAt, "UNION is not supported yet").WithHint("submit two queries")
	}
	for _, o := range s.OrderBy {
		if err := b.unsupportedExpr(o.Expr); err != nil {
			return err
		}
	}
	return nil
}

func (b *binder) unsupportedFrom(f *ast.From) *ast.Error {
	switch {
	case f.Values != nil:
		return b.refuse(f.At, "a query over VALUES alone is no standing query: its result never changes").
			WithHint("sets of constants stand after IN: lang IN (SELECT l FROM (VALUES ('en'), ('de')) AS t(l))")
	case f.Sample != nil:
		return b.refuse(f.Sample.At, "TABLESAMPLE is not supported yet")
	case len(f.Unnest) > 0:
		return b.refuse(f.Unnest[0].At, "UNNEST is not supported yet").WithHint("'go' = ANY(hashtags) tests membership")
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
	case *ast.Call:
		return b.unsupportedCall(e)
	}
	return nil
}

func (b *binder) unsupportedCall(c *ast.Call) *ast.Error {
	switch {
	case c.Distinct:
		return b.refuse(c.DistinctAt, "%s(DISTINCT …) is not supported yet", c.Func)
	case len(c.OrderBy) > 0:
		return b.refuse(c.OrderBy[0].Pos(), "%s(… ORDER BY …) is not supported yet", c.Func)
	default:
		return nil
	}
}
