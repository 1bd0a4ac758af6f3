package sqlite

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/millrace/millrace/libs/sql/ast"
)

// groupBy finds the keys: of GROUP BY, or of SELECT DISTINCT, which are all that is
// selected.
func (tr *translator) groupBy() error {
	aggregates := false
	for _, item := range tr.stmt.Select {
		aggregates = aggregates || hasAggregate(item.Expr)
	}
	for _, item := range tr.stmt.OrderBy {
		aggregates = aggregates || hasAggregate(item.Expr)
	}
	tr.grouped = aggregates || len(tr.stmt.GroupBy) > 0 || tr.stmt.Having != nil || tr.size > 0
	if tr.stmt.Distinct && !tr.grouped {
		tr.grouped = true
		for _, item := range tr.stmt.Select {
			outs, _, err := tr.output(item)
			if err != nil {
				return err
			}
			for _, o := range outs {
				tr.add(item.Expr, o)
			}
		}
	}
	for _, e := range tr.stmt.GroupBy {
		if n, ok := ast.Unparen(e).(*ast.Name); ok && tr.windowBound(nameOf(n)) != nil {
			continue
		}
		of, err := tr.groupItem(e)
		if err != nil {
			return err
		}
		k, err := tr.expr(of)
		if err != nil {
			return err
		}
		tr.add(of, k)
	}
	return nil
}

// add adds a key that is not there.
func (tr *translator) add(e ast.Expr, k typed) {
	if id := tr.identity(e, k); !slices.Contains(tr.ids, id) {
		tr.ids, tr.keys = append(tr.ids, id), append(tr.keys, k)
	}
}

// identity is the same for two expressions that are one key. CAST and TRY_CAST are the same
// to SQLite, which is not asked where they would not be, but they are two keys; and two
// columns of a query below are one where they are one expression there.
func (tr *translator) identity(e ast.Expr, k typed) string {
	id := k.sql + " " + k.typ.String()
	for _, c := range tr.columns {
		if c.of != "" {
			id = strings.ReplaceAll(id, c.sql, "("+c.of+")")
		}
	}
	ast.Walk(e, func(x ast.Expr) bool {
		if c, ok := x.(*ast.Cast); ok {
			id += fmt.Sprint(" ", c.Try)
		}
		return true
	})
	return id
}

// groupItem is what an item of GROUP BY means: a column, else an output column by its
// number or name, else itself.
func (tr *translator) groupItem(e ast.Expr) (ast.Expr, error) {
	switch x := ast.Unparen(e).(type) {
	case *ast.NumberLit:
		return tr.ordinal(x)
	case *ast.Name:
		if tr.column(tr.stripped(nameOf(x))) != nil {
			return e, nil
		}
		for _, item := range tr.stmt.Select {
			if item.Alias != nil && item.Alias.Name == nameOf(x) {
				return item.Expr, nil
			}
		}
	}
	return e, nil
}

func (tr *translator) ordinal(l *ast.NumberLit) (ast.Expr, error) {
	n, err := strconv.Atoi(l.Text)
	if err != nil || n < 1 || n > len(tr.stmt.Select) {
		return nil, fmt.Errorf("there is no output column %s", l.Text)
	}
	return tr.stmt.Select[n-1].Expr, nil
}

// isAggregate tells functions of groups from those of single values.
func isAggregate(c *ast.Call) bool {
	return c.Star || slices.Contains([]string{"count", "sum", "avg", "min", "max"}, c.Func)
}

// hasAggregate reports whether an aggregate is called in the expression.
func hasAggregate(e ast.Expr) bool {
	found := false
	ast.Walk(e, func(x ast.Expr) bool {
		c, ok := x.(*ast.Call)
		found = found || ok && isAggregate(c)
		return !found
	})
	return found
}
