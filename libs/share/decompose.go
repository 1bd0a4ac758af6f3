package share

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/plan"
)

// Decompose returns the shape of a query in canonical form. Equal plans have
// equal shapes; plans that agree up to a layer agree in the ids up to it.
func Decompose(root *plan.Output) (*Shape, error) {
	if err := plan.Check(root); err != nil {
		return nil, fmt.Errorf("decompose: %w", err)
	}
	branches := plan.Branches(root)
	if len(branches) == 1 {
		return decompose(root), nil
	}
	shapes := make([]*Shape, len(branches))
	for i, b := range branches {
		shapes[i] = decompose(b)
	}
	return unite(root, shapes), nil
}

// decompose is Decompose of a plan without a union.
func decompose(root *plan.Output) *Shape {
	s := &Shape{ID: plan.Fingerprint(root), Limit: root.Limit, Skip: root.Skip}
	n := root.In
	top, _ := n.(*plan.TopK)
	if top != nil {
		n = top.In
	}
	project := n.(*plan.Project)
	n = project.In

	var agg *plan.Aggregate
	var having plan.Expr
	if f, ok := n.(*plan.Filter); ok {
		if agg, ok = f.In.(*plan.Aggregate); ok {
			having, n = f.Pred, agg
		}
	}
	if agg == nil {
		agg, _ = n.(*plan.Aggregate)
	}
	var window *plan.Window
	if agg != nil {
		n = agg.In
		if w, ok := n.(*plan.Window); ok {
			window = &plan.Window{Kind: w.Kind, Time: w.Time, Size: w.Size}
			n = w.In
		}
	}
	if f, ok := n.(*plan.Filter); ok {
		s.Selection.Pred = f.Pred
		n = f.In
	}
	for u, ok := n.(*plan.Unnest); ok; u, ok = n.(*plan.Unnest) {
		s.Unnest = append(s.Unnest, u.Array)
		n = u.In
	}
	slices.Reverse(s.Unnest)
	s.Stream = n.(*plan.Scan).Stream
	s.Selection.ID = selectionID(s.source(), s.Selection.Pred)

	if agg == nil && top == nil {
		s.Rows = &Rows{NodeID: rowsID(s.Selection.ID, project.Cols), Cols: project.Cols}
		return s
	}
	t := &Table{Routing: ByKey, TableSpec: &TableSpec{Window: window, Having: having, Cols: project.Cols, Emit: root.Emit}}
	if top != nil {
		t.Order, t.K, t.Skip = top.Order, top.K, top.Skip
	}
	if agg == nil {
		t.Aggs = []AggSpec{topRows(top, project)}
	} else {
		t.Keys = agg.Keys
		for _, a := range agg.Aggs {
			t.Aggs = append(t.Aggs, AggSpec{ID: plan.HashID([]byte("aggregate"), plan.EncodeAgg(nil, a)), Agg: a})
		}
		if top != nil {
			t.Routing = ByTable
		}
	}
	t.ScanID = scanID(s.Selection.ID, t.Keys, window)
	t.NodeID = plan.HashID([]byte("node"), t.ScanID[:], []byte{byte(t.Routing)})
	s.Table = t
	return s
}

// topRows returns the aggregate that keeps the rows of a TopK over a Project of
// columns.
func topRows(top *plan.TopK, project *plan.Project) AggSpec {
	spec := &TopSpec{Order: top.Order, K: top.K + top.Skip}
	parts := [][]byte{[]byte(FuncTopRows), binary.AppendVarint(nil, spec.K), binary.AppendUvarint(nil, uint64(len(top.Order)))}
	for _, k := range top.Order {
		parts = append(parts, plan.EncodeSortKey(nil, k))
	}
	for _, c := range project.Cols {
		spec.Cols = append(spec.Cols, c.Expr)
		parts = append(parts, plan.EncodeExpr(nil, c.Expr))
	}
	return AggSpec{
		ID:  plan.HashID(parts...),
		Agg: plan.Agg{Func: FuncTopRows, Type: record.BigIntType},
		Top: spec,
	}
}

func selectionID(source string, pred plan.Expr) plan.ID {
	return plan.HashID([]byte("selection"), []byte(source), encodePred(pred))
}

// encodePred returns the bytes of a predicate, none for the one that is nil.
func encodePred(pred plan.Expr) []byte {
	if pred == nil {
		return nil
	}
	return plan.EncodeExpr(nil, pred)
}

func scanID(selection plan.ID, keys []plan.Expr, w *plan.Window) plan.ID {
	parts := [][]byte{[]byte("table"), selection[:], encodeWindow(w)}
	for _, k := range keys {
		parts = append(parts, plan.EncodeExpr(nil, k))
	}
	return plan.HashID(parts...)
}

func encodeWindow(w *plan.Window) []byte {
	if w == nil {
		return nil
	}
	b := binary.AppendUvarint([]byte{byte(w.Kind)}, uint64(w.Size))
	return append(b, w.Time...)
}

func rowsID(selection plan.ID, cols []plan.NamedExpr) plan.ID {
	parts := [][]byte{[]byte("rows"), selection[:]}
	for _, c := range cols {
		parts = append(parts, plan.EncodeExpr(nil, c.Expr))
	}
	return plan.HashID(parts...)
}
