package sqlite

import (
	"fmt"
	"strings"

	"github.com/millrace/millrace/integration/reference"
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/ast"
)

// translation is a query in SQLite's SQL, whose result columns are the window's
// start (where there is one), the keys, then the outputs.
type translation struct {
	sql     string
	size    int64 // of the window in nanoseconds, 0 for none
	keys    []record.Type
	outputs []record.Type
	names   []string
	texts   []string // of the outputs, as they tell whether two are the same
	ordered bool
	grouped bool
}

// translator holds a query while it is translated.
type translator struct {
	stmt    *ast.Statement
	with    *reference.With
	depth   int      // of queries above
	columns []column // of what FROM names, and then of what is unnested
	from    string   // what follows FROM
	lower   []typed  // keys of the groups that FROM has; none: it has rows
	window  string   // expression of the window's start, "" for none
	size    int64
	grouped bool
	keys    []typed
	ids     []string        // of the keys
	aliases map[string]bool // being resolved
}

// typed is an expression in SQLite's SQL with the type that we give it.
type typed struct {
	sql string
	typ record.Type
}

func unsupported(format string, args ...any) error {
	return &Unsupported{Reason: fmt.Sprintf(format, args...)}
}

func quoteName(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }

func translate(stmt *ast.Statement, with *reference.With, depth int) (*translation, error) {
	if what := unheeded(stmt); what != "" {
		return nil, unsupported("%s", what)
	}
	tr := &translator{stmt: stmt, with: with.And(stmt.With), depth: depth, aliases: map[string]bool{}}
	if err := tr.source(); err != nil {
		return nil, err
	}
	stmt = tr.stmt
	if stmt.Limit != nil && len(stmt.OrderBy) == 0 && tr.from != "tweets" {
		return nil, unsupported("the first rows of a query")
	}
	filters, err := tr.filters()
	if err != nil {
		return nil, err
	}
	if err := tr.groupBy(); err != nil {
		return nil, err
	}
	if tr.lower != nil {
		if tr.grouped {
			return nil, unsupported("groups of groups")
		}
		tr.keys = tr.lower
	}
	t := &translation{size: tr.size, ordered: len(stmt.OrderBy) > 0, grouped: tr.grouped || tr.lower != nil}
	var inner []string
	if tr.size > 0 {
		inner = append(inner, tr.window+" AS w")
	}
	for i, k := range tr.keys {
		inner = append(inner, fmt.Sprintf("%s AS k%d", k.sql, i))
		t.keys = append(t.keys, k.typ)
	}
	for _, item := range stmt.Select {
		outs, names, err := tr.output(item)
		if err != nil {
			return nil, err
		}
		for i, o := range outs {
			inner = append(inner, fmt.Sprintf("%s AS o%d", o.sql, len(t.outputs)))
			t.outputs, t.texts = append(t.outputs, o.typ), append(t.texts, tr.identity(item.Expr, o))
			t.names = append(t.names, names[i])
		}
	}
	order, sorts, err := tr.order(t)
	if err != nil {
		return nil, err
	}
	q := "SELECT " + strings.Join(append(inner, sorts...), ", ") + " FROM " + tr.from + filters
	if tr.grouped {
		having, err := tr.having()
		if err != nil {
			return nil, err
		}
		q += having
	}
	t.sql = t.outer(q, order, stmt)
	return t, nil
}

// outer orders and limits the inner query's rows, per window where there is one.
func (t *translation) outer(inner, order string, stmt *ast.Statement) string {
	limit, offset := stmt.Limit, int64(0)
	if stmt.Offset != nil {
		offset = stmt.Offset.N
	}
	var cols []string
	if t.size > 0 {
		cols = append(cols, "w")
	}
	for i := range t.keys {
		cols = append(cols, fmt.Sprintf("k%d", i))
	}
	for i := range t.outputs {
		cols = append(cols, fmt.Sprintf("o%d", i))
	}
	list := strings.Join(cols, ", ")
	switch {
	case order == "" && t.size > 0:
		return inner + " ORDER BY w"
	case order == "" && limit != nil: // the first that came
		return inner + fmt.Sprintf(" ORDER BY rowid LIMIT %d OFFSET %d", limit.N, offset)
	case order == "":
		return inner
	case t.size == 0:
		q := "SELECT " + list + " FROM (" + inner + ") ORDER BY " + order
		if limit != nil {
			q += fmt.Sprintf(" LIMIT %d OFFSET %d", limit.N, offset)
		}
		return q
	default:
		q := "SELECT " + list + ", row_number() OVER (PARTITION BY w ORDER BY " + order + ") AS r FROM (" + inner + ")"
		q = "SELECT " + list + " FROM (" + q + ")"
		if limit != nil {
			q += fmt.Sprintf(" WHERE r > %d AND r <= %d", offset, offset+limit.N)
		}
		return q + " ORDER BY w, r"
	}
}

