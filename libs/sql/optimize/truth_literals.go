package optimize

import (
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/plan"
)

// truthLiterals drops the neutral operand of a connective and lets the dominant
// one decide: TRUE is the greatest truth value of AND and FALSE the least, and
// the other way round for OR. NULL is neither and stays.
//
//	and(a, TRUE)      →  a
//	and(a, FALSE)     →  FALSE
//	or(a, b, FALSE)   →  or(a, b)
//	or(a, TRUE)       →  TRUE
type truthLiterals struct{}

func (truthLiterals) Name() string { return "truth_literals" }

func (truthLiterals) Rewrite(e plan.Expr) (plan.Expr, bool) {
	c, ok := isCall(e, plan.FuncAnd, plan.FuncOr)
	if !ok {
		return e, false
	}
	neutral := c.Func == plan.FuncAnd
	var kept []plan.Expr
	dropped := false
	for _, a := range c.Args {
		l, ok := a.(*plan.Literal)
		switch {
		case !ok || l.Value.IsNull():
			kept = append(kept, a)
		case l.Value.Bool() == neutral:
			dropped = true
		default:
			return a, true
		}
	}
	if !dropped {
		return e, false
	}
	switch len(kept) {
	case 0:
		return lit(record.Bool(neutral)), true
	case 1:
		return kept[0], true
	default:
		return call(c.Func, kept...), true
	}
}
