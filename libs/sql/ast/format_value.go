package ast

import "strings"

// writeValue writes what is no condition, but for literals and names.
func writeValue(b *strings.Builder, e Expr) {
	switch e := e.(type) {
	case *Paren:
		b.WriteByte('(')
		writeExpr(b, e.X)
		b.WriteByte(')')
	case *Binary:
		least := e.Op.strength()
		writeAt(b, e.L, least)
		b.WriteString(" " + string(e.Op) + " ")
		writeAt(b, e.R, least+1)
	case *Match:
		writeRegexp(b, e)
	case *Neg:
		writeNeg(b, e)
	case *Subscript:
		writeAt(b, e.X, bindPostfix)
		b.WriteByte('[')
		writeExpr(b, e.Index)
		b.WriteByte(']')
	case *Cast:
		writeCast(b, e)
	case *Case:
		writeCase(b, e)
	case *ArrayLit:
		b.WriteString("ARRAY[")
		writeList(b, e.Elems)
		b.WriteByte(']')
	case *Call:
		writeCall(b, e)
	default:
		b.WriteString(e.String())
	}
}

func writeRegexp(b *strings.Builder, m *Match) {
	if m.Word && !m.Fold {
		writeMatch(b, m.X, m.Not, false, "REGEXP", m.Pattern)
		return
	}
	op := "~"
	if m.Not {
		op = "!" + op
	}
	if m.Fold {
		op += "*"
	}
	writeAt(b, m.X, bindOperator)
	b.WriteString(" " + op + " ")
	writeAt(b, m.Pattern, bindSum)
}

// writeNeg keeps the sign apart from a number, of which it would become a part, and from
// another sign, with which it would begin a comment.
func writeNeg(b *strings.Builder, n *Neg) {
	var x strings.Builder
	writeAt(&x, n.X, bindSign)
	switch text := x.String(); {
	case strings.HasPrefix(text, "-"):
		b.WriteString("- " + text)
	case number(n.X):
		b.WriteString("-(" + text + ")")
	default:
		b.WriteString("-" + text)
	}
}

func number(e Expr) bool {
	_, ok := e.(*NumberLit)
	return ok
}

func writeCast(b *strings.Builder, c *Cast) {
	if c.Colons {
		writeAt(b, c.X, bindPostfix)
		b.WriteString("::" + c.Type.String())
		return
	}
	if c.Try {
		b.WriteString("TRY_")
	}
	b.WriteString("CAST(")
	writeExpr(b, c.X)
	b.WriteString(" AS " + c.Type.String() + ")")
}

func writeCase(b *strings.Builder, c *Case) {
	b.WriteString("CASE")
	if c.Operand != nil {
		b.WriteByte(' ')
		writeExpr(b, c.Operand)
	}
	for _, w := range c.Whens {
		b.WriteString(" WHEN ")
		writeExpr(b, w.Cond)
		b.WriteString(" THEN ")
		writeExpr(b, w.Then)
	}
	if c.Else != nil {
		b.WriteString(" ELSE ")
		writeExpr(b, c.Else)
	}
	b.WriteString(" END")
}

func writeCall(b *strings.Builder, c *Call) {
	if word := strings.ToUpper(c.Func); Reserved(c.Func) && strings.HasPrefix(word, "CURRENT_") {
		b.WriteString(word)
		return
	}
	b.WriteString(c.Func + "(")
	if c.Star {
		b.WriteByte('*')
	}
	if c.Distinct {
		b.WriteString("DISTINCT ")
	}
	writeList(b, c.Args)
	for i, o := range c.OrderBy {
		b.WriteString(listLead(i, " ORDER BY "))
		b.WriteString(o.String())
	}
	b.WriteByte(')')
	if c.Filter != nil {
		b.WriteString(" FILTER (WHERE ")
		writeExpr(b, c.Filter)
		b.WriteByte(')')
	}
}
