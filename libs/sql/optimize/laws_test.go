package optimize

import (
	"testing"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/function"
	"github.com/millrace/millrace/libs/sql/plan"
)

// TestLawsOfConnectives goes through every predicate of two connectives above four
// leaves, and every row: those made of columns have three truth values, the
// aggregate's has ERROR too.
func TestLawsOfConnectives(t *testing.T) {
	v, w := col("v", record.BooleanType), col("w", record.BooleanType)
	sum := &plan.Ref{Kind: plan.AggRef, Typ: record.BigIntType}
	three := values(record.NullOf(record.BooleanType), record.Bool(true), record.Bool(false))
	vars := []variable{
		{expr: v, domain: three},
		{expr: w, domain: three},
		{expr: sum, domain: append(values(ints(1, 2)...), outcome{failed: true})},
	}
	isOne := call(plan.FuncEq, sum, lit(record.Int(1)))
	leaves := []plan.Expr{v, not(v), w, not(w), isOne, not(isOne)}
	if testing.Short() {
		t.Log("-short: four kinds of leaves instead of six, as all of them take seconds")
		leaves = []plan.Expr{v, not(v), not(w), isOne} // with which every rule has something to do
	}
	connectives := []string{plan.FuncAnd, plan.FuncOr}
	fired := map[string]int{}
	check := func(e plan.Expr) {
		r := newRewriter()
		canonical := r.expr(e)
		for _, name := range r.fired {
			fired[name]++
		}
		filtered := lit(record.Bool(true))
		if f, ok := newRewriter().node(&plan.Filter{In: &plan.Scan{Stream: "s"}, Pred: e}).(*plan.Filter); ok {
			filtered = f.Pred
		}
		rows(vars, func(row map[string]outcome) {
			before := truth(e, row)
			if after := truth(canonical, row); before != after {
				t.Fatalf("%s\n%s\nare %s and %s for %v", plan.FormatExpr(e), plan.FormatExpr(canonical), before, after, row)
			}
			if after := truth(filtered, row); before != after && (before == record.True || after == record.True || before == record.Error || after == record.Error) {
				t.Fatalf("in a filter %s\n%s\nare %s and %s for %v", plan.FormatExpr(e), plan.FormatExpr(filtered), before, after, row)
			}
		})
	}
	for _, outer := range connectives {
		for _, left := range connectives {
			for _, right := range connectives {
				for _, a := range leaves {
					for _, b := range leaves {
						for _, c := range leaves {
							check(call(outer, a, call(left, b, c)))
							for _, d := range leaves {
								check(call(outer, call(left, a, b), call(right, c, d)))
							}
						}
					}
				}
			}
		}
	}
	for _, rule := range []Rule{absorption{}, commonOperand{}, bounds{}, operandOrder{}, flatten{}} {
		if fired[rule.Name()] == 0 {
			t.Errorf("%s applied to none", rule.Name())
		}
	}
}

// TestErrorsAreNotAbsorbed: where a rule would lose an ERROR it does not apply.
func TestErrorsAreNotAbsorbed(t *testing.T) {
	v, w := col("v", record.BooleanType), col("w", record.BooleanType)
	sum := &plan.Ref{Kind: plan.AggRef, Typ: record.BigIntType}
	is := func(n int64) plan.Expr { return call(plan.FuncEq, sum, lit(record.Int(n))) }
	x := col("x", record.BigIntType)
	fails := call(plan.FuncEq, &plan.Call{Func: function.Div, Args: []plan.Expr{x, x}, Typ: record.BigIntType}, lit(record.Int(1)))
	matches := call(function.RegexpMatch, col("s", record.VarcharType), lit(record.Text("a+")))
	for _, test := range []struct {
		rule    Rule
		e       plan.Expr
		applies bool
	}{
		{absorption{}, call(plan.FuncAnd, v, call(plan.FuncOr, v, w)), true},
		{absorption{}, call(plan.FuncAnd, v, call(plan.FuncOr, v, is(1))), false},
		{absorption{}, call(plan.FuncAnd, is(1), call(plan.FuncOr, is(1), v)), true},
		{absorption{}, call(plan.FuncOr, v, call(plan.FuncAnd, is(1), v)), false},
		{absorption{}, call(plan.FuncOr, is(1), call(plan.FuncAnd, is(1), is(2))), false},
		{commonOperand{}, call(plan.FuncOr, call(plan.FuncAnd, v, w), call(plan.FuncAnd, v, not(w))), true},
		{commonOperand{}, call(plan.FuncOr, call(plan.FuncAnd, v, w), call(plan.FuncAnd, v, is(1))), false},
		{bounds{}, call(plan.FuncAnd, is(1), is(2)), true},
		{absorption{}, call(plan.FuncAnd, v, call(plan.FuncOr, v, fails)), false},
		{absorption{}, call(plan.FuncAnd, v, call(plan.FuncOr, v, matches)), true},
	} {
		if _, applies := test.rule.Rewrite(test.e); applies != test.applies {
			t.Errorf("%s applies to %s: %t", test.rule.Name(), plan.FormatExpr(test.e), applies)
		}
	}
}

