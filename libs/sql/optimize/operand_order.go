package optimize

import (
	"slices"

	"github.com/millrace/millrace/libs/sql/plan"
)

// operandOrder sorts the operands of a connective by their encoding and removes
// repeated ones: AND and OR are commutative and idempotent under the four truth
// values. The excluded middle does not hold there, and absorption only without
// ERROR.
//
//	or(b, a, b)  →  or(a, b)
//	and(a, a)    →  a
type operandOrder struct{}

func (operandOrder) Name() string { return "operand_order" }

func (operandOrder) Rewrite(e plan.Expr) (plan.Expr, bool) {
	c, ok := isCall(e, plan.FuncAnd, plan.FuncOr)
	if !ok {
		return e, false
	}
	args := slices.Clone(c.Args)
	sorted := slices.IsSortedFunc(args, plan.CompareExpr)
	if !sorted {
		slices.SortStableFunc(args, plan.CompareExpr)
	}
	args = slices.CompactFunc(args, func(a, b plan.Expr) bool { return plan.CompareExpr(a, b) == 0 })
	switch {
	case len(args) == 1:
		return args[0], true
	case sorted && len(args) == len(c.Args):
		return e, false
	}
	return call(c.Func, args...), true
}
