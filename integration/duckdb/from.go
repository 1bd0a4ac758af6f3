package duckdb

import (
	"fmt"
	"strings"

	"github.com/millrace/millrace/integration/reference"
	"github.com/millrace/millrace/libs/sql/ast"
)

func quoteName(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }

func nameList(names []*ast.Ident) string {
	if len(names) == 0 {
		return ""
	}
	all := make([]string, len(names))
	for i, n := range names {
		all[i] = quoteName(n.Name)
	}
	return "(" + strings.Join(all, ", ") + ")"
}

// from translates what follows FROM.
func (tr *translator) from(f *ast.From) (string, error) {
	if f.Sample != nil {
		return "", unsupported("TABLESAMPLE, which draws others")
	}
	var q string
	switch {
	case f.Values != nil:
		var rows []string
		for _, list := range f.Values {
			row, err := tr.list(list)
			if err != nil {
				return "", err
			}
			rows = append(rows, "("+row+")")
		}
		q = "(VALUES " + strings.Join(rows, ", ") + ")"
		if f.Alias == nil {
			columns := make([]string, len(f.Values[0]))
			for i := range columns {
				columns[i] = fmt.Sprintf("column%d", i+1)
			}
			return q + " AS v(" + strings.Join(columns, ", ") + ")", nil
		}
	case f.Query != nil:
		below, err := new(translator).statement(f.Query, false)
		if err != nil {
			return "", err
		}
		q = "(" + below + ")"
		if f.Query.From.Window != nil {
			return "", unsupported("windows below")
		}
	default:
		q = quoteName(f.Stream.Name)
	}
	if f.Window != nil {
		at := quoteName(tr.columnOf(f.Window.Time))
		size := fmt.Sprintf("to_microseconds(%d)", f.Window.Size.Span.Microseconds())
		start := fmt.Sprintf("time_bucket(%s, %s, TIMESTAMP '1970-01-01')", size, at)
		q = fmt.Sprintf("(SELECT *, %s AS window_start, %s + %s AS window_end FROM %s WHERE %s IS NOT NULL)", start, start, size, q, at)
		if f.Alias == nil {
			q += " AS " + quoteName(f.Stream.Name)
		}
	}
	if f.Alias != nil {
		q += " AS " + quoteName(f.Alias.Name) + nameList(f.Columns)
	}
	for i, u := range f.Unnest {
		x, err := tr.expr(u.Array)
		if err != nil {
			return "", err
		}
		name, columns := fmt.Sprintf("unnest%d", i), nameList(u.Columns)
		element := "unnest"
		if u.Alias != nil {
			name, element = u.Alias.Name, u.Alias.Name
		}
		if columns == "" {
			columns = "(" + quoteName(element) + ")"
			if u.Ordinality {
				columns = "(" + quoteName(element) + ", ordinality)"
			}
		}
		if u.Ordinality { // DuckDB's is not of arrays of a row: positions are unnested beside the elements
			x = fmt.Sprintf("(SELECT unnest(%[1]s), unnest(range(1, len(%[1]s) + 1)))", x)
		} else {
			x = fmt.Sprintf("(SELECT unnest(%s))", x)
		}
		q += ", LATERAL " + x + " AS " + quoteName(name) + columns
	}
	return q, nil
}

// isColumn reports whether the stream has a column of a name.
func isColumn(name string) bool {
	for _, c := range reference.Columns() {
		if c.Name == name {
			return true
		}
	}
	return name == document
}

// columnOf is the name of the column that a name means, without what FROM calls its owner.
func (tr *translator) columnOf(n *ast.Name) string {
	_, column := tr.split(n)
	return column
}

// split takes a name apart: the part of FROM, "" where it is not named, and the column.
func (tr *translator) split(n *ast.Name) (owner, column string) {
	parts := make([]string, len(n.Parts))
	for i := range n.Parts {
		parts[i] = n.Parts[i].Name
	}
	whole := strings.Join(parts, ".")
	if len(parts) > 1 && tr.owners[parts[0]] && !isColumn(whole) {
		return parts[0], strings.Join(parts[1:], ".")
	}
	return "", whole
}
