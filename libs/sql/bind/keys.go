package bind

import (
	"slices"
	"strconv"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/sql/plan"
)

// groupItem binds an item of GROUP BY: an expression over the columns, the number of
// an output column or, where no column is called so, its name.
func (b *binder) groupItem(e ast.Expr) *ast.Error {
	switch x := ast.Unparen(e).(type) {
	case *ast.NumberLit:
		item, err := b.ordinal(x, "GROUP BY")
		if err != nil {
			return err
		}
		return b.groupExpr(item)
	case *ast.Name:
		if _, ok := windowBound(b.unqualified(x)); ok {
			if b.window == nil {
				return b.noWindow(x)
			}
			b.group.bounds = true
			return nil
		}
		if item := b.aliased(x); item != nil {
			if _, err := b.column(x); err != nil {
				return b.groupExpr(item)
			}
		}
	case *ast.StringLit, *ast.NullLit, *ast.BoolLit:
		return b.notColumn(e, "GROUP BY")
	}
	return b.groupExpr(e)
}

// groupExpr makes an expression a key.
func (b *binder) groupExpr(e ast.Expr) *ast.Error {
	x, err := b.value(keyScope, e)
	if err != nil {
		if n, ok := ast.Unparen(e).(*ast.Name); ok {
			return b.firstUse(n, err)
		}
		return err
	}
	if x.Type().Kind == record.JSON {
		return b.refuse(e.Pos(), "grouping by %s, which is JSON, is not supported yet", short(e)).
			WithHint("group by a text of it: CAST(%s AS VARCHAR)", short(e))
	}
	switch bounds, columns := b.partsOf(x); {
	case bounds && columns:
		return b.refuse(e.Pos(), "grouping by %s, of a bound of the window and of columns, is not supported", short(e)).
			WithHint("group by the columns in it, and compute it in SELECT")
	case bounds: // it is one and the same in all groups of a window
		return nil
	}
	before := len(b.group.keys)
	err = b.key(e.Pos(), x)
	if len(b.group.keys) > before {
		b.group.sources = append(b.group.sources, e)
	}
	return err
}

// key makes x a key, unless it is one.
func (b *binder) key(at ast.Pos, x plan.Expr) *ast.Error {
	if !b.group.add(x) {
		return nil
	}
	return b.take(at, x)
}

// aliased returns the expression of the output column that has the name as its alias;
// nil: there is none.
func (b *binder) aliased(n *ast.Name) ast.Expr {
	if len(n.Parts) != 1 {
		return nil
	}
	for _, item := range b.stmt.Select {
		if item.Alias != nil && same(n.Parts[0], *item.Alias) {
			return item.Expr
		}
	}
	return nil
}

// ordinal returns the expression of the output column of a number, from 1.
func (b *binder) ordinal(l *ast.NumberLit, where string) (ast.Expr, *ast.Error) {
	n, err := strconv.Atoi(l.Text)
	if err != nil || n < 1 || n > len(b.stmt.Select) {
		return nil, b.fail(l.At, "%s %s: there is no output column of that number", where, l.Text).WithCode(ast.CodeReference).
			WithHint("output columns are numbered from 1 to %d", len(b.stmt.Select))
	}
	item := b.stmt.Select[n-1].Expr
	if _, ok := item.(*ast.Star); ok {
		return nil, b.fail(l.At, "%s %s: * is no single column", where, l.Text).WithCode(ast.CodeReference).WithHint("name the column")
	}
	return item, nil
}

// groupKey returns the reference to the key that an expression above the groups is;
// nil: it is none, or a column, whose names are looked up as such.
func (b *binder) groupKey(s scope, e ast.Expr) plan.Expr {
	if s != groupScope && s != havingScope || !b.group.computed {
		return nil
	}
	switch ast.Unparen(e).(type) {
	case *ast.Name, *ast.NullLit, *ast.BoolLit, *ast.NumberLit, *ast.StringLit, *ast.TimeLit, *ast.IntervalLit, *ast.Star:
		return nil
	}
	if b.overGroups(e) {
		return nil
	}
	x, err := b.value(keyScope, e)
	if err != nil {
		return nil
	}
	if i := b.group.index(x); i >= 0 {
		return &plan.Ref{Kind: plan.KeyRef, Index: i, Typ: x.Type()}
	}
	return nil
}

