package reference

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/millrace/millrace/libs/sql/ast"
)

// compileGroupBy finds the keys: of GROUP BY, or of SELECT DISTINCT, which groups by
// all that it selects.
func (q *Query) compileGroupBy() error {
	aggregates := hasAggregate(q.stmt.Having)
	for _, item := range q.stmt.Select {
		aggregates = aggregates || hasAggregate(item.Expr)
	}
	for _, item := range q.stmt.OrderBy {
		aggregates = aggregates || hasAggregate(item.Expr)
	}
	q.grouped = aggregates || q.stmt.Distinct || len(q.stmt.GroupBy) > 0 || q.stmt.Having != nil || q.windowSize > 0
	if q.isAbove() && q.grouped && (q.lower != nil || q.source().limit >= 0) {
		return errors.New("groups of groups, or of a query with LIMIT")
	}
	for _, e := range q.stmt.GroupBy {
		if err := q.groupItem(e); err != nil {
			return err
		}
	}
	if q.stmt.Distinct && len(q.stmt.GroupBy) == 0 && q.windowSize == 0 && !aggregates {
		return q.distinct()
	}
	if q.stmt.Distinct {
		return q.distinctGroups()
	}
	return nil
}

// groupItem adds a key: a column, else the output column of the name or number, else
// an expression.
func (q *Query) groupItem(e ast.Expr) error {
	switch x := ast.Unparen(e).(type) {
	case *ast.NumberLit:
		item, err := q.ordinal(x)
		if err != nil {
			return err
		}
		e = item
	case *ast.Name:
		if q.windowBound(joined(x)) != nil {
			return nil
		}
		if _, column := q.resolve(x); column {
			break
		}
		for _, item := range q.stmt.Select {
			if item.Alias != nil && len(x.Parts) == 1 && item.Alias.Name == x.Parts[0].Name {
				e = item.Expr
				break
			}
		}
	}
	return q.groupBy(e)
}

func (q *Query) groupBy(e ast.Expr) error {
	s := scope{q: q}
	x, err := s.value(e)
	if err != nil {
		return err
	}
	if text := q.canonical(e); !slices.Contains(q.keyTexts, text) {
		q.keys, q.keyTexts = append(q.keys, x), append(q.keyTexts, text)
	}
	return nil
}

func (q *Query) distinct() error {
	for _, item := range q.stmt.Select {
		if _, star := item.Expr.(*ast.Star); !star {
			if err := q.groupBy(item.Expr); err != nil {
				return err
			}
			continue
		}
		for _, i := range q.starred() {
			if text := q.columnText(i); !slices.Contains(q.keyTexts, text) {
				q.keys, q.keyTexts = append(q.keys, q.columnExpr(i)), append(q.keyTexts, text)
			}
		}
	}
	return nil
}

// distinctGroups holds that groups are different as soon as all their keys are shown.
func (q *Query) distinctGroups() error {
	for _, k := range q.keyTexts {
		shown := slices.ContainsFunc(q.stmt.Select, func(item ast.SelectItem) bool { return q.canonical(item.Expr) == k })
		if !shown {
			return fmt.Errorf("DISTINCT over groups by %s, which is not shown", k)
		}
	}
	return nil
}

// ordinal is the expression of an output column by its number.
func (q *Query) ordinal(l *ast.NumberLit) (ast.Expr, error) {
	n, err := strconv.Atoi(l.Text)
	if err != nil || n < 1 || n > len(q.stmt.Select) {
		return nil, fmt.Errorf("there is no output column %s", l.Text)
	}
	if _, star := q.stmt.Select[n-1].Expr.(*ast.Star); star {
		return nil, fmt.Errorf("output column %s is *", l.Text)
	}
	return q.stmt.Select[n-1].Expr, nil
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

func (q *Query) compileOutputs() error {
	for _, item := range q.stmt.Select {
		s := scope{q: q, grouped: q.grouped}
		if _, ok := item.Expr.(*ast.Star); ok {
			for _, i := range q.starred() {
				x, err := s.column(i)
				if err != nil {
					return err
				}
				q.outputs = append(q.outputs, output{q.nameOf(i), x, q.columnText(i)})
			}
			continue
		}
		x, err := s.value(item.Expr)
		if err != nil {
			return err
		}
		q.outputs = append(q.outputs, output{q.outputName(item), x, q.canonical(item.Expr)})
	}
	return nil
}

// outputName is the alias, else the column's name, else the aggregate of one column as
// count(user.id) spells it, else what is written.
func (q *Query) outputName(item ast.SelectItem) string {
	if item.Alias != nil {
		return item.Alias.Name
	}
	switch e := ast.Unparen(item.Expr).(type) {
	case *ast.Name:
		return q.columnName(e)
	case *ast.Call:
		switch {
		case e.Filter != nil || e.Distinct || len(e.OrderBy) > 0:
		case e.Star:
			return e.Func + "(*)"
		case len(e.Args) == 1:
			if n, ok := ast.Unparen(e.Args[0]).(*ast.Name); ok {
				return e.Func + "(" + q.columnName(n) + ")"
			}
		}
	}
	return item.Expr.String()
}

func (q *Query) columnName(n *ast.Name) string {
	if i, ok := q.resolve(n); ok {
		return q.nameOf(i)
	}
	return joined(n)
}
