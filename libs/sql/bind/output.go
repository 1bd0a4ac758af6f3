package bind

import (
	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/sql/plan"
)

// selectList binds the output columns.
func (b *binder) selectList(s scope) *ast.Error {
	seen := make(map[string]bool, len(b.stmt.Select))
	add := func(pos ast.Pos, name string, e plan.Expr) *ast.Error {
		if seen[name] {
			return b.fail(pos, "two output columns are called %s", name).
				WithHint("give one another name: … AS %s_2", ast.Printable(name))
		}
		seen[name] = true
		b.cols = append(b.cols, plan.NamedExpr{Name: name, Expr: e})
		return nil
	}
	for _, item := range b.stmt.Select {
		if star, ok := item.Expr.(*ast.Star); ok {
			if err := b.star(s, star, add); err != nil {
				return err
			}
			continue
		}
		x, err := b.selectItem(s, item)
		if err != nil {
			return err
		}
		if err := add(item.Pos(), b.outputName(item), x); err != nil {
			return err
		}
	}
	return nil
}

func (b *binder) star(s scope, star *ast.Star, add func(ast.Pos, string, plan.Expr) *ast.Error) *ast.Error {
	if s != rowScope {
		return b.fail(star.At, "SELECT * does not go with GROUP BY or aggregates").
			WithHint("list the grouped columns and the aggregates")
	}
	for _, c := range b.stream.Columns {
		if err := add(star.At, c.Name, &plan.Column{Name: c.Name, Typ: c.Type}); err != nil {
			return err
		}
	}
	return nil
}

func (b *binder) selectItem(s scope, item ast.SelectItem) (plan.Expr, *ast.Error) {
	switch e := unwrap(item.Expr).(type) {
	case *ast.Name:
		return b.name(s, e)
	case *ast.Call:
		return b.call(s, e)
	default:
		err := b.fail(e.Pos(), "expected a column or an aggregate, found %s", short(e))
		err.Expected, err.Found = "a column or an aggregate", e.String()
		if _, ok := e.(*ast.StringLit); ok {
			return nil, err.WithHint("names stand without quotes; single quotes make text")
		}
		return nil, err
	}
}

// outputName is the alias, else the dotted name of the column, else the
// aggregate as it is written, in lower case.
func (b *binder) outputName(item ast.SelectItem) string {
	if item.Alias != nil {
		return item.Alias.Name
	}
	switch e := unwrap(item.Expr).(type) {
	case *ast.Name:
		return b.canonicalName(e)
	case *ast.Call:
		if e.Star {
			return e.Func + "(*)"
		}
		if n, ok := unwrap(e.Args[0]).(*ast.Name); ok {
			return e.Func + "(" + b.canonicalName(n) + ")"
		}
	}
	return item.Expr.String()
}

// canonicalName is the name without stream or alias, as the catalog spells it.
func (b *binder) canonicalName(n *ast.Name) string {
	if bound, ok := windowBound(b.unqualified(n)); ok {
		if bound == plan.WindowStartRef {
			return windowStart
		}
		return windowEnd
	}
	if c, err := b.column(n); err == nil {
		return c.Name
	}
	return n.String()
}

// outputColumn returns the output column that n names, or nil.
func (b *binder) outputColumn(n *ast.Name) plan.Expr {
	if len(n.Parts) != 1 {
		return nil
	}
	for _, c := range b.cols {
		if same(n.Parts[0], ast.Ident{Name: c.Name, Quoted: true}) {
			return c.Expr
		}
	}
	return nil
}

// hasCall reports whether e calls a function.
func hasCall(e ast.Expr) bool {
	found := false
	ast.Walk(e, func(x ast.Expr) bool {
		_, call := x.(*ast.Call)
		found = found || call
		return !found
	})
	return found
}
