package ast

import "strings"

// Binding strengths, PostgreSQL's, weakest first. An operand that binds less than its place
// needs is written in parentheses, so that a tree made by hand re-parses too.
const (
	bindOr = iota
	bindAnd
	bindNot
	bindIs
	bindCompare
	bindMatch    // BETWEEN, IN, LIKE, CONTAINS, REGEXP
	bindOperator // || -> ->> ~
	bindSum
	bindProduct
	bindSign
	bindPostfix // [ ] and ::
	bindOperand
)

func strength(e Expr) int {
	switch e := e.(type) {
	case *Or:
		return bindOr
	case *And:
		return bindAnd
	case *Not:
		return bindNot
	case *IsNull, *IsDistinct, *IsTruth:
		return bindIs
	case *Compare, *AnyCompare:
		return bindCompare
	case *Between, *In, *InQuery, *Like, *Contains:
		return bindMatch
	case *Match:
		if e.Word {
			return bindMatch
		}
		return bindOperator
	case *Binary:
		return e.Op.strength()
	case *Neg:
		return bindSign
	case *NumberLit:
		if strings.HasPrefix(e.Text, "-") {
			return bindSign
		}
	case *Subscript:
		return bindPostfix
	case *Cast:
		if e.Colons {
			return bindPostfix
		}
	}
	return bindOperand
}

func (op BinaryOp) strength() int {
	switch op {
	case Add, Sub:
		return bindSum
	case Mul, Div, Mod:
		return bindProduct
	case Concat, JSONField, JSONText:
		return bindOperator
	default:
		return bindOperator
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

// writeExpr writes e. Connectives and predicates are written here, what holds a value by
// writeValue; all else knows its own text.
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
	case *IsNull:
		writeIs(b, e.X, e.Not, "NULL")
	case *IsTruth:
		writeIs(b, e.X, e.Not, e.Value.String())
	case *IsDistinct:
		writeIs(b, e.L, e.Not, "DISTINCT FROM ")
		writeAt(b, e.R, bindCompare)
	case *Compare:
		writeAt(b, e.L, bindMatch)
		b.WriteString(" " + string(e.Op) + " ")
		writeAt(b, e.R, bindMatch)
	case *AnyCompare:
		writeAt(b, e.L, bindMatch)
		b.WriteString(" " + string(e.Operator()) + " " + e.Quantifier() + "(")
		writeExpr(b, e.Array)
		b.WriteByte(')')
	case *Between:
		writeAt(b, e.X, bindOperator)
		writeNot(b, e.Not)
		b.WriteString(" BETWEEN ")
		writeAt(b, e.Low, bindOperator)
		b.WriteString(" AND ")
		writeAt(b, e.High, bindOperator)
	case *In:
		writeAt(b, e.X, bindOperator)
		writeNot(b, e.Not)
		b.WriteString(" IN (")
		writeList(b, e.List)
		b.WriteByte(')')
	case *InQuery:
		writeAt(b, e.X, bindOperator)
		writeNot(b, e.Not)
		b.WriteString(" IN (" + e.Query.String() + ")")
	case *Like:
		writeMatch(b, e.X, e.Not, e.Fold, "LIKE", e.Pattern)
		if e.Escape != nil {
			b.WriteString(" ESCAPE ")
			writeAt(b, e.Escape, bindOperator)
		}
	case *Contains:
		writeMatch(b, e.X, e.Not, e.Fold, "CONTAINS", e.Needle)
	default:
		writeValue(b, e)
	}
}

func writeIs(b *strings.Builder, x Expr, not bool, what string) {
	writeAt(b, x, bindIs)
	b.WriteString(" IS")
	writeNot(b, not)
	b.WriteString(" " + what)
}

func writeMatch(b *strings.Builder, x Expr, not, fold bool, word string, with Expr) {
	writeAt(b, x, bindOperator)
	writeNot(b, not)
	b.WriteByte(' ')
	if fold {
		b.WriteByte('I')
	}
	b.WriteString(word + " ")
	writeAt(b, with, bindOperator)
}
