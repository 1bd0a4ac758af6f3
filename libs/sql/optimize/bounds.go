package optimize

import (
	"slices"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/plan"
)

// bounds makes one interval of all comparisons of one thing with literals under
// one AND, and of all intervals that an OR leaves out: what it is outside of all
// bounds, and a bound inside another, is not asked. See [interval].
//
//	and(not(le(x, 3)), not(le(x, 5)))  →  not(le(x, 5))
//	and(le(x, 5), not(le(x, 4)))       →  eq(x, 5), of whole numbers
//	and(eq(x, 5), not(eq(x, 6)))       →  eq(x, 5)
//	and(le(x, 2), not(le(x, 5)))       →  FALSE, or NULL where x is NULL
//	or(le(x, 3), le(x, 5))             →  le(x, 5)
//	or(le(x, 5), not(le(x, 2)))        →  TRUE, or NULL where x is NULL
//	and(is_null(x), le(x, 5))          →  and(is_null(x), NULL)
//
// All operands that are replaced, and what replaces them, are NULL where x is, and
// ERROR where x is.
type bounds struct{ known *facts }

func (bounds) Name() string { return "bounds" }

func (r bounds) Rewrite(e plan.Expr) (plan.Expr, bool) {
	c, ok := isCall(e, plan.FuncAnd, plan.FuncOr)
	if !ok {
		return e, false
	}
	or := c.Func == plan.FuncOr
	groups := testsOf(c.Args, or, r.known.orNew())
	replaced := make([]bool, len(c.Args))
	var fresh []plan.Expr
	for _, g := range groups {
		tests, simpler := g.simplify()
		if !simpler {
			continue
		}
		for _, i := range g.at {
			replaced[i] = true
		}
		for _, t := range tests {
			if or {
				t = negate(t)
			}
			fresh = append(fresh, t)
		}
	}
	if len(fresh) == 0 {
		return e, false
	}
	for i, a := range c.Args {
		if !replaced[i] {
			fresh = append(fresh, a)
		}
	}
	if len(fresh) == 1 {
		return fresh[0], true
	}
	return call(c.Func, fresh...), true
}

// tests are the comparisons of one thing with literals among the operands of an
// AND; those of an OR are negated first.
type tests struct {
	x    plan.Expr
	all  []test
	at   []int // operands
	null bool  // x IS NULL is an operand too
}

// test is a comparison of a thing with a literal, or its negation.
type test struct {
	expr   plan.Expr
	fn     string
	negate bool
	v      record.Value
}

// testsOf returns the tests of each thing that is compared at all, in the order of
// the first.
func testsOf(args []plan.Expr, negated bool, known *facts) []*tests {
	var order []*tests
	byKey := make(map[plan.ID]*tests)
	of := func(x plan.Expr) *tests {
		key := known.ids.Of(x)
		g := byKey[key]
		if g == nil {
			g = &tests{x: x}
			byKey[key] = g
			order = append(order, g)
		}
		return g
	}
	for i, a := range args {
		if _, connective := isCall(a, plan.FuncAnd, plan.FuncOr); connective {
			continue
		}
		if negated {
			a = negate(a)
		}
		if c, ok := isCall(a, plan.FuncIsNull); ok {
			of(c.Args[0]).null = true
			continue
		}
		if x, t, ok := testOf(a); ok {
			g := of(x)
			g.all, g.at = append(g.all, t), append(g.at, i)
		}
	}
	return slices.DeleteFunc(order, func(g *tests) bool { return len(g.all) == 0 })
}

// testOf reads a comparison with a literal of the same type. A BOOLEAN is one
// with TRUE.
func testOf(e plan.Expr) (plan.Expr, test, bool) {
	t := test{expr: e}
	if c, ok := isCall(e, plan.FuncNot); ok {
		t.negate, e = true, c.Args[0]
	}
	switch leaf := e.(type) {
	case *plan.Column, *plan.Ref:
		if leaf.Type().Kind != record.Boolean {
			return nil, t, false
		}
		t.fn, t.v, t.negate = plan.FuncEq, record.Bool(!t.negate), false
		return e, t, true
	default:
		c, x, v, ok := comparison(e)
		if !ok || x.Type().Kind != v.Type().Kind {
			return nil, t, false
		}
		t.fn, t.v = c.Func, v
		return x, t, true
	}
}

// simplify returns fewer tests that are together TRUE for the same values, or the
// same tests and false.
func (g *tests) simplify() ([]plan.Expr, bool) {
	if g.null { // they are FALSE or, where this is TRUE, NULL
		return []plan.Expr{null()}, true
	}
	if len(g.all) == 1 {
		return nil, false
	}
	var in interval
	for _, t := range g.all {
		in.narrow(t)
	}
	in.trim()
	if in.empty() {
		return []plan.Expr{call(plan.FuncIsNull, g.x), null()}, true
	}
	out := in.tests(g.x)
	if len(out) == len(g.all) {
		return nil, false
	}
	return out, true
}