// overGroups is hasAggregate for what is asked at every level of an expression.
func (b *binder) overGroups(e ast.Expr) bool {
	if over, ok := b.grouped[e]; ok {
		return over
	}
	over, below := isAggregate(e), false
	ast.Walk(e, func(x ast.Expr) bool {
		if below {
			over = over || b.overGroups(x)
			return false
		}
		below = true
		return !over
	})
	if b.grouped == nil {
		b.grouped = make(map[ast.Expr]bool)
	}
	b.grouped[e] = over
	return over
}

// keyed is an expression that is bound as a key is, as a value or as a condition; where it
// is not evaluated for every row, constants in it may be wrong.
type keyed struct {
	e         ast.Expr
	condition bool
	reach     reach
}

// boundKey is what comes of binding an expression as a key.
type boundKey struct {
	x   plan.Expr
	err *ast.Error
}

// asKey binds an expression over the columns, once: above groups all that is computed may
// be a key, and is asked for at every level.
func (b *binder) asKey(e ast.Expr, bind func(scope, ast.Expr) (plan.Expr, *ast.Error), condition bool) (plan.Expr, *ast.Error) {
	at := keyed{e, condition, b.reach}
	k, ok := b.asKeys[at]
	if !ok {
		if k.x, k.err = bind(keyScope, e); k.err == nil {
			k.x, k.err = b.measured(e, k.x)
		}
		if b.asKeys == nil {
			b.asKeys = make(map[keyed]boundKey)
		}
		b.asKeys[at] = k
	}
	return k.x, k.err
}

// distinct makes the rows of SELECT DISTINCT groups of their own. Where there are
// groups already, their rows are different if all keys are among the output columns.
func (b *binder) distinct() *ast.Error {
	s := b.stmt
	if !s.Distinct {
		return nil
	}
	grouped := len(s.GroupBy) > 0 || b.window != nil
	if !grouped && slices.ContainsFunc(s.Select, func(i ast.SelectItem) bool { return hasAggregate(i.Expr) }) {
		return nil // one row; columns beside the aggregates are refused as without DISTINCT
	}
	shown := map[int]bool{}
	for _, item := range s.Select {
		if star, ok := item.Expr.(*ast.Star); ok {
			if grouped {
				return nil // refused as the * of a grouping query
			}
			if err := b.distinctStar(star); err != nil {
				return err
			}
			continue
		}
		if hasAggregate(item.Expr) {
			continue
		}
		if !grouped {
			if err := b.groupExpr(item.Expr); err != nil {
				return err
			}
			continue
		}
		if x, err := b.value(keyScope, item.Expr); err == nil {
			shown[b.group.index(x)] = true
		}
	}
	for i := range b.group.keys {
		if grouped && !shown[i] {
			return b.refuse(s.DistinctAt, "SELECT DISTINCT over groups that are told apart by %s, which is not selected, is not supported",
				short(b.group.sources[i])).WithHint("select %s, too, or leave out DISTINCT", short(b.group.sources[i]))
		}
	}
	return nil
}

func (b *binder) distinctStar(star *ast.Star) *ast.Error {
	columns, err := b.starred(star)
	if err != nil {
		return err
	}
	for _, c := range columns {
		if c.typ().Kind == record.JSON {
			return b.refuse(star.At, "SELECT DISTINCT of %s, which is JSON, is not supported", c.name).WithHint("list the other columns")
		}
		if err := b.key(star.At, c.expr); err != nil {
			return err
		}
	}
	return nil
}
