package optimize

import "github.com/millrace/millrace/libs/sql/plan"

// trueFilter removes a filter that keeps every row.
//
//	Filter TRUE over n  →  n
type trueFilter struct{}

func (trueFilter) Name() string { return "true_filter" }

func (trueFilter) Rewrite(n plan.Node) (plan.Node, bool) {
	f, ok := n.(*plan.Filter)
	if !ok {
		return n, false
	}
	l, ok := f.Pred.(*plan.Literal)
	if !ok || l.Value.IsNull() || !l.Value.Bool() {
		return n, false
	}
	return f.In, true
}
