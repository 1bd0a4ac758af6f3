package sqlite

import (
	"fmt"
	"slices"
	"strconv"

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
			tr.add(outs...)
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
		tr.add(k)
	}
	return nil
}

// add adds keys that are not there.
func (tr *translator) add(keys ...typed) {
	for _, k := range keys {
		if !slices.ContainsFunc(tr.keys, func(have typed) bool { return have.sql == k.sql && have.typ.Kind == k.typ.Kind }) {
			tr.keys = append(tr.keys, k)
		}
	}
}

// groupItem is what an item of GROUP BY means: a column, else an output column by its
// number or name, else itself.
func (tr *translator) groupItem(e ast.Expr) (ast.Expr, error) {
	switch x := ast.Unparen(e).(type) {
	case *ast.NumberLit:
		return tr.ordinal(x)
	case *ast.Name:
		if _, column := tr.columns[tr.stripped(nameOf(x))]; column {
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
