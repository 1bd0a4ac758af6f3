package optimize

import (
	"github.com/millrace/millrace/libs/sql/function"
	"github.com/millrace/millrace/libs/sql/plan"
)

// choice leaves out what CASE and COALESCE never choose, which is never evaluated, so
// that its errors do not count either.
//
//	case(FALSE, a, c, b, d)        →  case(c, b, d)
//	case(c, a, TRUE, b, e, f, d)   →  case(c, a, b)
//	coalesce(NULL, a, 'x', b)      →  coalesce(a, 'x')
//	coalesce(a, coalesce(b, c))    →  coalesce(a, b, c)
//	coalesce(a)                    →  a
type choice struct{}

func (choice) Name() string { return "choice" }

func (choice) Rewrite(e plan.Expr) (plan.Expr, bool) {
	switch c, _ := isCall(e, function.Case, function.Coalesce); {
	case c == nil:
		return e, false
	case c.Func == function.Case:
		return shorterCase(c)
	default:
		return shorterCoalesce(c)
	}
}

func shorterCase(c *plan.Call) (plan.Expr, bool) {
	var args []plan.Expr
	n := len(c.Args)
	otherwise := c.Args[n-1]
	for i := 0; i+1 < n; i += 2 {
		l, ok := c.Args[i].(*plan.Literal)
		if !ok {
			args = append(args, c.Args[i], c.Args[i+1])
			continue
		}
		if !l.Value.IsNull() && l.Value.Bool() {
			otherwise = c.Args[i+1]
			break
		}
	}
	switch {
	case len(args)+1 == n:
		return c, false
	case len(args) == 0:
		return otherwise, true
	default:
		return &plan.Call{Func: c.Func, Args: append(args, otherwise), Typ: c.Typ}, true
	}
}

func shorterCoalesce(c *plan.Call) (plan.Expr, bool) {
	var args []plan.Expr
	changed := false
	for i, a := range c.Args {
		if inner, ok := isCall(a, function.Coalesce); ok {
			args, changed = append(args, inner.Args...), true
			continue
		}
		l, known := a.(*plan.Literal)
		if known && l.Value.IsNull() && len(c.Args) > 1 {
			changed = true
			continue
		}
		args = append(args, a)
		if known && i+1 < len(c.Args) {
			changed = true
			break
		}
	}
	switch {
	case len(args) == 0:
		return c.Args[0], true
	case len(args) == 1:
		return args[0], true
	case !changed:
		return c, false
	default:
		return &plan.Call{Func: c.Func, Args: args, Typ: c.Typ}, true
	}
}
