package explain

import (
	"github.com/millrace/millrace/libs/share"
	"github.com/millrace/millrace/libs/sql/plan"
)

// evaluated returns what a predicate costs in so many rows: what it computes is priced
// as patterns are, as if nobody else wanted it.
func evaluated(e plan.Expr, rows float64) terms {
	call, ok := e.(*plan.Call)
	if !ok {
		return terms{figureCompare: rows}
	}
	computed := calls(call.Args...)
	switch call.Func {
	case plan.FuncLike, plan.FuncILike:
		return terms{figurePattern: rows * (1 + computed)}
	case plan.FuncEq, plan.FuncLt, plan.FuncLe, plan.FuncIsNull, plan.FuncContains, plan.FuncIContains, plan.FuncMember:
		return terms{figureCompare: rows, figurePattern: rows * computed}
	default:
		return terms{figurePattern: rows * calls(e)}
	}
}

// calls returns how many calls have to be computed for expressions.
func calls(es ...plan.Expr) float64 {
	n := 0.0
	for _, e := range es {
		if call, ok := e.(*plan.Call); ok {
			n += 1 + calls(call.Args...)
		}
	}
	return n
}

// arguments returns what an aggregate is of.
func arguments(a *share.AggSpec) []plan.Expr {
	var es []plan.Expr
	if a.Top == nil {
		a.Agg.Read(func(e plan.Expr) { es = append(es, e) })
		return es
	}
	es = a.Top.Cols
	for _, k := range a.Top.Order {
		es = append(es[:len(es):len(es)], k.Expr)
	}
	return es
}

func columns(cols []plan.NamedExpr) []plan.Expr {
	es := make([]plan.Expr, len(cols))
	for i, c := range cols {
		es[i] = c.Expr
	}
	return es
}
