package optimize

import "github.com/millrace/millrace/libs/sql/plan"

// contradictionInFilter: a condition and its negation are never TRUE together.
// They may be NULL, which is FALSE in a filter, unless something may be ERROR. That
// one of them is TRUE is not said: both may be NULL.
//
//	Filter and(contains(x, 'a'), not(contains(x, 'a')))  →  Filter FALSE
type contradictionInFilter struct{}

func (contradictionInFilter) Name() string { return "contradiction_in_filter" }

func (contradictionInFilter) Rewrite(n plan.Node) (plan.Node, bool) {
	return inFilter(n, contradictionToFalse)
}

func contradictionToFalse(e plan.Expr) plan.Expr {
	c, ok := isCall(e, plan.FuncAnd, plan.FuncOr)
	switch {
	case !ok:
		return e
	case c.Func == plan.FuncAnd && contradicts(c.Args):
		return falsehood()
	default:
		return withOperands(c, contradictionToFalse)
	}
}

// contradicts reports whether one operand is the negation of another.
func contradicts(args []plan.Expr) bool {
	var negated []*plan.Call
	for _, a := range args {
		if c, ok := isCall(a, plan.FuncNot); ok {
			negated = append(negated, c)
		}
	}
	if len(negated) == 0 || len(negated) == len(args) {
		return false
	}
	keys := make(map[string]bool, len(args))
	for _, a := range args {
		keys[string(plan.EncodeExpr(nil, a))] = true
	}
	for _, c := range negated {
		if keys[string(plan.EncodeExpr(nil, c.Args[0]))] {
			return true
		}
	}
	return false
}
