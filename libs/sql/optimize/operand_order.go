package optimize

import (
	"bytes"
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
	type operand struct {
		expr plan.Expr
		key  []byte
	}
	operands := make([]operand, len(c.Args))
	for i, a := range c.Args {
		operands[i] = operand{expr: a, key: plan.EncodeExpr(nil, a)}
	}
	byKey := func(a, b operand) int { return bytes.Compare(a.key, b.key) }
	sorted := slices.IsSortedFunc(operands, byKey)
	if !sorted {
		slices.SortStableFunc(operands, byKey)
	}
	operands = slices.CompactFunc(operands, func(a, b operand) bool { return bytes.Equal(a.key, b.key) })
	switch {
	case len(operands) == 1:
		return operands[0].expr, true
	case sorted && len(operands) == len(c.Args):
		return e, false
	}
	args := make([]plan.Expr, len(operands))
	for i, o := range operands {
		args[i] = o.expr
	}
	return call(c.Func, args...), true
}
