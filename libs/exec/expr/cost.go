package expr

import "github.com/millrace/millrace/libs/sql/plan"

// Cost estimates the time that a predicate takes per row, so that an AND tries
// the cheap ones first: where they leave no row, the others are not evaluated.
func Cost(e plan.Expr) int {
	call, ok := e.(*plan.Call)
	if !ok {
		return 1
	}
	switch call.Func {
	case plan.FuncAnd, plan.FuncOr, plan.FuncNot:
		sum := 0
		for _, a := range call.Args {
			sum += Cost(a)
		}
		return sum
	case plan.FuncContains, plan.FuncLike:
		return 20
	case plan.FuncIContains, plan.FuncILike:
		return 30
	case plan.FuncMember:
		return 3
	default:
		return 1
	}
}
