package duckdb

import (
	"fmt"
	"strings"
	"time"

	"github.com/millrace/millrace/libs/sql/ast"
)

// translation is a query in DuckDB's SQL, whose first column is the window's start where there
// is one.
type translation struct {
	sql     string
	size    time.Duration // of the window, 0 for none
	ordered bool
	rank    int // of the last row that was read
}

// translate translates a whole query: ties in its order are broken by its columns.
func translate(stmt *ast.Statement) (*translation, error) {
	t := &translation{ordered: len(stmt.OrderBy) > 0}
	if w := stmt.From.Window; w != nil {
		if t.size = w.Size.Span; t.ordered {
			return nil, unsupported("the first rows of every window")
		}
	}
	tr := &translator{}
	var err error
	if t.ordered && len(stmt.UnionAll) == 0 {
		t.sql, err = tr.inOrder(stmt)
	} else {
		t.sql, err = tr.statement(stmt, t.size > 0)
	}
	return t, err
}

// translator translates one SELECT.
type translator struct {
	stmt   *ast.Statement
	owners map[string]bool // what FROM calls its parts
}

// statement translates a query as it stands; starts puts the window's start first.
func (*translator) statement(stmt *ast.Statement, starts bool) (string, error) {
	switch {
	case len(stmt.UnionAll) > 0 && (len(stmt.OrderBy) > 0 || stmt.Limit != nil):
		return "", unsupported("a union in order")
	case stmt.Limit != nil && len(stmt.OrderBy) == 0:
		return "", unsupported("the first rows in no order")
	}
	first := *stmt
	first.UnionAll = nil
	var parts []string
	for _, s := range append([]*ast.Statement{&first}, stmt.UnionAll...) {
		one, err := newTranslator(s).selection(s, starts)
		if err != nil {
			return "", err
		}
		parts = append(parts, one)
	}
	q := strings.Join(parts, " UNION ALL ")
	if len(stmt.With) == 0 {
		return q, nil
	}
	var with []string
	for _, c := range stmt.With {
		below, err := new(translator).statement(c.Query, false)
		if err != nil {
			return "", err
		}
		with = append(with, quoteName(c.Name.Name)+nameList(c.Columns)+" AS ("+below+")")
	}
	return "WITH " + strings.Join(with, ", ") + " " + q, nil
}

func newTranslator(stmt *ast.Statement) *translator {
	tr := &translator{stmt: stmt, owners: map[string]bool{}}
	f := &stmt.From
	for _, id := range []*ast.Ident{f.Stream, f.Alias} {
		if id != nil {
			tr.owners[id.Name] = true
		}
	}
	for _, u := range f.Unnest {
		if u.Alias != nil {
			tr.owners[u.Alias.Name] = true
		}
	}
	return tr
}

// selection translates one SELECT.
func (tr *translator) selection(stmt *ast.Statement, starts bool) (string, error) {
	items, err := tr.items(stmt)
	if err != nil {
		return "", err
	}
	if starts {
		items = append([]string{"min(window_start)"}, items...)
		if len(stmt.GroupBy) == 0 {
			return "", unsupported("windows without GROUP BY")
		}
	}
	body, err := tr.body(stmt)
	if err != nil {
		return "", err
	}
	order, err := tr.orderBy(stmt.OrderBy)
	if err != nil {
		return "", err
	}
	q := "SELECT " + distinct(stmt) + strings.Join(items, ", ") + body
	if order != "" {
		q += " ORDER BY " + order
	}
	return q + limited(stmt), nil
}

func distinct(stmt *ast.Statement) string {
	if stmt.Distinct {
		return "DISTINCT "
	}
	return ""
}

func limited(stmt *ast.Statement) string {
	s := ""
	if stmt.Limit != nil {
		s = fmt.Sprintf(" LIMIT %d", stmt.Limit.N)
	}
	if stmt.Offset != nil {
		s += fmt.Sprintf(" OFFSET %d", stmt.Offset.N)
	}
	return s
}

func (tr *translator) items(stmt *ast.Statement) ([]string, error) {
	var items []string
	for _, item := range stmt.Select {
		x, err := tr.expr(item.Expr)
		if err != nil {
			return nil, err
		}
		if item.Alias != nil {
			x += " AS " + quoteName(item.Alias.Name)
		} else if n, ok := ast.Unparen(item.Expr).(*ast.Name); ok {
			x += " AS " + quoteName(tr.columnOf(n))
		}
		items = append(items, x)
	}
	return items, nil
}

