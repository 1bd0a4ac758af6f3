package optimize

import (
	"slices"

	"github.com/millrace/millrace/libs/planted"
	"github.com/millrace/millrace/libs/sql/plan"
)

// clause is an operand of a connective as the set of its own operands, where it is
// the other connective, else of itself alone.
type clause struct {
	operands []plan.Expr
	keys     []plan.ID // by operand
}

// dual returns the other connective.
func dual(connective string) string {
	if connective == plan.FuncAnd {
		return plan.FuncOr
	}
	return plan.FuncAnd
}

// clausesOf returns the operands of a connective as clauses, and how many of them
// have several operands.
func clausesOf(c *plan.Call, known *facts) (clauses []clause, compound int) {
	clauses = make([]clause, len(c.Args))
	for i, a := range c.Args {
		operands := []plan.Expr{a}
		if inner, ok := isCall(a, dual(c.Func)); ok {
			operands = inner.Args
			compound++
		}
		clauses[i].operands = operands
	}
	if compound == 0 {
		return nil, 0
	}
	known = known.orNew()
	for i := range clauses {
		for _, o := range clauses[i].operands {
			clauses[i].keys = append(clauses[i].keys, known.ids.Of(o))
		}
	}
	return clauses, compound
}

// has reports whether the operand with the key is one of c's.
func (c *clause) has(key plan.ID) bool { return slices.Contains(c.keys, key) }

// within reports whether all operands of c are operands of d.
func (c *clause) within(d *clause) bool {
	if len(c.keys) > len(d.keys) {
		return false
	}
	for _, k := range c.keys {
		if !d.has(k) {
			return false
		}
	}
	return true
}

// certain reports whether no operand of d that is none of c's may be ERROR.
func (c *clause) certain(d *clause, known *facts) bool {
	for i, o := range d.operands {
		if known.fallible(o) && !c.has(d.keys[i]) && !planted.On(planted.ErrorAbsorbed) {
			return false
		}
	}
	return true
}
