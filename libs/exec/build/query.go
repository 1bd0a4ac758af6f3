package build

import (
	"fmt"

	"github.com/millrace/millrace/libs/exec/agg"
	"github.com/millrace/millrace/libs/exec/delta"
	"github.com/millrace/millrace/libs/exec/merge"
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/share"
	"github.com/millrace/millrace/libs/sql/plan"
)

// Query returns what merge does for one query: its node, selection, table or
// rows, and output columns. What the plan does not say (id, epoch, position,
// owner, limits) is left to the caller. An error says what the plan needs and
// this version does not have.
func Query(root *plan.Output) (*merge.Query, error) {
	shape, err := share.Decompose(root)
	if err != nil {
		return nil, err
	}
	return QueryOf(shape)
}

// QueryOf is [Query] of a plan that is decomposed.
func QueryOf(shape *share.Shape) (*merge.Query, error) {
	streams := shape.Streams()
	q := &merge.Query{Stream: streams[0], Others: streams[1:], Selection: shape.Selection.ID}
	if shape.Rows != nil {
		q.Rows = &merge.Rows{Node: shape.Rows.NodeID, Cols: shape.Rows.Cols, Limit: shape.Limit, Skip: shape.Skip}
		q.Info.Columns = outputColumns(shape.Rows.Cols)
		return q, nil
	}
	t := shape.Table
	q.Table = &merge.Table{
		Node:    t.NodeID,
		Routing: delta.Routing(t.Routing),
		Having:  t.Having,
		Cols:    t.Cols,
		Order:   t.Order,
		K:       t.K,
		Skip:    t.Skip,
		Final:   t.Emit == plan.EmitFinal,
	}
	if t.Window != nil {
		q.Table.Window = t.Window.Size
	}
	q.Table.Keys = make([]record.Type, len(t.Keys))
	for i, k := range t.Keys {
		q.Table.Keys[i] = k.Type()
	}
	q.Table.Aggs = make([]merge.Aggregate, len(t.Aggs))
	for i := range t.Aggs {
		spec := &t.Aggs[i]
		fn, err := aggregateFunc(spec)
		if err != nil {
			return nil, fmt.Errorf("aggregate %d: %w", i+1, err)
		}
		q.Table.Aggs[i] = merge.Aggregate{ID: spec.ID, Func: fn}
		q.Table.TopRows = q.Table.TopRows || spec.Top != nil
	}
	q.Info.Columns = outputColumns(t.Cols)
	return q, nil
}

// aggregateFunc returns the function that scan and merge keep states of.
func aggregateFunc(spec *share.AggSpec) (agg.Function, error) {
	if spec.Top != nil {
		return agg.TopRows(agg.TopSpec(*spec.Top))
	}
	return agg.Lookup(spec.Agg)
}

func outputColumns(cols []plan.NamedExpr) []merge.OutputColumn {
	out := make([]merge.OutputColumn, len(cols))
	for i, c := range cols {
		out[i] = merge.OutputColumn{Name: c.Name, Type: c.Expr.Type().String()}
	}
	return out
}
