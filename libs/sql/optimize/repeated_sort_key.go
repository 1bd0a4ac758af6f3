package optimize

import (
	"slices"

	"github.com/millrace/millrace/libs/sql/plan"
)

// repeatedSortKey removes sort keys that an earlier key has decided already.
//
//	TopK order=[a, b desc, a desc]  →  TopK order=[a, b desc]
type repeatedSortKey struct{}

func (repeatedSortKey) Name() string { return "repeated_sort_key" }

func (repeatedSortKey) Rewrite(n plan.Node) (plan.Node, bool) {
	t, ok := n.(*plan.TopK)
	if !ok {
		return n, false
	}
	var order []plan.SortKey
	for _, k := range t.Order {
		if !slices.ContainsFunc(order, func(o plan.SortKey) bool { return compareExprs(o.Expr, k.Expr) == 0 }) {
			order = append(order, k)
		}
	}
	if len(order) == len(t.Order) {
		return n, false
	}
	return &plan.TopK{In: t.In, Order: order, K: t.K, Skip: t.Skip}, true
}
