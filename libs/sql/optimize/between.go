package optimize

import (
	"github.com/millrace/millrace/libs/planted"
	"github.com/millrace/millrace/libs/sql/function"
	"github.com/millrace/millrace/libs/sql/plan"
)

// betweenToBounds splits BETWEEN, so that its bounds are atoms of their own.
//
//	between(x, 10, 20)  →  and(not(lt(x, 10)), le(x, 20))
type betweenToBounds struct{}

func (betweenToBounds) Name() string { return "between_to_bounds" }

func (betweenToBounds) Rewrite(e plan.Expr) (plan.Expr, bool) {
	c, ok := isCall(e, function.Between)
	if !ok {
		return e, false
	}
	x, low, high := c.Args[0], c.Args[1], c.Args[2]
	upper := plan.FuncLe
	if planted.On(planted.BetweenExcludes) {
		upper = plan.FuncLt
	}
	return call(plan.FuncAnd, not(call(plan.FuncLt, x, low)), call(upper, x, high)), true
}
