package optimize

import "github.com/millrace/millrace/libs/sql/plan"

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
	decided := make(map[plan.ID]bool, len(t.Order))
	var ids plan.IDs
	for _, k := range t.Order {
		if n := ids.Of(k.Expr); !decided[n] {
			decided[n] = true
			order = append(order, k)
		}
	}
	if len(order) == len(t.Order) {
		return n, false
	}
	return &plan.TopK{In: t.In, Order: order, K: t.K, Skip: t.Skip}, true
}
