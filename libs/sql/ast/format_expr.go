package ast

import "strings"

// Binding strengths, weakest first. An operand that binds less than its place
// needs is written in parentheses, so that a tree made by hand re-parses too.
const (
	bindOr = iota
	bindAnd
	bindNot
	bindPredicate
	bindOperand
)

func strength(e Expr) int {
	switch e.(type) {
	case *Or:
		return bindOr
	case *And:
		return bindAnd
	case *Not:
		return bindNot
	case *Compare, *AnyCompare, *IsNull, *Between, *In, *Like, *Contains:
		return bindPredicate
	default:
		return bindOperand
	}
}

func writeAt(b *strings.Builder, e Expr, least int) {
	if strength(e) >= least {
		writeExpr(b, e)
		return
	}
	b.WriteByte('(')
	writeExpr(b, e)
	b.WriteByte(')')
}

func writeNot(b *strings.Builder, not bool) {
	if not {
		b.WriteString(" NOT")
	}
}

func writeList(b *strings.Builder, list []Expr) {
	for i, e := range list {
		if i > 0 {
			b.WriteString(", ")
		}
		writeExpr(b, e)
	}
}

// writeExpr writes e. Connectives and predicates are written here; all else
// knows its own text.
func writeExpr(b *strings.Builder, e Expr) {
	switch e := e.(type) {
	case *Or:
		writeAt(b, e.L, bindOr)
		b.WriteString(" OR ")
		writeAt(b, e.R, bindAnd)
	case *And:
		writeAt(b, e.L, bindAnd)
		b.WriteString(" AND ")
		writeAt(b, e.R, bindNot)
	case *Not:
		b.WriteString("NOT ")
		writeAt(b, e.X, bindNot)
	case *Paren:
		b.WriteByte('(')
		writeExpr(b, e.X)
		b.WriteByte(')')
	case *Compare:
		writeAt(b, e.L, bindOperand)
		b.WriteString(" " + string(e.Op) + " ")
		writeAt(b, e.R, bindOperand)
	case *AnyCompare:
		writeAt(b, e.L, bindOperand)
		b.WriteString(" = ANY(")
		writeExpr(b, e.Array)
		b.WriteByte(')')
	case *IsNull:
		writeAt(b, e.X, bindOperand)
		b.WriteString(" IS")
		writeNot(b, e.Not)
		b.WriteString(" NULL")
	case *Between:
		writeAt(b, e.X, bindOperand)
		writeNot(b, e.Not)
		b.WriteString(" BETWEEN ")
		writeAt(b, e.Low, bindOperand)
		b.WriteString(" AND ")
		writeAt(b, e.High, bindOperand)
	case *In:
		writeAt(b, e.X, bindOperand)
		writeNot(b, e.Not)
		b.WriteString(" IN (")
		writeList(b, e.List)
		b.WriteByte(')')
	case *Like:
		writeMatch(b, e.X, e.Not, e.Fold, "LIKE", e.Pattern)
		if e.Escape != nil {
			b.WriteString(" ESCAPE ")
			writeAt(b, e.Escape, bindOperand)
		}
	case *Contains:
		writeMatch(b, e.X, e.Not, e.Fold, "CONTAINS", e.Needle)
	case *Call:
		b.WriteString(e.Func + "(")
		if e.Star {
			b.WriteByte('*')
		}
		writeList(b, e.Args)
		b.WriteByte(')')
	default:
		b.WriteString(e.String())
	}
}

func writeMatch(b *strings.Builder, x Expr, not, fold bool, word string, with Expr) {
	writeAt(b, x, bindOperand)
	writeNot(b, not)
	b.WriteByte(' ')
	if fold {
		b.WriteByte('I')
	}
	b.WriteString(word + " ")
	writeAt(b, with, bindOperand)
}

func exprString(e Expr) string {
	var b strings.Builder
	writeExpr(&b, e)
	return b.String()
}

// String writes L op R.
func (c *Compare) String() string { return exprString(c) }

// String writes L = ANY(Array).
func (c *AnyCompare) String() string { return exprString(c) }

// String writes L AND R.
func (a *And) String() string { return exprString(a) }

// String writes L OR R.
func (o *Or) String() string { return exprString(o) }

// String writes NOT X.
func (n *Not) String() string { return exprString(n) }

// String writes X IS [NOT] NULL.
func (i *IsNull) String() string { return exprString(i) }

// String writes X [NOT] BETWEEN Low AND High.
func (b *Between) String() string { return exprString(b) }

// String writes X [NOT] IN (list).
func (i *In) String() string { return exprString(i) }

// String writes X [NOT] [I]LIKE pattern [ESCAPE 'c'].
func (l *Like) String() string { return exprString(l) }

// String writes X [NOT] [I]CONTAINS needle.
func (c *Contains) String() string { return exprString(c) }

// String writes the call.
func (c *Call) String() string { return exprString(c) }

// String writes (X).
func (p *Paren) String() string { return exprString(p) }
