package ast

import "strings"

// String writes what follows FROM, a window in its standard spelling.
func (f From) String() string {
	var b strings.Builder
	switch {
	case f.Query != nil:
		b.WriteString("(" + f.Query.String() + ")")
	case f.Values != nil:
		writeValues(&b, f.Values)
	case f.Window != nil:
		b.WriteString("TABLE(" + f.Window.Func + "(TABLE " + f.Stream.String() + ", " + f.Window.String() + "))")
	default:
		b.WriteString(f.Stream.String())
	}
	if f.Alias != nil {
		b.WriteString(" AS " + f.Alias.text(false) + columnNames(f.Columns))
	}
	if f.Sample != nil {
		b.WriteString(" " + f.Sample.String())
	}
	for _, u := range f.Unnest {
		b.WriteString(" CROSS JOIN " + u.String())
	}
	return b.String()
}

func writeValues(b *strings.Builder, rows [][]Expr) {
	for i, row := range rows {
		b.WriteString(listLead(i, "(VALUES "))
		b.WriteByte('(')
		writeList(b, row)
		b.WriteByte(')')
	}
	b.WriteByte(')')
}

// columnNames writes (a, b, …), with a space before it, or nothing.
func columnNames(names []*Ident) string {
	if len(names) == 0 {
		return ""
	}
	s := ""
	for i, n := range names {
		s += listLead(i, " (") + n.String()
	}
	return s + ")"
}

// String writes the window function's arguments after the stream.
func (w *Window) String() string {
	return "DESCRIPTOR(" + w.Time.String() + "), " + w.Size.String()
}

// String writes TABLESAMPLE BERNOULLI (percent) [REPEATABLE (seed)].
func (s *Sample) String() string {
	text := "TABLESAMPLE BERNOULLI (" + s.Percent.String() + ")"
	if s.Repeatable != nil {
		text += " REPEATABLE (" + s.Repeatable.String() + ")"
	}
	return text
}

// String writes UNNEST(array) [WITH ORDINALITY] [AS name [(column, …)]].
func (u Unnest) String() string {
	s := "UNNEST(" + u.Array.String() + ")"
	if u.Ordinality {
		s += " WITH ORDINALITY"
	}
	if u.Alias != nil {
		s += " AS " + u.Alias.text(false) + columnNames(u.Columns)
	}
	return s
}
