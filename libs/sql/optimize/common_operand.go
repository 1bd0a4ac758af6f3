package optimize

import (
	"slices"

	"github.com/millrace/millrace/libs/sql/plan"
)

// commonOperand takes out what all operands of a connective have in common: it is
// evaluated once, and may lead to the rows in which the rest is asked at all. The
// distributive laws hold under TRUE, FALSE and NULL; where an operand may be ERROR
// the rule does not apply: (NULL AND TRUE) OR (NULL AND ERROR) is ERROR, and
// NULL AND (TRUE OR ERROR) is NULL.
//
//	or(and(a, b), and(a, c))          →  and(a, or(b, c))
//	or(and(a, b), and(a, c, d))       →  and(a, or(b, and(c, d)))
//	and(or(a, b), or(a, c))           →  or(a, and(b, c))
type commonOperand struct{ known *facts }

func (commonOperand) Name() string { return "common_operand" }

func (r commonOperand) Rewrite(e plan.Expr) (plan.Expr, bool) {
	c, ok := isCall(e, plan.FuncAnd, plan.FuncOr)
	if !ok {
		return e, false
	}
	clauses, compound := clausesOf(c, r.known)
	if compound < len(c.Args) || compound < 2 || r.known.fallible(c) {
		return e, false
	}
	var common []plan.ID
	var out []plan.Expr
	first := &clauses[0]
	for i, k := range first.keys {
		if !slices.ContainsFunc(clauses[1:], func(other clause) bool { return !other.has(k) }) {
			common, out = append(common, k), append(out, first.operands[i])
		}
	}
	if len(common) == 0 {
		return e, false
	}
	rests := make([]plan.Expr, len(clauses))
	for i := range clauses {
		var rest []plan.Expr
		for j, o := range clauses[i].operands {
			if !slices.Contains(common, clauses[i].keys[j]) {
				rest = append(rest, o)
			}
		}
		switch len(rest) {
		case 0: // the others would have been absorbed
			return e, false
		case 1:
			rests[i] = rest[0]
		default:
			rests[i] = call(dual(c.Func), rest...)
		}
	}
	return call(dual(c.Func), append(out, call(c.Func, rests...))...), true
}
