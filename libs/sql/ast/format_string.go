package ast

import "strings"

func exprString(e Expr) string {
	var b strings.Builder
	writeExpr(&b, e)
	return b.String()
}

// String writes L op R.
func (c *Compare) String() string { return exprString(c) }

// String writes L op ANY(Array) or L op ALL(Array).
func (c *AnyCompare) String() string { return exprString(c) }

// String writes L AND R.
func (a *And) String() string { return exprString(a) }

// String writes L OR R.
func (o *Or) String() string { return exprString(o) }

// String writes NOT X.
func (n *Not) String() string { return exprString(n) }

// String writes X IS [NOT] NULL.
func (i *IsNull) String() string { return exprString(i) }

// String writes L IS [NOT] DISTINCT FROM R.
func (i *IsDistinct) String() string { return exprString(i) }

// String writes X IS [NOT] TRUE, FALSE or UNKNOWN.
func (i *IsTruth) String() string { return exprString(i) }

// String writes TRUE, FALSE or UNKNOWN.
func (t Truth) String() string {
	switch t {
	case True:
		return "TRUE"
	case False:
		return "FALSE"
	case Unknown:
		return "UNKNOWN"
	default:
		return "UNKNOWN"
	}
}

// Operator returns Op, and Eq where none is set.
func (c *AnyCompare) Operator() CompareOp {
	if c.Op == "" {
		return Eq
	}
	return c.Op
}

// Quantifier returns ANY or ALL.
func (c *AnyCompare) Quantifier() string {
	if c.All {
		return "ALL"
	}
	return "ANY"
}

// String writes X [NOT] BETWEEN Low AND High.
func (b *Between) String() string { return exprString(b) }

// String writes X [NOT] IN (list).
func (i *In) String() string { return exprString(i) }

// String writes X [NOT] IN (SELECT …).
func (i *InQuery) String() string { return exprString(i) }

// String writes X [NOT] [I]LIKE pattern [ESCAPE 'c'].
func (l *Like) String() string { return exprString(l) }

// String writes X [NOT] [I]CONTAINS needle.
func (c *Contains) String() string { return exprString(c) }

// String writes the call.
func (c *Call) String() string { return exprString(c) }

// String writes (X).
func (p *Paren) String() string { return exprString(p) }

// String writes L op R.
func (b *Binary) String() string { return exprString(b) }

// String writes -X.
func (n *Neg) String() string { return exprString(n) }

// String writes X[Index].
func (s *Subscript) String() string { return exprString(s) }

// String writes X ~ Pattern, or X [NOT] REGEXP Pattern.
func (m *Match) String() string { return exprString(m) }

// String writes CASE … END.
func (c *Case) String() string { return exprString(c) }

// String writes the cast as it was written.
func (c *Cast) String() string { return exprString(c) }

// String writes ARRAY[…].
func (a *ArrayLit) String() string { return exprString(a) }
