package merge

import (
	"github.com/millrace/millrace/libs/exec/expr"
	"github.com/millrace/millrace/libs/sql/plan"
)

// expression returns an expression of the query's table, ready to be computed: a call
// is compiled when it is needed first, anything else takes nothing.
func (q *query) expression(e plan.Expr) expr.RowExpr {
	call, ok := e.(*plan.Call)
	if !ok {
		return expr.CompileRow(e)
	}
	x, ok := q.compiled[call]
	if !ok {
		if q.compiled == nil {
			q.compiled = map[*plan.Call]expr.RowExpr{}
		}
		x = expr.CompileRow(e)
		q.compiled[call] = x
	}
	return x
}
