package ast

// Walk calls visit for e and all expressions within it, in the order in which they are
// written but for operators between operands: e comes before its operands. It does not go on
// below an expression for which visit returns false, and not into the queries of IN (SELECT …).
func Walk(e Expr, visit func(Expr) bool) {
	if e == nil || !visit(e) {
		return
	}
	walk := func(list ...Expr) {
		for _, x := range list {
			Walk(x, visit)
		}
	}
	switch e := e.(type) {
	case *Or:
		walk(e.L, e.R)
	case *And:
		walk(e.L, e.R)
	case *Not:
		walk(e.X)
	case *Paren:
		walk(e.X)
	case *Compare:
		walk(e.L, e.R)
	case *AnyCompare:
		walk(e.L, e.Array)
	case *IsNull:
		walk(e.X)
	case *IsDistinct:
		walk(e.L, e.R)
	case *IsTruth:
		walk(e.X)
	case *Between:
		walk(e.X, e.Low, e.High)
	case *In:
		walk(e.X)
		walk(e.List...)
	case *InQuery:
		walk(e.X)
	case *Like:
		walk(e.X, e.Pattern, e.Escape)
	case *Contains:
		walk(e.X, e.Needle)
	case *Match:
		walk(e.X, e.Pattern)
	case *Binary:
		walk(e.L, e.R)
	case *Neg:
		walk(e.X)
	case *Subscript:
		walk(e.X, e.Index)
	case *Cast:
		walk(e.X)
	case *ArrayLit:
		walk(e.Elems...)
	case *Case:
		walk(e.Operand)
		for _, w := range e.Whens {
			walk(w.Cond, w.Then)
		}
		walk(e.Else)
	case *Call:
		walk(e.Args...)
		for _, o := range e.OrderBy {
			walk(o.Expr)
		}
		walk(e.Filter)
	case *Name, *Star, *NullLit, *BoolLit, *NumberLit, *StringLit, *TimeLit, *IntervalLit:
	}
}
