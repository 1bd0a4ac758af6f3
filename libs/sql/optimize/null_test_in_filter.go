package optimize

import (
	"slices"

	"github.com/millrace/millrace/libs/sql/plan"
)

// nullTestInFilter drops IS NOT NULL beside a condition of a filter that is NULL
// where the tested column is, and so keeps no such row either. As in
// [nullInFilter], NULL and FALSE come to the same in a filter, unless something
// may be ERROR.
//
//	Filter and(eq(x, 1), not(is_null(x)))            →  Filter eq(x, 1)
//	Filter and(not(contains(x, 'a')), not(is_null(x)))  →  Filter not(contains(x, 'a'))
//	Filter or(eq(x, 1), not(is_null(x)))             →  Filter not(is_null(x))
type nullTestInFilter struct{}

func (nullTestInFilter) Name() string { return "null_test_in_filter" }

func (nullTestInFilter) Rewrite(n plan.Node) (plan.Node, bool) {
	return inFilter(n, dropNullTests)
}

func dropNullTests(e plan.Expr) plan.Expr {
	c, ok := isCall(e, plan.FuncAnd, plan.FuncOr)
	if !ok {
		return e
	}
	var tested, strict []string // columns that IS NOT NULL is asked of, and that make an operand NULL
	for _, a := range c.Args {
		if x, ok := notNull(a); ok {
			tested = append(tested, x)
		} else if x, ok := nullWith(a); ok {
			strict = append(strict, x)
		}
	}
	drop := func(a plan.Expr) bool {
		if c.Func == plan.FuncAnd {
			x, ok := notNull(a)
			return ok && slices.Contains(strict, x)
		}
		x, ok := nullWith(a)
		return ok && slices.Contains(tested, x)
	}
	var args []plan.Expr
	changed := false
	for _, a := range c.Args {
		if drop(a) {
			changed = true
			continue
		}
		inner := dropNullTests(a)
		args, changed = append(args, inner), changed || inner != a
	}
	switch {
	case !changed:
		return e
	case len(args) == 1:
		return args[0]
	default:
		return call(c.Func, args...)
	}
}

// notNull returns the column of which IS NOT NULL is asked.
func notNull(e plan.Expr) (string, bool) {
	c, ok := isCall(e, plan.FuncNot)
	if !ok {
		return "", false
	}
	if c, ok = isCall(c.Args[0], plan.FuncIsNull); !ok {
		return "", false
	}
	return column(c.Args[0])
}

// nullWith returns the column that a condition on it and a literal is NULL with.
func nullWith(e plan.Expr) (string, bool) {
	if c, ok := isCall(e, plan.FuncNot); ok {
		e = c.Args[0]
	}
	if x, ok := column(e); ok { // a BOOLEAN
		return x, true
	}
	c, ok := isCall(e, plan.FuncEq, plan.FuncLt, plan.FuncLe, plan.FuncLike, plan.FuncILike,
		plan.FuncContains, plan.FuncIContains, plan.FuncMember)
	if !ok {
		return "", false
	}
	if _, _, _, ok := withLiteral(c); !ok {
		return "", false
	}
	return column(c.Args[0])
}

func column(e plan.Expr) (string, bool) {
	c, ok := e.(*plan.Column)
	if !ok {
		return "", false
	}
	return c.Name, true
}
