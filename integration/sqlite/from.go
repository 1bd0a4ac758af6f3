package sqlite

import (
	"fmt"
	"strings"

	"github.com/millrace/millrace/integration/reference"
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/ast"
)

// column is a column of what is read.
type column struct {
	name string
	typed
	of string // of a query below: what it is there
}

// column returns that of a name, the first where UNNEST adds another; nil: there is none.
func (tr *translator) column(name string) *column {
	for i := range tr.columns {
		if tr.columns[i].name == name {
			return &tr.columns[i]
		}
	}
	return nil
}

// source finds what is read: the table, a query or a union, and what is unnested of it.
func (tr *translator) source() error {
	f := &tr.stmt.From
	cte := tr.with.Find(f.Stream)
	var err error
	switch {
	case len(tr.stmt.UnionAll) > 0:
		return tr.union()
	case f.Query != nil:
		err = tr.below(f.Query, tr.with)
	case cte != nil:
		if err = tr.below(cte.CTE.Query, cte.Above); err == nil {
			tr.rename(cte.CTE.Columns)
		}
	default:
		tr.from = "tweets"
		for _, c := range reference.Columns() {
			tr.columns = append(tr.columns, column{c.Name, typed{"tweets." + quoteName(c.Name), c.Type}, ""})
		}
	}
	if err != nil {
		return err
	}
	tr.rename(f.Columns)
	return tr.unnest()
}

func (tr *translator) rename(names []*ast.Ident) {
	for i, n := range names {
		tr.columns[i].name = n.Name
	}
}

// below reads a query. Its columns have names that nothing else has.
func (tr *translator) below(stmt *ast.Statement, with *reference.With) error {
	t, err := translate(stmt, with, tr.depth+1)
	switch {
	case err != nil:
		return err
	case t.size > 0:
		return unsupported("windows below")
	case stmt.Limit != nil:
		return unsupported("LIMIT below")
	}
	var items []string
	if t.grouped {
		tr.lower = []typed{}
	}
	for i, typ := range t.keys {
		name := fmt.Sprintf("b%dk%d", tr.depth, i)
		items, tr.lower = append(items, fmt.Sprintf("k%d AS %s", i, name)), append(tr.lower, typed{name, typ})
	}
	for i, typ := range t.outputs {
		name := fmt.Sprintf("b%do%d_", tr.depth, i)
		items, tr.columns = append(items, fmt.Sprintf("o%d AS %s", i, name)), append(tr.columns, column{t.names[i], typed{name, typ}, t.texts[i]})
	}
	tr.from = "(SELECT " + strings.Join(items, ", ") + " FROM (" + t.sql + "))"
	return nil
}

// union makes of the statement SELECT over its branches.
func (tr *translator) union() error {
	first := *tr.stmt
	first.With, first.UnionAll, first.OrderBy, first.Limit, first.Offset, first.Emit = nil, nil, nil, nil, nil, nil
	var parts []string
	for i, stmt := range append([]*ast.Statement{&first}, tr.stmt.UnionAll...) {
		t, err := translate(stmt, tr.with, tr.depth+1)
		if err != nil {
			return err
		}
		if t.grouped || t.size > 0 {
			return unsupported("a union of groups")
		}
		var items []string
		for j, typ := range t.outputs {
			name := fmt.Sprintf("b%do%d_", tr.depth, j)
			items = append(items, fmt.Sprintf("o%d AS %s", j, name))
			if i == 0 {
				tr.columns = append(tr.columns, column{t.names[j], typed{name, typ}, name})
				continue
			}
			switch c := &tr.columns[j]; {
			case c.typ.Kind == record.Unknown:
				c.typ = typ
			case typ.Kind != record.Unknown && typ.Kind != c.typ.Kind:
				return unsupported("a union of %s and %s", c.typ, typ)
			}
		}
		parts = append(parts, "SELECT "+strings.Join(items, ", ")+" FROM ("+t.sql+")")
	}
	tr.from = "(" + strings.Join(parts, " UNION ALL ") + ")"
	whole := *tr.stmt
	whole.Select, whole.Distinct, whole.Where, whole.GroupBy, whole.Having, whole.From, whole.UnionAll = nil, false, nil, nil, nil, ast.From{}, nil
	for i := range tr.columns {
		c := &tr.columns[i]
		if c.typ.Kind == record.Unknown { // NULL in all branches
			c.typ = record.VarcharType
		}
		whole.Select = append(whole.Select, ast.SelectItem{Expr: &ast.Name{Parts: []ast.Ident{{Name: c.name}}}})
	}
	tr.stmt = &whole
	return nil
}

// unnest asks json_each for the elements of arrays. Of NULL it has none.
func (tr *translator) unnest() error {
	for i, u := range tr.stmt.From.Unnest {
		array, err := tr.expr(u.Array)
		if err != nil {
			return err
		}
		if array.typ.Kind != record.Array || array.typ.Elem == nil || array.typ.Elem.Kind != record.Varchar {
			return unsupported("UNNEST of %s", array.typ)
		}
		name := "unnest"
		if u.Alias != nil {
			name = u.Alias.Name
		}
		names := []string{name, "ordinality"}
		for j, c := range u.Columns {
			names[j] = c.Name
		}
		at := fmt.Sprintf("e%d_%d", tr.depth, i)
		tr.from += ", json_each(" + array.sql + ") AS " + at
		tr.columns = append(tr.columns, column{names[0], typed{at + ".value", record.VarcharType}, ""})
		if u.Ordinality {
			tr.columns = append(tr.columns, column{names[1], typed{"(" + at + ".key + 1)", record.BigIntType}, ""})
		}
	}
	return nil
}
