package ast

import "strings"

// String writes the command as one line of SQL that parses to the same tree.
func (c *CreateStream) String() string {
	var b strings.Builder
	b.WriteString("CREATE ")
	if c.OrReplace {
		b.WriteString("OR REPLACE ")
	}
	b.WriteString("STREAM ")
	if c.IfNotExists {
		b.WriteString("IF NOT EXISTS ")
	}
	b.WriteString(c.Name.String() + " (")
	for i := range c.Columns {
		b.WriteString(listLead(i, ""))
		b.WriteString(c.Columns[i].String())
	}
	b.WriteByte(')')
	writeOptions(&b, c.Options)
	return b.String()
}

// String writes the column with all that is said of it.
func (c *ColumnDef) String() string {
	s := c.Name.String() + " " + c.Type.String() + texts(" FROM ", c.Paths) + texts(" FORMAT ", c.Formats)
	if c.NumericStrings {
		s += " NUMERIC STRINGS"
	}
	if c.AbsentIsFalse {
		s += " ABSENT IS FALSE"
	}
	if c.Comment != nil {
		s += " COMMENT " + c.Comment.String()
	}
	return s
}

// texts writes one text as it is, and several in parentheses.
func texts(lead string, list []*StringLit) string {
	switch len(list) {
	case 0:
		return ""
	case 1:
		return lead + list[0].String()
	}
	s := lead
	for i, t := range list {
		s += listLead(i, "(") + t.String()
	}
	return s + ")"
}

func writeOptions(b *strings.Builder, options []Option) {
	for i, o := range options {
		b.WriteString(listLead(i, " WITH ("))
		b.WriteString(o.Name.String() + " = ")
		writeExpr(b, o.Value)
	}
	if len(options) > 0 {
		b.WriteByte(')')
	}
}

// String writes the command.
func (c *CreateView) String() string {
	s := "CREATE "
	if c.OrReplace {
		s += "OR REPLACE "
	}
	return s + "VIEW " + c.Name.String() + " AS " + c.Query.String()
}

// String writes the command.
func (c *CreateMaterializedView) String() string {
	var b strings.Builder
	b.WriteString("CREATE MATERIALIZED VIEW " + c.Name.String())
	writeOptions(&b, c.Options)
	b.WriteString(" AS " + c.Query.String())
	return b.String()
}

// String writes the command.
func (d *Drop) String() string {
	s := d.Verb()
	if d.IfExists {
		s += " IF EXISTS"
	}
	return s + " " + d.Name.String()
}

// String writes the command.
func (s *Show) String() string { return s.Verb() }

// String writes the command.
func (d *Describe) String() string { return "DESCRIBE " + d.Name.String() }
