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
	return inFilter(n, nullToFalse)
}

func nullToFalse(e plan.Expr) plan.Expr {
	if l, ok := e.(*plan.Literal); ok && l.Value.IsNull() {
		return falsehood()
	}
	if c, ok := isCall(e, plan.FuncAnd, plan.FuncOr); ok {
		return withOperands(c, nullToFalse)
	}
	return e
}
