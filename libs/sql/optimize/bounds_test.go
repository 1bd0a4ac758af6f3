package optimize

import (
	"math"
	"testing"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/plan"
)

// boundVariables are things of every type that has an order, with literals that lie
// close together or at the ends.
func boundVariables() []variable {
	moments := []record.Value{record.TimestampOf(math.MinInt64), record.TimestampOf(0), record.TimestampOf(1), record.TimestampOf(math.MaxInt64)}
	days := []record.Value{record.DateOf(-1), record.DateOf(0), record.DateOf(1)}
	whole := ints(math.MinInt64, math.MinInt64+1, 0, 1, 2, math.MaxInt64)
	doubles := floats(math.Inf(-1), math.Copysign(0, -1), 0, 0.5, math.Inf(1), math.NaN())
	words := texts("", "a", "a\x00", "b")
	sum := &plan.Ref{Kind: plan.AggRef, Typ: record.BigIntType}
	return []variable{
		{col("a", record.BigIntType), values(whole...), whole[1:]},
		{col("d", record.DoubleType), values(doubles...), doubles[1:]},
		{col("s", record.VarcharType), values(words...), words[1:]},
		{col("at", record.TimestampType), values(append(moments, record.NullOf(record.TimestampType))...), moments},
		{col("on", record.DateType), values(append(days, record.NullOf(record.DateType))...), days},
		{col("v", record.BooleanType), values(record.Bool(true), record.Bool(false), record.NullOf(record.BooleanType)), []record.Value{record.Bool(true), record.Bool(false)}},
		{sum, append(values(ints(0, 1, 2)...), outcome{failed: true}), ints(0, 1, 2)[1:]},
	}
}

// TestBounds: what is left of comparisons.
func TestBounds(t *testing.T) {
	a, d := col("a", record.BigIntType), col("d", record.DoubleType)
	le := func(n int64) plan.Expr { return call(plan.FuncLe, a, lit(record.Int(n))) }
	eq := func(n int64) plan.Expr { return call(plan.FuncEq, a, lit(record.Int(n))) }
	below := func(f float64) plan.Expr { return call(plan.FuncLt, d, lit(record.Float(f))) }
	for _, test := range []struct {
		fn   string
		args []plan.Expr
		want string // "": stays as it is
	}{
		{plan.FuncAnd, []plan.Expr{le(5), not(le(3))}, ""},
		{plan.FuncAnd, []plan.Expr{not(le(3)), not(le(5))}, "not(le(a, 5))"},
		{plan.FuncAnd, []plan.Expr{le(5), not(le(4))}, "eq(a, 5)"},
		{plan.FuncAnd, []plan.Expr{le(5), not(le(3)), not(eq(4))}, "eq(a, 5)"},
		{plan.FuncAnd, []plan.Expr{le(9), not(le(1)), not(eq(5))}, ""},
		{plan.FuncAnd, []plan.Expr{eq(5), le(9)}, "eq(a, 5)"},
		{plan.FuncAnd, []plan.Expr{le(3), not(le(5))}, "and(NULL, is_null(a))"},
		{plan.FuncAnd, []plan.Expr{eq(1), eq(2)}, "and(NULL, is_null(a))"},
		{plan.FuncAnd, []plan.Expr{not(eq(1)), not(eq(2))}, ""},
		{plan.FuncOr, []plan.Expr{eq(1), eq(2)}, ""},
		{plan.FuncOr, []plan.Expr{le(3), eq(4)}, "le(a, 4)"},
		{plan.FuncOr, []plan.Expr{le(3), le(5), eq(1)}, "le(a, 5)"},
		{plan.FuncOr, []plan.Expr{le(5), not(le(3))}, "or(NULL, not(is_null(a)))"},
		{plan.FuncOr, []plan.Expr{le(3), not(le(4))}, "not(eq(a, 4))"},
		{plan.FuncAnd, []plan.Expr{call(plan.FuncIsNull, a), le(3)}, "and(NULL, is_null(a))"},
		{plan.FuncAnd, []plan.Expr{not(call(plan.FuncIsNull, a)), le(3)}, ""},
		{plan.FuncAnd, []plan.Expr{below(1), not(below(1))}, "and(NULL, is_null(d))"},
		{plan.FuncAnd, []plan.Expr{below(2), not(below(1))}, ""},
		{plan.FuncAnd, []plan.Expr{below(2), le(3)}, ""},
	} {
		e := call(test.fn, test.args...)
		want := newRewriter().expr(e)
		if _, changed := (bounds{}).Rewrite(e); changed != (test.want != "") {
			t.Errorf("%s: changed: %t", plan.FormatExpr(e), changed)
		} else if got := plan.FormatExpr(want); changed && got != test.want {
			t.Errorf("%s becomes %s, not %s", plan.FormatExpr(e), got, test.want)
		}
	}
}
