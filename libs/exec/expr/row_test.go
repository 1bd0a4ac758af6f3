package expr

import (
	"errors"
	"testing"

	"github.com/millrace/millrace/libs/exec/agg"
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/plan"
)

func TestCompileRow(t *testing.T) {
	env := RowEnv{
		Keys:        []record.Value{record.Text("en"), record.NullOf(record.VarcharType)},
		Aggs:        []Result{{Value: record.Int(12)}, {Err: agg.ErrOverflow}, {Value: record.NullOf(record.DoubleType)}},
		WindowStart: 1000000, WindowEnd: 61000000,
	}
	ref := func(k plan.RefKind, i int, typ record.Type) plan.Expr { return &plan.Ref{Kind: k, Index: i, Typ: typ} }
	lang, null := ref(plan.KeyRef, 0, record.VarcharType), ref(plan.KeyRef, 1, record.VarcharType)
	n, bad := ref(plan.AggRef, 0, record.BigIntType), ref(plan.AggRef, 1, record.BigIntType)
	avg := ref(plan.AggRef, 2, record.DoubleType)
	ten := &plan.Literal{Value: record.Int(10)}
	isFalse := &plan.Literal{Value: record.Bool(false)}
	isTrue := &plan.Literal{Value: record.Bool(true)}
	for _, c := range []struct {
		e    plan.Expr
		want record.Truth
	}{
		{call(plan.FuncNot, call(plan.FuncLe, n, ten)), record.True},
		{call(plan.FuncLe, n, ten), record.False},
		{call(plan.FuncLe, bad, ten), record.Error},
		{call(plan.FuncLe, avg, ten), record.Null},
		{call(plan.FuncLe, avg, bad), record.Error},
		{call(plan.FuncIsNull, bad), record.Error},
		{call(plan.FuncIsNull, avg), record.True},
		{call(plan.FuncAnd, call(plan.FuncLe, bad, ten), isFalse), record.False},
		{call(plan.FuncAnd, call(plan.FuncLe, avg, ten), call(plan.FuncLe, bad, ten)), record.Error},
		{call(plan.FuncOr, call(plan.FuncLe, avg, ten), call(plan.FuncLe, bad, ten)), record.Error},
		{call(plan.FuncOr, call(plan.FuncLe, bad, ten), isTrue), record.True},
		{call(plan.FuncIsNull, call(plan.FuncOr, call(plan.FuncLe, bad, ten), isFalse)), record.Error},
		{call(plan.FuncEq, lang, &plan.Literal{Value: record.Text("en")}), record.True},
		{call(plan.FuncEq, null, &plan.Literal{Value: record.Text("en")}), record.Null},
		{call(plan.FuncILike, lang, &plan.Literal{Value: record.Text("E%")}), record.True},
		{call("soundex", lang), record.Error},
		{ref(plan.KeyRef, 7, record.BooleanType), record.Error},
		{&plan.Column{Name: "lang", Typ: record.BooleanType}, record.Error},
	} {
		if got := CompileRow(c.e).Truth(&env); got != c.want {
			t.Errorf("%s is %v, want %v", plan.FormatExpr(c.e), got, c.want)
		}
	}
	if v, err := CompileRow(bad).Value(&env); !errors.Is(err, agg.ErrOverflow) || !errors.Is(err, ErrEvaluation) {
		t.Errorf("got %v, %v", v, err)
	}
	for _, c := range []struct {
		e    plan.Expr
		want record.Value
	}{
		{n, record.Int(12)},
		{lang, record.Text("en")},
		{ref(plan.WindowStartRef, 0, record.TimestampType), record.TimestampOf(1e9)},
		{ref(plan.WindowEndRef, 0, record.TimestampType), record.TimestampOf(61e9)},
		{call(plan.FuncLe, n, ten), record.Bool(false)},
		{call(plan.FuncNot, call(plan.FuncLe, avg, ten)), record.NullOf(record.BooleanType)},
	} {
		got, err := CompileRow(c.e).Value(&env)
		if err != nil || record.Compare(got, c.want) != 0 {
			t.Errorf("%s = %v, %v, want %v", plan.FormatExpr(c.e), got, err, c.want)
		}
	}
}
