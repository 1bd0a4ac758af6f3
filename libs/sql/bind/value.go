package bind

import (
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/sql/plan"
)

// value binds an operand: a literal, a name or an aggregate. A literal has the
// type that it would have by itself.
func (b *binder) value(s scope, e ast.Expr) (plan.Expr, *ast.Error) {
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
		return &plan.Literal{Value: v}, err
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
		return nil, b.fail(e.At, "* stands alone in SELECT * or in count(*)")
	case *ast.Compare, *ast.AnyCompare, *ast.And, *ast.Or, *ast.Not, *ast.IsNull, *ast.Between, *ast.In, *ast.Like, *ast.Contains:
		err := b.fail(e.Pos(), "expected a column or a literal, found the condition %s", short(e))
		err.Expected, err.Found = "a column or a literal", e.String()
		return nil, err
	default:
		return nil, b.fail(e.Pos(), "expressions of type %T are not supported yet", e)
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

// unwrap removes parentheses.
func unwrap(e ast.Expr) ast.Expr {
	for {
		p, ok := e.(*ast.Paren)
		if !ok {
			return e
		}
		e = p.X
	}
}

func literal(e plan.Expr) (*plan.Literal, bool) {
	l, ok := e.(*plan.Literal)
	return l, ok
}
