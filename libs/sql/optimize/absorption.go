package optimize

import "github.com/millrace/millrace/libs/sql/plan"

// absorption drops operands that another one decides. It holds under TRUE, FALSE
// and NULL; where b may be ERROR the rule does not apply: NULL AND (NULL OR ERROR)
// is ERROR.
//
//	and(a, or(a, b))                 →  a
//	or(a, and(a, b))                 →  a
//	and(or(a, b), or(a, b, c))       →  or(a, b)
type absorption struct{ known *facts }

func (absorption) Name() string { return "absorption" }

func (r absorption) Rewrite(e plan.Expr) (plan.Expr, bool) {
	c, ok := isCall(e, plan.FuncAnd, plan.FuncOr)
	if !ok {
		return e, false
	}
	clauses, compound := clausesOf(c, r.known)
	if compound == 0 {
		return e, false
	}
	among := make(map[plan.ID][]int, len(clauses)) // operand → compound clauses that have it
	for i := range clauses {
		if len(clauses[i].keys) > 1 {
			for _, k := range clauses[i].keys {
				among[k] = append(among[k], i)
			}
		}
	}
	absorbed := make([]bool, len(clauses))
	dropped := false
	for i := range clauses {
		p := &clauses[i]
		rarest := among[p.keys[0]]
		for _, k := range p.keys[1:] {
			if len(among[k]) < len(rarest) {
				rarest = among[k]
			}
		}
		for _, j := range rarest {
			q := &clauses[j]
			if i == j || absorbed[i] || absorbed[j] || !p.within(q) || !p.certain(q, r.known) {
				continue
			}
			absorbed[j], dropped = true, true
		}
	}
	if !dropped {
		return e, false
	}
	var kept []plan.Expr
	for i, a := range c.Args {
		if !absorbed[i] {
			kept = append(kept, a)
		}
	}
	if len(kept) == 1 {
		return kept[0], true
	}
	return call(c.Func, kept...), true
}
