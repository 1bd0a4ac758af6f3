package optimize

import "github.com/millrace/millrace/libs/sql/plan"

// columnOrder puts that of two columns left whose encoding is smaller.
//
//	eq(b, a)  →  eq(a, b)
//	lt(b, a)  →  not(le(a, b))
//	le(b, a)  →  not(lt(a, b))
type columnOrder struct{}

func (columnOrder) Name() string { return "column_order" }

func (columnOrder) Rewrite(e plan.Expr) (plan.Expr, bool) {
	c, ok := isCall(e, plan.FuncEq, plan.FuncLt, plan.FuncLe)
	if !ok || isLiteral(c.Args[0]) || isLiteral(c.Args[1]) || plan.CompareExpr(c.Args[0], c.Args[1]) <= 0 {
		return e, false
	}
	return turned(c), true
}
