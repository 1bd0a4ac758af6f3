package ast

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// String writes the statement as one line of SQL that parses to the same tree
// but for positions.
func (s *Statement) String() string {
	var b strings.Builder
	if s.Explain != nil {
		b.WriteString(s.Explain.String() + " ")
	}
	for i, c := range s.With {
		b.WriteString(listLead(i, "WITH "))
		b.WriteString(c.String())
	}
	if len(s.With) > 0 {
		b.WriteByte(' ')
	}
	s.writeSelect(&b)
	for _, u := range s.UnionAll {
		b.WriteString(" UNION ALL ")
		u.writeSelect(&b)
	}
	for i, o := range s.OrderBy {
		b.WriteString(listLead(i, " ORDER BY "))
		b.WriteString(o.String())
	}
	if s.Limit != nil {
		b.WriteString(" " + s.Limit.String())
	}
	if s.Offset != nil {
		b.WriteString(" " + s.Offset.String())
	}
	if s.Emit != nil {
		b.WriteString(" " + s.Emit.String())
	}
	return b.String()
}

// writeSelect writes what belongs to one SELECT of a union.
func (s *Statement) writeSelect(b *strings.Builder) {
	b.WriteString("SELECT ")
	if s.Distinct {
		b.WriteString("DISTINCT ")
	}
	for i, item := range s.Select {
		text := item.String()
		if i == 0 && !s.Distinct && beginsWithAll(text) {
			b.WriteString("ALL ")
		}
		b.WriteString(listLead(i, "") + text)
	}
	b.WriteString(" FROM ")
	b.WriteString(s.From.String())
	if s.Where != nil {
		b.WriteString(" WHERE ")
		writeExpr(b, s.Where)
	}
	for i, g := range s.GroupBy {
		b.WriteString(listLead(i, " GROUP BY "))
		writeExpr(b, g)
	}
	if s.Having != nil {
		b.WriteString(" HAVING ")
		writeExpr(b, s.Having)
	}
}

// beginsWithAll reports whether an item begins with a name that would be read as the ALL
// of SELECT ALL.
func beginsWithAll(item string) bool {
	rest, ok := strings.CutPrefix(item, "all")
	r, _ := utf8.DecodeRuneInString(rest)
	return ok && (rest == "" || !IdentPart(r))
}

// String writes name [(column, …)] AS (query).
func (c CTE) String() string {
	return c.Name.String() + columnNames(c.Columns) + " AS (" + c.Query.String() + ")"
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

// String writes OFFSET n.
func (o *Offset) String() string { return "OFFSET " + strconv.FormatInt(o.N, 10) }

// String writes EMIT CHANGES or EMIT FINAL.
func (e *Emit) String() string {
	if e.Final {
		return "EMIT FINAL"
	}
	return "EMIT CHANGES"
}
