package expr

import (
	"strings"

	"github.com/millrace/millrace/libs/sql/plan"
)

// Cost estimates the time that a predicate takes per row, in nanoseconds, so that an
// AND tries the cheap ones first: where they leave no row, the others are not
// evaluated. What is computed counts as if nobody else wanted it.
func Cost(e plan.Expr) int {
	call, ok := e.(*plan.Call)
	if !ok {
		return 1
	}
	operands := 0
	for _, a := range call.Args {
		if _, ok := a.(*plan.Call); ok {
			operands += Cost(a)
		}
	}
	switch call.Func {
	case plan.FuncAnd, plan.FuncOr, plan.FuncNot:
		for _, a := range call.Args {
			if _, ok := a.(*plan.Call); !ok {
				operands++
			}
		}
		return operands
	case plan.FuncEq, plan.FuncLt, plan.FuncLe, plan.FuncIsNull:
		return 1 + operands
	case plan.FuncContains, plan.FuncLike:
		return 20 + operands
	case plan.FuncIContains, plan.FuncILike:
		return 30 + operands
	case plan.FuncMember:
		return 3 + operands
	}
	return operands + calling(call.Func)
}

// calling estimates a call of a function of single values.
func calling(fn string) int {
	switch {
	case strings.HasPrefix(fn, "json_"):
		return 1000
	case strings.HasPrefix(fn, "regexp_"):
		return 500
	default:
		return 60
	}
}
