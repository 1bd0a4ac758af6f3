package optimize

import "github.com/millrace/millrace/libs/sql/plan"

// inFilter rewrites the predicate of a filter in which nothing may be ERROR: NULL
// and FALSE come to the same there. What rewrite leaves alone it returns itself.
func inFilter(n plan.Node, rewrite func(plan.Expr) plan.Expr) (plan.Node, bool) {
	f, ok := n.(*plan.Filter)
	if !ok || (*facts)(nil).fallible(f.Pred) {
		return n, false
	}
	pred := rewrite(f.Pred)
	if pred == f.Pred {
		return n, false
	}
	return &plan.Filter{In: f.In, Pred: pred}, true
}
