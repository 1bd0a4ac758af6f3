package build

import (
	"slices"

	"github.com/millrace/millrace/libs/exec/scan"
	"github.com/millrace/millrace/libs/sql/plan"
)

// snapshot returns the selection as it is now.
func (sel *selection) snapshot() *scan.Selection {
	if sel.built != nil {
		return sel.built
	}
	out := &scan.Selection{ID: sel.id, Pred: sel.pred, Tally: sel.tally}
	for _, g := range sel.groupings {
		out.Tables = append(out.Tables, g.snapshot())
	}
	for _, r := range sel.rows {
		out.Rows = append(out.Rows, r.scan)
	}
	sel.built = out
	return out
}

// snapshot returns the table as it is now.
func (g *grouping) snapshot() *scan.Table {
	if g.built != nil {
		return g.built
	}
	out := &scan.Table{
		ID: g.id, Slot: g.slot, Keys: scanValues(g.keys), Window: g.window,
		Columns: union(g.sel.columns, g.columns),
	}
	for _, a := range g.aggs {
		out.Aggs = append(out.Aggs, a.scan)
		out.Columns = union(out.Columns, a.columns)
	}
	for _, t := range g.tables {
		n := scan.TableNode{ID: t.id, Routing: t.routing, IDs: slices.Clone(t.aggs)}
		for _, id := range t.aggs {
			at, _ := g.find(id)
			n.Aggs = append(n.Aggs, at)
		}
		out.Nodes = append(out.Nodes, n)
	}
	g.built = out
	return out
}

// union returns the numbers that are in a or b, in a slice of its own.
func union(a, b []int) []int {
	out := slices.Clone(a)
	for _, c := range b {
		if !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	return out
}

func opOf(e plan.Expr) scan.Op {
	switch e.(*plan.Call).Func {
	case plan.FuncAnd:
		return scan.OpAnd
	case plan.FuncOr:
		return scan.OpOr
	default:
		return scan.OpNot
	}
}

// cost estimates the time that a predicate takes per row, so that an AND tries
// the cheap ones first: where they leave no row, the others are not evaluated.
func cost(e plan.Expr) int {
	call, ok := e.(*plan.Call)
	if !ok {
		return 1
	}
	switch call.Func {
	case plan.FuncAnd, plan.FuncOr, plan.FuncNot:
		sum := 0
		for _, a := range call.Args {
			sum += cost(a)
		}
		return sum
	case plan.FuncContains, plan.FuncLike:
		return 20
	case plan.FuncIContains, plan.FuncILike:
		return 30
	case plan.FuncMember:
		return 3
	default:
		return 1
	}
}