// filters is WHERE, and the window's demand for an event time.
func (tr *translator) filters() (string, error) {
	var conds []string
	if tr.stmt.Where != nil {
		w, err := tr.expr(tr.stmt.Where)
		if err != nil {
			return "", err
		}
		conds = append(conds, "("+w.sql+")")
	}
	if w := tr.stmt.From.Window; w != nil {
		c := tr.column(tr.stripped(nameOf(w.Time)))
		if c == nil || c.typ.Kind != record.Timestamp {
			return "", fmt.Errorf("%s is no time", nameOf(w.Time))
		}
		at := c.sql
		tr.size = w.Size.Span.Nanoseconds()
		tr.window = fmt.Sprintf("(%[1]s - ((%[1]s %% %[2]d) + %[2]d) %% %[2]d)", at, tr.size)
		conds = append(conds, at+" IS NOT NULL")
	}
	if len(conds) == 0 {
		return "", nil
	}
	return " WHERE " + strings.Join(conds, " AND "), nil
}

func (tr *translator) having() (string, error) {
	var by []string
	if tr.size > 0 {
		by = append(by, tr.window)
	}
	for _, k := range tr.keys {
		by = append(by, k.sql)
	}
	s := ""
	if len(by) > 0 {
		s = " GROUP BY " + strings.Join(by, ", ")
	}
	if tr.stmt.Having == nil {
		return s, nil
	}
	inner := *tr
	inner.aliases = map[string]bool{}
	h, err := inner.aliased(tr.stmt.Having)
	if err != nil {
		return "", err
	}
	return s + " HAVING " + h.sql, nil
}

// output translates one item of SELECT; * is many.
func (tr *translator) output(item ast.SelectItem) ([]typed, []string, error) {
	if _, ok := item.Expr.(*ast.Star); ok {
		var outs []typed
		var names []string
		for _, c := range tr.columns {
			outs = append(outs, c.typed)
			names = append(names, c.name)
		}
		return outs, names, nil
	}
	o, err := tr.expr(item.Expr)
	if err != nil {
		return nil, nil, err
	}
	return []typed{o}, []string{tr.outputName(item)}, nil
}

func (tr *translator) outputName(item ast.SelectItem) string {
	switch e := item.Expr.(type) {
	case *ast.Name:
		if item.Alias == nil {
			return tr.stripped(nameOf(e))
		}
	case *ast.Call:
		if item.Alias == nil && len(e.Args) == 1 {
			if n, ok := e.Args[0].(*ast.Name); ok {
				return e.Func + "(" + tr.stripped(nameOf(n)) + ")"
			}
		}
	}
	if item.Alias != nil {
		return item.Alias.Name
	}
	return item.Expr.String()
}

// order returns ORDER BY with the tie rule, and the columns that it needs.
func (tr *translator) order(t *translation) (order string, sorts []string, err error) {
	if len(tr.stmt.OrderBy) == 0 {
		return "", nil, nil
	}
	var terms []string
	for i, item := range tr.stmt.OrderBy {
		inner := *tr
		inner.aliases = map[string]bool{}
		translate, e := inner.expr, item.Expr
		switch x := ast.Unparen(e).(type) {
		case *ast.Name:
			translate = inner.aliased
		case *ast.NumberLit:
			if e, err = tr.ordinal(x); err != nil {
				return "", nil, err
			}
		}
		x, err := translate(e)
		if err != nil {
			return "", nil, err
		}
		if x.typ.Kind == record.Array {
			return "", nil, unsupported("order of arrays")
		}
		sorts = append(sorts, fmt.Sprintf("%s AS s%d", x.sql, i))
		term := fmt.Sprintf("s%d ASC NULLS LAST", i)
		if item.Desc {
			term = fmt.Sprintf("s%d DESC NULLS FIRST", i)
		}
		switch item.Nulls {
		case ast.NullsFirst:
			term = strings.Replace(term, "NULLS LAST", "NULLS FIRST", 1)
		case ast.NullsLast:
			term = strings.Replace(term, "NULLS FIRST", "NULLS LAST", 1)
		case ast.NullsDefault:
		}
		terms = append(terms, term)
	}
	for i, typ := range t.outputs {
		if typ.Kind == record.Array {
			return "", nil, unsupported("order of arrays")
		}
		terms = append(terms, fmt.Sprintf("o%d ASC NULLS FIRST", i))
	}
	for i, typ := range t.keys {
		if typ.Kind == record.Array {
			return "", nil, unsupported("order of arrays")
		}
		terms = append(terms, fmt.Sprintf("k%d ASC NULLS FIRST", i))
	}
	return strings.Join(terms, ", "), sorts, nil
}
