package optimize

import "github.com/millrace/millrace/libs/sql/plan"

// nullInFilter replaces NULL as an operand of the connectives of a filter by
// FALSE. A filter keeps a row for TRUE only; AND and OR are TRUE for the same
// rows whether an operand is NULL or FALSE, and NOT stands only at leaves. Where
// an operand may be ERROR the rule does not apply: ERROR AND NULL is ERROR and
// counted, ERROR AND FALSE is FALSE.
//
//	Filter or(eq(x, 1), NULL)             →  Filter eq(x, 1)
//	Filter and(not(eq(x, 1)), NULL)       →  Filter FALSE
//	Filter or(not(is_null(x)), NULL)      →  Filter not(is_null(x))
type nullInFilter struct{}

func (nullInFilter) Name() string { return "null_in_filter" }

func (nullInFilter) Rewrite(n plan.Node) (plan.Node, bool) {
	f, ok := n.(*plan.Filter)
	if !ok || fallible(f.Pred) {
		return n, false
	}
	pred, changed := nullToFalse(f.Pred)
	if !changed {
		return n, false
	}
	return &plan.Filter{In: f.In, Pred: pred}, true
}

func nullToFalse(e plan.Expr) (plan.Expr, bool) {
	if l, ok := e.(*plan.Literal); ok {
		if l.Value.IsNull() {
			return falsehood(), true
		}
		return e, false
	}
	c, ok := isCall(e, plan.FuncAnd, plan.FuncOr)
	if !ok {
		return e, false
	}
	args := make([]plan.Expr, len(c.Args))
	changed := false
	for i, a := range c.Args {
		var replaced bool
		args[i], replaced = nullToFalse(a)
		changed = changed || replaced
	}
	if !changed {
		return e, false
	}
	return call(c.Func, args...), true
}
