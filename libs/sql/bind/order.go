package bind

import (
	"math"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/sql/function"
	"github.com/millrace/millrace/libs/sql/plan"
)

// bindOrder binds ORDER BY into b.order.
func (b *binder) bindOrder() {
	s := b.stmt
	switch {
	case len(s.OrderBy) == 0 && s.Limit != nil && (b.group != nil || b.rel.groups):
		b.report(b.fail(s.Limit.At, "LIMIT over groups needs ORDER BY: groups change as long as posts come, and which would it keep?").WithCode(ast.CodeSyntax).
			WithHint("write ORDER BY column LIMIT %d", s.Limit.N))
		return
	case s.Offset != nil && s.Limit == nil:
		b.report(b.fail(s.Offset.At, "OFFSET needs LIMIT: what is left of a stream has no end").WithCode(ast.CodeSyntax).
			WithHint("write LIMIT 10 OFFSET %d", s.Offset.N))
		return
	case len(s.OrderBy) > 0 && s.Limit == nil:
		b.report(b.fail(s.OrderBy[0].Pos(), "ORDER BY needs LIMIT: results are updated in place and have no order otherwise").WithCode(ast.CodeSyntax).
			WithHint("add LIMIT 10, or leave out ORDER BY"))
		return
	}
	if s.Offset != nil && s.Limit != nil && s.Offset.N > math.MaxInt64-s.Limit.N {
		b.report(b.fail(s.Offset.At, "LIMIT and OFFSET together are out of range").WithCode(ast.CodeRange))
	}
	for _, o := range s.OrderBy {
		b.report(b.orderItem(o))
	}
}

// orderItem binds one item of ORDER BY.
func (b *binder) orderItem(o ast.OrderItem) *ast.Error {
	b.ordering = true
	x, err := b.orderExpr(o.Expr)
	b.ordering = false
	if err != nil {
		return err
	}
	if !function.Comparable.Has(x.Type()) {
		err := b.refuse(o.Pos(), "ordering by %s, which is %s, is not supported yet", short(o.Expr), x.Type())
		if x.Type().Kind == record.Array {
			return err.WithHint("order by one thing of it: cardinality(%s), or its first element, %s[1]", short(o.Expr), short(o.Expr))
		}
		return err.WithHint("order by a text or a number of it: %s, or CAST(%s AS DOUBLE)", textOf(o.Expr), o.Expr)
	}
	b.order = append(b.order, plan.SortKey{Expr: x, Desc: o.Desc, NullsFirst: nullsFirst(o)})
	return b.take(o.Pos(), x)
}

// nullsFirst reports whether NULLs come first: where it is not said, they are the
// greatest values.
func nullsFirst(o ast.OrderItem) bool {
	switch o.Nulls {
	case ast.NullsFirst:
		return true
	case ast.NullsLast:
		return false
	default:
		return o.Desc
	}
}

// orderExpr binds one sort key: an output column, else what SELECT could name.
func (b *binder) orderExpr(e ast.Expr) (plan.Expr, *ast.Error) {
	s := groupScope
	if b.group == nil {
		s = rowScope
	}
	switch x := ast.Unparen(e).(type) {
	case *ast.Name:
		if out := b.outputColumn(x); out != nil {
			return out, nil
		}
		column, err := b.name(s, x)
		if err != nil {
			return nil, b.outputMeant(x, err)
		}
		return column, nil
	case *ast.NumberLit:
		item, err := b.ordinal(x, "ORDER BY")
		if err != nil {
			return nil, err
		}
		return b.value(s, item)
	case *ast.StringLit, *ast.NullLit, *ast.BoolLit:
		return nil, b.notColumn(e, "ORDER BY")
	default:
		return b.value(s, e)
	}
}

// limited returns an output of which rows are kept: the first in an order, by a TopK, or
// the first that come.
func (b *binder) limited(out *plan.Output) *plan.Output {
	order, limit, skip := b.order, b.stmt.Limit, offset(b.stmt)
	if limit == nil {
		order, limit, skip = b.rel.order, b.rel.limit, b.rel.skip
	}
	switch {
	case limit == nil:
	case len(order) == 0:
		out.Limit, out.Skip = limit.N, skip
	default:
		out.In = &plan.TopK{In: out.In, Order: order, K: limit.N, Skip: skip}
	}
	return out
}

// offset returns how many rows in order come before those that are wanted.
func offset(s *ast.Statement) int64 {
	if s.Offset == nil {
		return 0
	}
	return s.Offset.N
}
