package bind

import (
	"errors"
	"unicode/utf8"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/sql/function"
	"github.com/millrace/millrace/libs/sql/plan"
)

// like binds X [NOT] [I]LIKE pattern [ESCAPE 'c'], with a pattern that is known written
// anew with backslash as escape.
func (b *binder) like(s scope, e *ast.Like) (plan.Expr, *ast.Error) {
	name, word := plan.FuncLike, "LIKE"
	if e.Fold {
		name, word = plan.FuncILike, "ILIKE"
	}
	x, pattern, err := b.texts(s, word, e.X, e.Pattern, e.OpAt, e.Not)
	if err != nil {
		return nil, err
	}
	escape := '\\'
	if e.Escape != nil {
		if escape, err = b.escape(e.Escape); err != nil {
			return nil, err
		}
	}
	switch lit, ok := literal(pattern); {
	case !ok && escape != '\\':
		return nil, b.fail(e.Escape.Pos(), "ESCAPE goes with a pattern between single quotes, not with %s", short(e.Pattern)).WithCode(ast.CodePattern).
			WithHint("in patterns that are computed, backslash is the escape character")
	case ok && !lit.Value.IsNull():
		p, perr := function.ParsePattern(lit.Value.Str(), escape)
		if errors.Is(perr, function.ErrPattern) {
			return nil, b.fail(e.Pattern.Pos(), "nothing follows the escape character %c at the end of the pattern", escape).WithCode(ast.CodePattern).
				WithHint("write it twice to match it")
		}
		pattern = &plan.Literal{Value: record.Text(p.String())}
	}
	matches := &plan.Call{Func: name, Args: []plan.Expr{x, pattern}, Typ: record.BooleanType}
	return negated(e.Not, matches), b.prepare(e.OpAt, []ast.Expr{e.X, e.Pattern}, matches)
}

// escape binds the character after ESCAPE.
func (b *binder) escape(e ast.Expr) (rune, *ast.Error) {
	lit, ok := ast.Unparen(e).(*ast.StringLit)
	if !ok || utf8.RuneCountInString(lit.Value) != 1 {
		err := b.fail(e.Pos(), "expected one character between single quotes, found %s", short(e)).WithCode(ast.CodePattern)
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
	x, needle, err := b.texts(s, word, e.X, e.Needle, e.OpAt, e.Not)
	if err != nil {
		return nil, err
	}
	return negated(e.Not, boolean(name, x, needle)), nil
}

// texts binds the operands of a text operator, either of which may be NULL.
func (b *binder) texts(s scope, word string, x, with ast.Expr, opAt ast.Pos, not bool) (text, pattern plan.Expr, err *ast.Error) {
	if text, err = b.value(s, x); err != nil {
		return nil, nil, err
	}
	switch text.Type().Kind {
	case record.Varchar:
	case record.Unknown:
		text = &plan.Literal{Value: record.NullOf(record.VarcharType)}
	default:
		err := b.fail(x.Pos(), "%s takes text, but %s is %s", word, short(x), text.Type())
		err.Expected, err.Found = "VARCHAR", text.Type().String()
		if text.Type().Kind == record.Array {
			return nil, nil, err.WithHint("%s", ast.AnyHint(ast.Unparen(with), short(x), not))
		}
		if text.Type().Numeric() {
			return nil, nil, err.WithHint("numbers compare: %s > 100", short(x))
		}
		if text.Type().Kind == record.JSON {
			return nil, nil, err.WithHint("its text is %s; all of it, with its quotes, CAST(%s AS VARCHAR)", textOf(x), short(x))
		}
		return nil, nil, err.WithHint("its text is CAST(%s AS VARCHAR)", short(x))
	}
	if pattern, err = b.value(s, with); err != nil {
		return nil, nil, b.textMeant(s, err, true, with)
	}
	switch pattern.Type().Kind {
	case record.Varchar:
		return text, pattern, nil
	case record.Unknown:
		return text, &plan.Literal{Value: record.NullOf(record.VarcharType)}, nil
	default:
	}
	err = b.fail(with.Pos(), "%s takes a text between single quotes, found %s, which is %s", word, short(with), pattern.Type())
	err.Expected, err.Found = "a text between single quotes", with.String()
	if pattern.Type().Kind == record.JSON {
		return nil, nil, err.WithHint("its text is %s", textOf(with))
	}
	if opAt == with.Pos() {
		return nil, nil, err
	}
	return nil, nil, err.WithHint("for example %s %s 'go'", short(x), word)
}
