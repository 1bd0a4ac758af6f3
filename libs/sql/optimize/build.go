package optimize

import (
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/plan"
)

// call returns a call whose result is BOOLEAN.
func call(name string, args ...plan.Expr) plan.Expr {
	return &plan.Call{Func: name, Args: args, Typ: record.BooleanType}
}

// withOperands rewrites the operands of a call, and returns the call itself if each
// stays itself.
func withOperands(c *plan.Call, rewrite func(plan.Expr) plan.Expr) *plan.Call {
	args := make([]plan.Expr, len(c.Args))
	changed := false
	for i, a := range c.Args {
		args[i] = rewrite(a)
		changed = changed || args[i] != a
	}
	if !changed {
		return c
	}
	return &plan.Call{Func: c.Func, Args: args, Typ: c.Typ}
}

func not(e plan.Expr) plan.Expr { return call(plan.FuncNot, e) }

func lit(v record.Value) plan.Expr { return &plan.Literal{Value: v} }

func null() plan.Expr { return lit(record.NullOf(record.BooleanType)) }

func falsehood() plan.Expr { return lit(record.Bool(false)) }

// never is FALSE, or NULL where x is NULL, and ERROR where x is: what a
// comparison of x that cannot hold comes to. In a filter it is FALSE.
func never(x plan.Expr) plan.Expr {
	return call(plan.FuncAnd, call(plan.FuncIsNull, x), null())
}

// always is TRUE, or NULL where x is NULL, and ERROR where x is. In a filter it
// is x IS NOT NULL.
func always(x plan.Expr) plan.Expr {
	return call(plan.FuncOr, not(call(plan.FuncIsNull, x)), null())
}

// isCall returns e as a call of one of the functions.
func isCall(e plan.Expr, names ...string) (*plan.Call, bool) {
	c, ok := e.(*plan.Call)
	if !ok {
		return nil, false
	}
	for _, n := range names {
		if c.Func == n {
			return c, true
		}
	}
	return nil, false
}

// comparison returns e as a canonical comparison of what is no literal with a
// literal that is not NULL.
func comparison(e plan.Expr) (c *plan.Call, x plan.Expr, v record.Value, ok bool) {
	if c, ok = isCall(e, plan.FuncEq, plan.FuncLt, plan.FuncLe); !ok {
		return nil, nil, record.Value{}, false
	}
	return withLiteral(c)
}

// withLiteral returns the operands of a call of what is no literal and a literal
// that is not NULL.
func withLiteral(c *plan.Call) (*plan.Call, plan.Expr, record.Value, bool) {
	l, ok := c.Args[1].(*plan.Literal)
	if !ok || l.Value.IsNull() || isLiteral(c.Args[0]) {
		return nil, nil, record.Value{}, false
	}
	return c, c.Args[0], l.Value, true
}

func isLiteral(e plan.Expr) bool {
	_, ok := e.(*plan.Literal)
	return ok
}