// TestBoundsKeepEveryValue goes through all pairs and triples of comparisons with
// neighbouring literals, of every type, under AND and OR.
func TestBoundsKeepEveryValue(t *testing.T) {
	if testing.Short() {
		t.Log("-short: pairs only, as triples take seconds")
	}
	for _, x := range boundVariables() {
		var leaves []plan.Expr
		for _, v := range x.lits {
			for _, fn := range []string{plan.FuncEq, plan.FuncLt, plan.FuncLe} {
				leaves = append(leaves, call(fn, x.expr, lit(v)), not(call(fn, x.expr, lit(v))))
			}
		}
		leaves = append(leaves, call(plan.FuncIsNull, x.expr), not(call(plan.FuncIsNull, x.expr)))
		check := func(args ...plan.Expr) {
			for _, fn := range []string{plan.FuncAnd, plan.FuncOr} {
				e := call(fn, args...)
				canonical := newRewriter().expr(e)
				rows([]variable{x}, func(row map[string]outcome) {
					if before, after := truth(e, row), truth(canonical, row); before != after {
						t.Fatalf("%s\n%s\nare %s and %s for %v", plan.FormatExpr(e), plan.FormatExpr(canonical), before, after, row)
					}
				})
			}
		}
		for i, a := range leaves {
			for j, b := range leaves[:i] {
				check(a, b)
				if testing.Short() {
					continue
				}
				for _, c := range leaves[:j] {
					check(a, b, c)
				}
			}
		}
	}
}

// TestConstantCalls: what can be computed is, but neither an ERROR nor a value much
// larger than its call.
func TestConstantCalls(t *testing.T) {
	text, n := func(s string) plan.Expr { return lit(record.Text(s)) }, func(n int64) plan.Expr { return lit(record.Int(n)) }
	fold := func(name string, typ record.Type, args ...plan.Expr) string {
		e, _ := constantCall{}.Rewrite(&plan.Call{Func: name, Args: args, Typ: typ})
		return plan.FormatExpr(e)
	}
	for want, got := range map[string]string{
		"3":                      fold(function.Add, record.BigIntType, n(1), n(2)),
		"3.141592653589793":      fold("pi", record.DoubleType),
		"div(1, 0)":              fold(function.Div, record.BigIntType, n(1), n(0)),
		"repeat('a', 1000000)":   fold("repeat", record.VarcharType, text("a"), n(1_000_000)),
		"repeat('a', 100000000)": fold("repeat", record.VarcharType, text("a"), n(100_000_000)),
		"'aaa'":                  fold("repeat", record.VarcharType, text("a"), n(3)),
		"upper(1)":               fold("upper", record.VarcharType, n(1)),
		"regexp_match('a', '(')": fold(function.RegexpMatch, record.BooleanType, text("a"), text("(")),
		"NULL":                   fold(function.RegexpMatch, record.BooleanType, text("a"), lit(record.NullOf(record.VarcharType))),
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
