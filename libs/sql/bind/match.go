package bind

import (
	"errors"
	"unicode/utf8"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/sql/function"
	"github.com/millrace/millrace/libs/sql/plan"
)

// like binds X [NOT] [I]LIKE pattern [ESCAPE 'c'] with the pattern written anew
// with backslash as escape.
func (b *binder) like(s scope, e *ast.Like) (plan.Expr, *ast.Error) {
	name, word := plan.FuncLike, "LIKE"
	if e.Fold {
		name, word = plan.FuncILike, "ILIKE"
	}
	x, pattern, err := b.textAndLiteral(s, word, e.X, e.Pattern, e.OpAt, e.Not)
	if err != nil {
		return nil, err
	}
	escape := '\\'
	if e.Escape != nil {
		if escape, err = b.escape(e.Escape); err != nil {
			return nil, err
		}
	}
	if !pattern.IsNull() {
		p, perr := function.ParsePattern(pattern.Str(), escape)
		if errors.Is(perr, function.ErrPattern) {
			return nil, b.fail(e.Pattern.Pos(), "nothing follows the escape character %c at the end of the pattern", escape).
				WithHint("write it twice to match it")
		}
		pattern = record.Text(p.String())
	}
	return negated(e.Not, boolean(name, x, &plan.Literal{Value: pattern})), nil
}

// escape binds the character after ESCAPE.
func (b *binder) escape(e ast.Expr) (rune, *ast.Error) {
	lit, ok := unwrap(e).(*ast.StringLit)
	if !ok || utf8.RuneCountInString(lit.Value) != 1 {
		err := b.fail(e.Pos(), "expected one character between single quotes, found %s", short(e))
		err.Expected, err.Found = "one character between single quotes", e.String()
		return 0, err.WithHint("for example ESCAPE '!'")
	}
	r, _ := utf8.DecodeRuneInString(lit.Value)
	return r, nil
}

// contains binds X [NOT] [I]CONTAINS needle.
func (b *binder) contains(s scope, e *ast.Contains) (plan.Expr, *ast.Error) {
	name, word := plan.FuncContains, "CONTAINS"
	if e.Fold {
		name, word = plan.FuncIContains, "ICONTAINS"
	}
	x, needle, err := b.textAndLiteral(s, word, e.X, e.Needle, e.OpAt, e.Not)
	if err != nil {
		return nil, err
	}
	return negated(e.Not, boolean(name, x, &plan.Literal{Value: needle})), nil
}

// textAndLiteral binds the operands of a text operator: a text and a string
// literal, either of which may be NULL.
func (b *binder) textAndLiteral(s scope, word string, x, with ast.Expr, opAt ast.Pos, not bool) (plan.Expr, record.Value, *ast.Error) {
	text, err := b.value(s, x)
	if err != nil {
		return nil, record.Value{}, err
	}
	switch text.Type().Kind {
	case record.Varchar:
	case record.Unknown:
		text = &plan.Literal{Value: record.NullOf(record.VarcharType)}
	default:
		err := b.fail(x.Pos(), "%s takes text, but %s is %s", word, short(x), text.Type())
		err.Expected, err.Found = "VARCHAR", text.Type().String()
		if text.Type().Kind == record.Array {
			return nil, record.Value{}, err.WithHint("%s", ast.AnyHint(unwrap(with), short(x), not))
		}
		if text.Type().Numeric() {
			return nil, record.Value{}, err.WithHint("numbers compare: %s > 100", short(x))
		}
		return nil, record.Value{}, err
	}
	switch l := unwrap(with).(type) {
	case *ast.StringLit:
		return text, record.Text(l.Value), nil
	case *ast.NullLit:
		return text, record.NullOf(record.VarcharType), nil
	case *ast.Name:
		if _, err := b.name(s, l); err != nil {
			return nil, record.Value{}, b.textMeant(s, err, true, l)
		}
	}
	err = b.fail(with.Pos(), "%s takes a text between single quotes, found %s", word, short(with))
	err.Expected, err.Found = "a text between single quotes", with.String()
	if opAt == with.Pos() {
		return nil, record.Value{}, err
	}
	return nil, record.Value{}, err.WithHint("for example %s %s 'go'", short(x), word)
}

// member binds L = ANY(Array).
func (b *binder) member(s scope, e *ast.AnyCompare) (plan.Expr, *ast.Error) {
	array, err := b.value(s, e.Array)
	if err != nil {
		return nil, err
	}
	t := array.Type()
	if t.Kind != record.Array {
		err := b.fail(e.Array.Pos(), "ANY takes an array, but %s is %s", short(e.Array), t)
		err.Expected, err.Found = "ARRAY", t.String()
		return nil, err.WithHint("write %s = %s", short(e.L), short(e.Array))
	}
	needle, err := b.value(s, e.L)
	if err != nil {
		return nil, b.textMeant(s, err, true, e.L)
	}
	lit, ok := literal(needle)
	if !ok {
		return nil, b.fail(e.L.Pos(), "a column left of = ANY is not supported yet").
			WithHint("write a literal: 'go' = ANY(%s)", short(e.Array))
	}
	if lit.Value.Type().Kind == record.Unknown {
		return nil, b.fail(e.L.Pos(), "NULL = ANY(%s) is never TRUE", short(e.Array)).
			WithHint("%s IS NULL tests whether there is an array", short(e.Array))
	}
	elem := &plan.Column{Typ: *t.Elem}
	adapted, err := b.adapt(lit, e.L, elem, e.Array)
	if err != nil {
		err := b.fail(e.L.Pos(), "%s is %s, but the elements of %s are %s", short(e.L), lit.Value.Type(), short(e.Array), t.Elem)
		err.Expected, err.Found = t.Elem.String(), e.L.String()
		return nil, err
	}
	return boolean(plan.FuncMember, array, adapted), nil
}
