package reference

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/ast"
)

// inQuery compiles IN (SELECT …) over VALUES, which is IN of what the query returns.
func (s *scope) inQuery(e *ast.InQuery) (predicate, error) {
	rows, err := constantRows(e.Query, s.q.with)
	if err != nil {
		return nil, err
	}
	list := &ast.In{X: e.X}
	for _, row := range rows {
		if len(row) != 1 {
			return nil, fmt.Errorf("IN (SELECT …) with %d columns", len(row))
		}
		if row[0].written == nil {
			return nil, fmt.Errorf("%s in IN (SELECT …)", row[0].value.Type())
		}
		list.List = append(list.List, row[0].written)
	}
	if len(list.List) == 0 {
		if _, err := s.value(e.X); err != nil {
			return nil, err
		}
		return func(*env) truth { return no }, nil
	}
	return s.in(list)
}

// cell is a value, and how it may be written; nil: in no way.
type cell struct {
	value   record.Value
	written ast.Expr
}

// constantRows are the rows of a query over VALUES, by way of other queries perhaps.
func constantRows(stmt *ast.Statement, with *With) ([][]cell, error) {
	with = with.And(stmt.With)
	if len(stmt.GroupBy) > 0 || stmt.Having != nil || stmt.Limit != nil || len(stmt.OrderBy) > 0 {
		return nil, errors.New("more than SELECT, FROM and WHERE in IN (SELECT …)")
	}
	names, rows, err := constantSource(&stmt.From, with)
	if err != nil {
		return nil, err
	}
	var out [][]cell
	for _, row := range rows {
		kept, err := constantRow(stmt, names, row)
		if err != nil {
			return nil, err
		}
		if kept != nil {
			out = append(out, kept)
		}
	}
	for _, branch := range stmt.UnionAll {
		more, err := constantRows(branch, with)
		if err != nil {
			return nil, err
		}
		out = append(out, more...)
	}
	return out, nil
}

// constantSource are the rows that FROM gives, and their names.
func constantSource(f *ast.From, with *With) (names []string, rows [][]cell, err error) {
	called, below := f.Columns, f.Query
	switch cte := with.Find(f.Stream); {
	case len(f.Unnest) > 0 || f.Sample != nil || f.Window != nil:
		return nil, nil, errors.New("more than VALUES in IN (SELECT …)")
	case f.Values != nil:
		for _, list := range f.Values {
			row := make([]cell, len(list))
			for i, e := range list {
				if row[i], err = (&scope{q: &Query{stmt: &ast.Statement{}}}).constantValue(e); err != nil {
					return nil, nil, err
				}
			}
			rows = append(rows, row)
		}
		for i := range f.Values[0] {
			names = append(names, "column"+strconv.Itoa(i+1))
		}
	case f.Query != nil:
		rows, err = constantRows(f.Query, with)
	case cte != nil:
		below = cte.CTE.Query
		if len(called) == 0 {
			called = cte.CTE.Columns
		}
		rows, err = constantRows(below, cte.Above)
	default:
		return nil, nil, errors.New("IN (SELECT …) over a stream")
	}
	if below != nil {
		for i, item := range below.Select {
			name := "column" + strconv.Itoa(i+1)
			if n, ok := ast.Unparen(item.Expr).(*ast.Name); ok {
				name = n.Parts[len(n.Parts)-1].Name
			}
			if item.Alias != nil {
				name = item.Alias.Name
			}
			names = append(names, name)
		}
	}
	for i, c := range called {
		names[i] = c.Name
	}
	return names, rows, err
}

// constantRow is what the query selects of a row; nil: WHERE does not keep it.
func constantRow(stmt *ast.Statement, names []string, row []cell) ([]cell, error) {
	q := &Query{stmt: stmt, names: names, lower: &Query{}}
	for i := range row {
		q.united = append(q.united, output{names[i], literal(row[i].value), ""})
	}
	e := &env{}
	for i := range row {
		e.united = append(e.united, &row[i].value)
	}
	s := &scope{q: q}
	if stmt.Where != nil {
		p, err := s.predicate(stmt.Where)
		if err != nil {
			return nil, err
		}
		if p(e) != yes {
			return nil, nil
		}
	}
	out := []cell{}
	for _, item := range stmt.Select {
		if _, star := item.Expr.(*ast.Star); star {
			out = append(out, row...)
			continue
		}
		if n, ok := ast.Unparen(item.Expr).(*ast.Name); ok {
			if i := slices.Index(names, n.Parts[len(n.Parts)-1].Name); i >= 0 {
				out = append(out, row[i])
				continue
			}
		}
		x, err := s.value(item.Expr)
		if err != nil {
			return nil, err
		}
		v, err := constantOf(item.Expr, x.eval(e))
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// constantValue evaluates what names no column.
func (s *scope) constantValue(e ast.Expr) (cell, error) {
	x, err := s.value(e)
	if err != nil {
		return cell{}, err
	}
	return constantOf(e, x.eval(&env{doc: &Document{}}))
}

// constantOf is the value of what stands at e; a number stays as it is written.
func constantOf(e ast.Expr, v *record.Value) (cell, error) {
	if v == nil {
		return cell{}, fmt.Errorf("%s cannot be computed", e)
	}
	if n, ok := ast.Unparen(e).(*ast.NumberLit); ok {
		return cell{*v, n}, nil
	}
	return cell{*v, written(*v)}, nil
}

// written is a value as it is written in a query; nil: it is of another type.
func written(v record.Value) ast.Expr {
	switch {
	case v.IsNull():
		return &ast.NullLit{}
	case v.Type().Kind == record.Varchar:
		return &ast.StringLit{Value: v.Str()}
	case v.Type().Kind == record.Boolean:
		return &ast.BoolLit{Value: v.Bool()}
	case v.Type().Numeric():
		return &ast.NumberLit{Text: v.String()}
	default:
		return nil
	}
}
