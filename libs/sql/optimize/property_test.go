package optimize

import (
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/function"
	"github.com/millrace/millrace/libs/sql/plan"
)

func generators(t *testing.T, aggs bool, f func(t *testing.T, g *generator)) {
	t.Helper()
	n := 250
	if testing.Short() {
		n = 60
	}
	for seed := range uint64(n) {
		r := rand.New(rand.NewPCG(seed, 42))
		vars := variables(aggs)
		r.Shuffle(len(vars), func(i, j int) { vars[i], vars[j] = vars[j], vars[i] })
		f(t, &generator{Rand: r, vars: vars[:1+r.IntN(3)], fails: aggs})
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// TestEveryRowKeepsItsTruth: the rules for predicates change the truth value of
// no row, with ERROR and NULL told apart.
func TestEveryRowKeepsItsTruth(t *testing.T) {
	for _, aggs := range []bool{false, true} {
		generators(t, aggs, func(t *testing.T, g *generator) {
			e := g.pred(3)
			canonical := newRewriter().expr(e)
			checkShape(t, canonical)
			rows(g.vars, func(row map[string]outcome) {
				if before, after := truth(e, row), truth(canonical, row); before != after && !t.Failed() {
					t.Errorf("%s\n%s\nare %s and %s for %v", plan.FormatExpr(e), plan.FormatExpr(canonical), before, after, maps.Clone(row))
				}
			})
		})
	}
}

// TestEveryFilterKeepsItsRows: the rules for nodes change neither which rows a
// filter keeps nor for which it is ERROR, and do not apply to what they leave.
func TestEveryFilterKeepsItsRows(t *testing.T) {
	for _, aggs := range []bool{false, true} {
		generators(t, aggs, func(t *testing.T, g *generator) {
			e := g.pred(3)
			after := lit(record.Bool(true))
			if f, ok := newRewriter().node(&plan.Filter{In: &plan.Scan{Stream: "s"}, Pred: e}).(*plan.Filter); ok {
				after = f.Pred
				again := newRewriter()
				if again.node(f); len(again.fired) > 0 {
					t.Errorf("%v still apply to a filter of %s", again.fired, plan.FormatExpr(after))
				}
			}
			rows(g.vars, func(row map[string]outcome) {
				x, y := truth(e, row), truth(after, row)
				if ((x == record.True) != (y == record.True) || (x == record.Error) != (y == record.Error)) && !t.Failed() {
					t.Errorf("%s\n%s\nare %s and %s for %v", plan.FormatExpr(e), plan.FormatExpr(after), x, y, maps.Clone(row))
				}
			})
		})
	}
}

// TestSpellingDoesNotMatter: operands exchanged and regrouped, sides swapped,
// double negation, De Morgan's laws and operators spelt out lead to one plan.
func TestSpellingDoesNotMatter(t *testing.T) {
	generators(t, false, func(t *testing.T, g *generator) {
		e := g.pred(3)
		want := newRewriter().expr(e)
		for range 5 {
			other := g.respell(e)
			if got := newRewriter().expr(other); plan.FingerprintExpr(got) != plan.FingerprintExpr(want) {
				t.Fatalf("%s becomes\n%s, but\n%s becomes\n%s",
					plan.FormatExpr(e), plan.FormatExpr(want), plan.FormatExpr(other), plan.FormatExpr(got))
			}
		}
	})
}

// TestIdempotent: nothing applies to what is canonical.
func TestIdempotent(t *testing.T) {
	generators(t, true, func(t *testing.T, g *generator) {
		once := newRewriter().expr(g.pred(4))
		r := newRewriter()
		twice := r.expr(once)
		if len(r.fired) > 0 || plan.FingerprintExpr(twice) != plan.FingerprintExpr(once) {
			t.Errorf("%v still apply to %s", r.fired, plan.FormatExpr(once))
		}
	})
}

// respell writes a predicate in another way that means the same.
func (g *generator) respell(e plan.Expr) plan.Expr {
	if g.IntN(6) == 0 {
		return not(not(g.respell(e)))
	}
	c, ok := e.(*plan.Call)
	if !ok {
		return e
	}
	switch c.Func {
	case plan.FuncNot:
		return not(g.respell(c.Args[0]))
	case plan.FuncAnd, plan.FuncOr:
		return g.respellConnective(c)
	case plan.FuncEq, function.Ne, plan.FuncLt, plan.FuncLe, function.Gt, function.Ge:
		return g.respellComparison(c)
	case function.Between:
		if g.IntN(2) == 0 {
			return call(plan.FuncAnd, call(function.Ge, c.Args[0], c.Args[1]), call(function.Ge, c.Args[2], c.Args[0]))
		}
	case function.In:
		args := slices.Clone(c.Args)
		g.Shuffle(len(args)-1, func(i, j int) { args[i+1], args[j+1] = args[j+1], args[i+1] })
		return call(function.In, append(args, pick(g.Rand, args[1:]))...)
	}
	return e
}

func (g *generator) respellConnective(c *plan.Call) plan.Expr {
	args := make([]plan.Expr, len(c.Args))
	for i, a := range c.Args {
		args[i] = g.respell(a)
	}
	g.Shuffle(len(args), func(i, j int) { args[i], args[j] = args[j], args[i] })
	switch g.IntN(4) {
	case 0: // De Morgan
		dual := plan.FuncAnd
		if c.Func == plan.FuncAnd {
			dual = plan.FuncOr
		}
		for i := range args {
			args[i] = not(args[i])
		}
		return not(call(dual, args...))
	case 1: // regrouped
		if len(args) > 2 {
			return call(c.Func, args[0], call(c.Func, args[1:]...))
		}
	case 2: // repeated
		return call(c.Func, append(args, args[0])...)
	}
	return call(c.Func, args...)
}

func (g *generator) respellComparison(c *plan.Call) plan.Expr {
	swapped := map[string]string{
		plan.FuncEq: plan.FuncEq, function.Ne: function.Ne,
		plan.FuncLt: function.Gt, function.Gt: plan.FuncLt,
		plan.FuncLe: function.Ge, function.Ge: plan.FuncLe,
	}
	negation := map[string]string{
		plan.FuncEq: function.Ne, function.Ne: plan.FuncEq,
		plan.FuncLt: function.Ge, function.Ge: plan.FuncLt,
		plan.FuncLe: function.Gt, function.Gt: plan.FuncLe,
	}
	switch g.IntN(3) {
	case 0:
		return call(swapped[c.Func], c.Args[1], c.Args[0])
	case 1:
		return not(call(negation[c.Func], c.Args...))
	default:
		return c
	}
}

// checkShape checks what the comment at the canonical operators promises.
func checkShape(t *testing.T, e plan.Expr) {
	t.Helper()
	c, ok := e.(*plan.Call)
	if !ok {
		return
	}
	f, ok := function.LookupScalar(c.Func)
	if !ok || !f.Canonical {
		t.Errorf("%s is not canonical in %s", c.Func, plan.FormatExpr(e))
	}
	switch c.Func {
	case plan.FuncAnd, plan.FuncOr:
		if _, nested := isCall(c.Args[0], c.Func); nested || len(c.Args) < 2 || !slices.IsSortedFunc(c.Args, plan.CompareExpr) {
			t.Errorf("not flat and sorted: %s", plan.FormatExpr(e))
		}
		for _, a := range c.Args {
			checkShape(t, a)
		}
	case plan.FuncNot:
		if inner, bad := isCall(c.Args[0], plan.FuncAnd, plan.FuncOr, plan.FuncNot); bad || isLiteral(c.Args[0]) {
			t.Errorf("NOT above %v in %s", inner, plan.FormatExpr(e))
		}
		checkShape(t, c.Args[0])
	case plan.FuncEq, plan.FuncLt, plan.FuncLe:
		if isLiteral(c.Args[0]) || c.Func == plan.FuncLt && c.Args[0].Type().Kind == record.BigInt && isLiteral(c.Args[1]) && !newFacts().fallible(e) && !c.Args[1].(*plan.Literal).Value.IsNull() {
			t.Errorf("not canonical: %s", plan.FormatExpr(e))
		}
	}
}