// body is what follows the columns, up to HAVING.
func (tr *translator) body(stmt *ast.Statement) (string, error) {
	from, err := tr.from(&stmt.From)
	if err != nil {
		return "", err
	}
	q := " FROM " + from
	if stmt.Where != nil {
		x, err := tr.expr(stmt.Where)
		if err != nil {
			return "", err
		}
		q += " WHERE " + x
	}
	var by []string
	if stmt.From.Window != nil { // either is the window
		by = append(by, "window_start", "window_end")
	}
	for _, e := range stmt.GroupBy {
		x, err := tr.position(e)
		if err != nil {
			return "", err
		}
		by = append(by, x)
	}
	if len(by) > 0 {
		q += " GROUP BY " + strings.Join(by, ", ")
	}
	if stmt.Having != nil {
		x, err := tr.expr(stmt.Having)
		if err != nil {
			return "", err
		}
		q += " HAVING " + x
	}
	return q, nil
}

// position is an item of GROUP BY or ORDER BY, where a number is that of a column.
func (tr *translator) position(e ast.Expr) (string, error) {
	if n, ok := ast.Unparen(e).(*ast.NumberLit); ok {
		return n.Text, nil
	}
	return tr.expr(e)
}

func (tr *translator) orderBy(items []ast.OrderItem) (string, error) {
	var keys []string
	for _, o := range items {
		x, err := tr.position(o.Expr)
		if err != nil {
			return "", err
		}
		keys = append(keys, x+direction(o))
	}
	return strings.Join(keys, ", "), nil
}

// direction says where NULLs stand, too, which is elsewhere in DuckDB if nothing is said.
func direction(o ast.OrderItem) string {
	d, nulls := " ASC", " NULLS LAST"
	if o.Desc {
		d, nulls = " DESC", " NULLS FIRST"
	}
	switch o.Nulls {
	case ast.NullsFirst:
		nulls = " NULLS FIRST"
	case ast.NullsLast:
		nulls = " NULLS LAST"
	case ast.NullsDefault:
	}
	return d + nulls
}

// inOrder translates a query with ORDER BY. Rows that tie are in order of their columns.
func (tr *translator) inOrder(stmt *ast.Statement) (string, error) {
	inner := *stmt
	inner.OrderBy, inner.Limit, inner.Offset, inner.With = nil, nil, nil, nil
	of := newTranslator(stmt)
	var outputs, items, keys []string
	for i, item := range stmt.Select {
		if _, star := item.Expr.(*ast.Star); star {
			return "", unsupported("* in order")
		}
		x, err := of.expr(item.Expr)
		if err != nil {
			return "", err
		}
		name := fmt.Sprintf("o%d", i)
		if item.Alias != nil {
			name = quoteName(item.Alias.Name)
		}
		outputs, items = append(outputs, name), append(items, x+" AS "+name)
	}
	for i, o := range stmt.OrderBy {
		if at := outputAt(stmt, o.Expr); at >= 0 {
			keys = append(keys, outputs[at]+direction(o))
			continue
		}
		if stmt.Distinct {
			return "", unsupported("different rows in the order of what is not shown")
		}
		x, err := of.expr(o.Expr)
		if err != nil {
			return "", err
		}
		items = append(items, fmt.Sprintf("%s AS s%d", x, i))
		keys = append(keys, fmt.Sprintf("s%d%s", i, direction(o)))
	}
	for _, o := range outputs {
		keys = append(keys, o+" ASC NULLS FIRST")
	}
	body, err := of.body(&inner)
	if err != nil {
		return "", err
	}
	q := "SELECT " + strings.Join(outputs, ", ") + " FROM (SELECT " + distinct(stmt) + strings.Join(items, ", ") + body + ") AS x ORDER BY " + strings.Join(keys, ", ") + limited(stmt)
	if len(stmt.With) == 0 {
		return q, nil
	}
	whole := &ast.Statement{With: stmt.With, Select: []ast.SelectItem{{Expr: &ast.NullLit{}}}, From: ast.From{Stream: &ast.Ident{Name: "tweets"}}}
	with, err := tr.statement(whole, false)
	if err != nil {
		return "", err
	}
	return with[:strings.LastIndex(with, "SELECT NULL FROM")] + q, nil
}

// outputAt is the output column that an item of ORDER BY is by its number or name, -1: none.
func outputAt(stmt *ast.Statement, e ast.Expr) int {
	switch x := ast.Unparen(e).(type) {
	case *ast.NumberLit:
		for i := range stmt.Select {
			if x.Text == fmt.Sprint(i+1) {
				return i
			}
		}
	case *ast.Name:
		for i, item := range stmt.Select {
			if len(x.Parts) == 1 && item.Alias != nil && item.Alias.Name == x.Parts[0].Name {
				return i
			}
		}
	}
	return -1
}
