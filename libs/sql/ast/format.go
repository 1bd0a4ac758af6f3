package ast

import (
	"strconv"
	"strings"
)

// String writes the statement as one line of SQL that parses to the same tree
// but for positions.
func (s *Statement) String() string {
	var b strings.Builder
	if s.Explain != nil {
		b.WriteString(s.Explain.String() + " ")
	}
	b.WriteString("SELECT ")
	for i, item := range s.Select {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(item.String())
	}
	b.WriteString(" FROM ")
	b.WriteString(s.From.String())
	if s.Where != nil {
		b.WriteString(" WHERE ")
		writeExpr(&b, s.Where)
	}
	for i, g := range s.GroupBy {
		b.WriteString(listLead(i, " GROUP BY "))
		writeExpr(&b, g)
	}
	if s.Having != nil {
		b.WriteString(" HAVING ")
		writeExpr(&b, s.Having)
	}
	for i, o := range s.OrderBy {
		b.WriteString(listLead(i, " ORDER BY "))
		b.WriteString(o.String())
	}
	if s.Limit != nil {
		b.WriteString(" " + s.Limit.String())
	}
	if s.Emit != nil {
		b.WriteString(" " + s.Emit.String())
	}
	return b.String()
}

// String writes what stands before SELECT.
func (e *Explain) String() string {
	text := "EXPLAIN"
	if e.Sharing {
		text += " SHARING"
	}
	if e.Format != "" {
		text += " (FORMAT " + e.Format + ")"
	}
	return text
}

func listLead(i int, first string) string {
	if i == 0 {
		return first
	}
	return ", "
}

// String writes the item, with AS where it has an alias.
func (i SelectItem) String() string {
	if i.Alias == nil {
		return i.Expr.String()
	}
	return i.Expr.String() + " AS " + i.Alias.text(false)
}

// String writes what follows FROM, a window in its standard spelling.
func (f From) String() string {
	s := f.Stream.String()
	if f.Window != nil {
		s = "TABLE(" + f.Window.Func + "(TABLE " + s + ", " + f.Window.String() + "))"
	}
	if f.Alias != nil {
		s += " AS " + f.Alias.text(false)
	}
	return s
}

// String writes the window function's arguments after the stream.
func (w *Window) String() string {
	return "DESCRIPTOR(" + w.Time.String() + "), " + w.Size.String()
}

// String writes the sort key.
func (o OrderItem) String() string {
	s := o.Expr.String()
	if o.Desc {
		s += " DESC"
	}
	switch o.Nulls {
	case NullsFirst:
		s += " NULLS FIRST"
	case NullsLast:
		s += " NULLS LAST"
	case NullsDefault:
	}
	return s
}

// String writes LIMIT n.
func (l *Limit) String() string { return "LIMIT " + strconv.FormatInt(l.N, 10) }

// String writes EMIT CHANGES or EMIT FINAL.
func (e *Emit) String() string {
	if e.Final {
		return "EMIT FINAL"
	}
	return "EMIT CHANGES"
}

// String writes *.
func (s *Star) String() string { return "*" }

// String writes NULL.
func (l *NullLit) String() string { return "NULL" }

// String writes TRUE or FALSE.
func (l *BoolLit) String() string {
	if l.Value {
		return "TRUE"
	}
	return "FALSE"
}

// String writes the number as it was written.
func (l *NumberLit) String() string { return l.Text }

// String writes the text between single quotes.
func (l *StringLit) String() string { return Quote(l.Value) }

// Quote writes text as a SQL string literal.
func Quote(text string) string {
	return "'" + strings.ReplaceAll(text, "'", "''") + "'"
}

// String writes TIMESTAMP '…' or DATE '…'.
func (l *TimeLit) String() string {
	if l.Date {
		return "DATE " + Quote(l.Text)
	}
	return "TIMESTAMP " + Quote(l.Text)
}

// String writes INTERVAL '…' UNIT.
func (l *IntervalLit) String() string {
	return "INTERVAL " + Quote(l.Text) + " " + l.Unit
}
