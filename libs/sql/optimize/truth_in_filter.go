package optimize

import (
	"github.com/millrace/millrace/libs/sql/function"
	"github.com/millrace/millrace/libs/sql/plan"
)

// truthInFilter drops tests for TRUE and FALSE as operands of the connectives of a
// filter, and that for being distinct from a value, where NULL and FALSE come to the
// same: see [nullInFilter].
//
//	Filter is_true(c)                →  Filter c
//	Filter is_false(c)               →  Filter not(c)
//	Filter not(is_distinct(x, 'a'))  →  Filter eq(x, 'a')
type truthInFilter struct{}

func (truthInFilter) Name() string { return "truth_in_filter" }

func (truthInFilter) Rewrite(n plan.Node) (plan.Node, bool) {
	return inFilter(n, dropTruthTests)
}

func dropTruthTests(e plan.Expr) plan.Expr {
	c, ok := isCall(e, plan.FuncAnd, plan.FuncOr, plan.FuncNot, function.IsTrue, function.IsFalse)
	if !ok {
		return e
	}
	switch c.Func {
	case function.IsTrue:
		return dropTruthTests(c.Args[0])
	case function.IsFalse:
		return not(c.Args[0])
	case plan.FuncNot:
		if d, ok := isCall(c.Args[0], function.IsDistinct); ok {
			if d, x, v, ok := withLiteral(d); ok && d != nil {
				return call(plan.FuncEq, x, lit(v))
			}
		}
		return e
	default:
		return withOperands(c, dropTruthTests)
	}
}
