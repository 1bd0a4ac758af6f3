package bind

import (
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/sql/plan"
)

// value binds an expression. A literal has the type that it would have by itself.
func (b *binder) value(s scope, e ast.Expr) (plan.Expr, *ast.Error) {
	if x := b.groupKey(s, e); x != nil {
		return x, nil
	}
	if s == keyScope {
		return b.asKey(e, b.written, false)
	}
	x, err := b.written(s, e)
	if err != nil {
		return nil, err
	}
	return b.measured(e, x)
}

// written binds an expression that is no key.
func (b *binder) written(s scope, e ast.Expr) (plan.Expr, *ast.Error) {
	switch e := e.(type) {
	case *ast.Paren:
		return b.value(s, e.X)
	case *ast.Name:
		return b.name(s, e)
	case *ast.Call:
		return b.call(s, e)
	case *ast.NullLit:
		return &plan.Literal{}, nil
	case *ast.BoolLit:
		return &plan.Literal{Value: record.Bool(e.Value)}, nil
	case *ast.NumberLit:
		v, err := b.number(e)
		x := &plan.Literal{Value: v}
		if err == nil && inexact(e) {
			b.whole.decimals[x] = e.Text
		}
		return x, err
	case *ast.StringLit:
		return &plan.Literal{Value: record.Text(e.Value)}, nil
	case *ast.TimeLit:
		t := record.TimestampType
		if e.Date {
			t = record.DateType
		}
		v, err := b.timeText(e.At, e.Text, t)
		return &plan.Literal{Value: v}, err
	case *ast.Star:
		return nil, b.fail(e.At, "* stands alone in SELECT * or in count(*)").WithCode(ast.CodeSyntax)
	case *ast.Compare, *ast.AnyCompare, *ast.And, *ast.Or, *ast.Not, *ast.IsNull, *ast.IsTruth, *ast.IsDistinct, *ast.Between,
		*ast.In, *ast.InQuery, *ast.Like, *ast.Contains, *ast.Match:
		return b.predicate(s, e)
	default:
		if x, err, ok := b.operator(s, e); ok {
			return x, err
		}
		return nil, b.refuse(e.Pos(), "expressions of type %T are not supported yet", e)
	}
}

// short is e's text for a message.
func short(e ast.Expr) string {
	const most = 60
	text := []rune(e.String())
	if len(text) > most {
		return string(text[:most-1]) + "…"
	}
	return string(text)
}

func literal(e plan.Expr) (*plan.Literal, bool) {
	l, ok := e.(*plan.Literal)
	return l, ok
}
