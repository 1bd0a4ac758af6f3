package bind

import (
	"slices"
	"strings"

	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/sql/function"
)

// unknownColumn explains a name that no column has.
func (b *binder) unknownColumn(n *ast.Name) *ast.Error {
	err := b.fail(n.Pos(), "unknown column %s", n).WithCode(ast.CodeColumn)
	err.Expected, err.Found = "a column of "+b.rel.title(), n.String()
	names := b.columnNames()
	if parts := within(join(b.unqualified(n)), names); len(parts) > 0 {
		return err.WithHint("%s holds the columns %s", join(b.unqualified(n)), few(parts))
	}
	near, isNear := b.nearestColumn(n)
	switch text := len(n.Parts) == 1 && n.Parts[0].Quoted; {
	case !text && presentElsewhere(n):
		return err.WithHint("the time of a post is CURRENT_TIMESTAMP, and its day CURRENT_DATE")
	case isNear && text:
		return err.WithHint("did you mean %s? Text stands between single quotes: %s", written(near), ast.Quote(n.Parts[0].Name))
	case isNear:
		return err.WithHint("did you mean %s?", written(near))
	case text:
		return err.WithHint("text stands between single quotes: %s", ast.Quote(n.Parts[0].Name))
	}
	if len(n.Parts) > 1 {
		above := b.unqualified(n)
		if parts := within(join(above[:len(above)-1]), names); len(parts) > 0 {
			return err.WithHint("columns of %s: %s", join(above[:len(above)-1]), few(parts))
		}
	}
	if len(names) == 0 {
		return err.WithHint("%s has constants; columns stand in a list: x IN (a, b)", b.rel.title())
	}
	for i := range names {
		names[i] = written(names[i])
	}
	return err.WithHint("columns of %s: %s", b.rel.title(), few(names))
}

func (b *binder) columnNames() []string {
	var names []string
	for _, c := range b.rel.columns {
		if !c.hidden {
			names = append(names, c.name)
		}
	}
	return names
}

// nearestColumn finds the column that may have been meant: one that ends in the
// name (screen_name), is spelt nearly like it (user.folowers_count), ends nearly
// in it (folowers_count), goes on from it (followers), or does so from what is
// spelt nearly like it (user.folowers).
func (b *binder) nearestColumn(n *ast.Name) (string, bool) {
	name := strings.ToLower(join(b.unqualified(n)))
	names := b.columnNames()
	for _, c := range names {
		if strings.EqualFold(c, name) || strings.HasSuffix(c, "."+name) {
			return c, true
		}
	}
	if near, ok := ast.Nearest(name, names); ok {
		return near, true
	}
	last := make([]string, len(names))
	for i, c := range names {
		last[i] = c[strings.LastIndexByte(c, '.')+1:]
	}
	if near, ok := ast.Nearest(name, last); ok {
		for i := range last {
			if last[i] == near {
				return names[i], true
			}
		}
	}
	_, tail, nested := strings.Cut(name, ".")
	for i, c := range names {
		if len(name) >= 4 && strings.HasPrefix(last[i], name) || nested && len(tail) >= 3 && strings.HasPrefix(c, name) {
			return c, true
		}
	}
	var starts, of []string
	for _, c := range names {
		for at, r := range c {
			if r == '_' {
				starts, of = append(starts, c[:at]), append(of, c)
			}
		}
	}
	if near, ok := ast.Nearest(name, starts); ok && len(name) >= 4 {
		return of[slices.Index(starts, near)], true
	}
	return "", false
}

// aliasElsewhere improves on an unknown column that is the name of an output
// column, where those cannot be used.
func (b *binder) aliasElsewhere(s scope, n *ast.Name, err *ast.Error) *ast.Error {
	if len(n.Parts) != 1 {
		return err
	}
	for _, item := range b.stmt.Select {
		if item.Alias == nil || !same(n.Parts[0], *item.Alias) {
			continue
		}
		if b.ordering && s != argScope {
			return b.fail(n.Pos(), "%s is an output column, which ORDER BY takes by itself, not within an expression", n).WithCode(ast.CodeColumn).
				WithHint("write ORDER BY %s DESC, or in the expression what %s is: %s", n, n, short(item.Expr))
		}
		err := b.fail(n.Pos(), "%s is an output column, which %s cannot use", n, clause(s)).WithCode(ast.CodeColumn)
		if s == whereScope && hasCall(item.Expr) {
			return err.WithHint("a condition on %s belongs in HAVING", item.Expr)
		}
		return err.WithHint("write %s", item.Expr)
	}
	return err
}

func clause(s scope) string {
	switch s {
	case whereScope:
		return "WHERE"
	case argScope:
		return "an aggregate"
	case keyScope:
		return "GROUP BY"
	case rowScope, groupScope:
		return "SELECT"
	case havingScope:
		return "HAVING"
	case unnestScope:
		return "UNNEST"
	default:
		return "this clause"
	}
}

// unknownFunction explains a call of what is neither an aggregate nor a function.
func (b *binder) unknownFunction(c *ast.Call) *ast.Error {
	var names []string
	for _, a := range function.Aggregates() {
		names = append(append(names, a.Name), a.Aliases...)
	}
	err := b.fail(c.At, "unknown function %s", c.Func).WithCode(ast.CodeFunction)
	err.Found = c.Func
	if hint, ok := function.Elsewhere(c.Func); ok {
		return err.WithHint("%s", hint)
	}
	if f, ok := function.LookupName(c.Func); ok {
		return err.WithHint("write %s", f.SQL)
	}
	if near, ok := ast.Nearest(c.Func, append(names, function.Callables()...)); ok {
		return err.WithHint("did you mean %s?", near)
	}
	return err.WithHint("functions and aggregates are listed in docs/sql-functions.md")
}
