package merge

import (
	"testing"

	"github.com/millrace/millrace/libs/exec/expr"
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/plan"
)

// A call is compiled once for all groups of a query, and what is none takes nothing.
func TestExpressionsAreCompiledOnce(t *testing.T) {
	n := &plan.Ref{Kind: plan.AggRef, Typ: record.BigIntType}
	having := &plan.Call{Func: plan.FuncLe, Args: []plan.Expr{n, &plan.Literal{Value: record.Int(2)}}, Typ: record.BooleanType}
	q := new(query)
	for count := range int64(5) {
		env := expr.RowEnv{Aggs: []expr.Result{{Value: record.Int(count)}}}
		if got := q.expression(having).Truth(&env); got != record.TruthOf(count <= 2) {
			t.Errorf("%d: %v", count, got)
		}
		if v, err := q.expression(n).Value(&env); err != nil || v.Int() != count {
			t.Errorf("%d: %v %v", count, v, err)
		}
	}
	if len(q.compiled) != 1 {
		t.Errorf("%d expressions are compiled", len(q.compiled))
	}
	q = new(query)
	if q.expression(n); q.compiled != nil {
		t.Error("a reference is compiled")
	}
}
