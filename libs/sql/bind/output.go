package bind

import (
	"strconv"
	"strings"

	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/sql/plan"
)

// selectList binds the output columns, and reports whether nothing is wrong with them.
func (b *binder) selectList(s scope) bool {
	seen := make(map[string]bool, len(b.stmt.Select))
	add := func(pos ast.Pos, name string, e plan.Expr) *ast.Error {
		if seen[name] && !b.unnamed {
			return b.fail(pos, "two output columns are called %s", name).WithCode(ast.CodeDuplicate).
				WithHint("give one another name: … AS %s", another(name, seen))
		}
		if err := b.take(pos, e); err != nil {
			return err
		}
		seen[name] = true
		b.cols = append(b.cols, plan.NamedExpr{Name: name, Expr: e})
		return nil
	}
	ok := true
	for _, item := range b.stmt.Select {
		if star, is := item.Expr.(*ast.Star); is {
			ok = b.report(b.star(s, star, add)) && ok
			continue
		}
		x, err := b.value(s, item.Expr)
		if err == nil {
			err = add(item.Pos(), b.outputName(item), x)
		}
		ok = b.report(err) && ok
	}
	return ok
}

func (b *binder) star(s scope, star *ast.Star, add func(ast.Pos, string, plan.Expr) *ast.Error) *ast.Error {
	all := s == groupScope && b.stmt.Distinct && len(b.stmt.GroupBy) == 0 && b.window == nil
	if s != rowScope && !all {
		return b.fail(star.At, "SELECT * does not go with GROUP BY or aggregates").WithCode(ast.CodeGrouping).
			WithHint("list the grouped columns and the aggregates")
	}
	columns, err := b.starred(star)
	if err != nil {
		return err
	}
	for _, c := range columns {
		x := c.expr
		if all {
			x = &plan.Ref{Kind: plan.KeyRef, Index: b.group.index(x), Typ: c.typ()}
		}
		if err := add(star.At, c.name, x); err != nil {
			return err
		}
	}
	return nil
}

// starred returns the columns that * or name.* stands for.
func (b *binder) starred(star *ast.Star) ([]column, *ast.Error) {
	rel := b.rel
	if of := star.Of; of != nil {
		if rel = b.called(of.Parts[0]); rel == nil || len(of.Parts) > 1 {
			return nil, b.fail(of.Pos(), "%s is not what FROM names", of).WithCode(ast.CodeStream).WithHint("write * for all columns")
		}
	}
	var shown []column
	for _, c := range rel.columns {
		if !c.hidden {
			shown = append(shown, c)
		}
	}
	return shown, nil
}

// outputName is the alias, else the dotted name of the column, else the
// aggregate as it is written, in lower case.
func (b *binder) outputName(item ast.SelectItem) string {
	if item.Alias != nil {
		return item.Alias.Name
	}
	switch e := ast.Unparen(item.Expr).(type) {
	case *ast.Name:
		return b.canonicalName(e)
	case *ast.Call:
		if e.Star && e.Filter == nil {
			return e.Func + "(*)"
		}
		if len(e.Args) == 1 && !e.Distinct && len(e.OrderBy) == 0 && e.Filter == nil {
			if n, ok := ast.Unparen(e.Args[0]).(*ast.Name); ok {
				return e.Func + "(" + b.canonicalName(n) + ")"
			}
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
		return c.name
	}
	return n.String()
}

// outputColumn returns the output column that n names, or nil.
func (b *binder) outputColumn(n *ast.Name) plan.Expr {
	if len(n.Parts) != 1 {
		return nil
	}
	for _, c := range b.cols {
		if same(n.Parts[0], ast.Ident{Name: c.Name}) {
			return c.Expr
		}
	}
	return nil
}

// another returns a name like that of an output column, which none has and which can be
// written as it is.
func another(name string, seen map[string]bool) string {
	const most = 30
	words := strings.FieldsFunc(name, func(r rune) bool { return !ast.IdentPart(r) })
	name = strings.Join(words, "_")
	if len(words) == 0 || len(name) > most || !ast.IdentStart([]rune(name)[0]) {
		name = "column"
	}
	for n := 2; ; n++ {
		if next := name + "_" + strconv.Itoa(n); !seen[next] {
			return next
		}
	}
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
