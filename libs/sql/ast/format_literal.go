package ast

import "strings"

// String writes * or name.*.
func (s *Star) String() string {
	if s.Of != nil {
		return s.Of.String() + ".*"
	}
	return "*"
}

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

// String writes INTERVAL '…' [UNIT].
func (l *IntervalLit) String() string {
	s := "INTERVAL " + Quote(l.Text)
	if l.Unit != "" {
		s += " " + l.Unit
	}
	return s
}

// String writes the type: BIGINT, ARRAY<VARCHAR>.
func (t *TypeName) String() string {
	if t.Elem == nil {
		return t.Name
	}
	return t.Name + "<" + t.Elem.String() + ">"
}
