package bind

import (
	"slices"

	"github.com/millrace/millrace/libs/sql/plan"
)

// spread returns a plan over a union as the union of plans over its branches, each with
// the expressions of the branch in the place of the union's columns. Any other plan stays.
func spread(out *plan.Output) *plan.Output {
	u := unionBelow(out)
	if u == nil {
		return out
	}
	var all []*plan.Output
	for _, b := range branchesOf(u) {
		all = append(all, b.put(out).(*plan.Output))
	}
	return plan.Unite(all)
}

func unionBelow(n plan.Node) *plan.Union {
	for ; n != nil; n = n.Input() {
		if u, ok := n.(*plan.Union); ok {
			return u
		}
	}
	return nil
}

// leaf is a branch over a stream: rows, and what the columns of the union are of those.
type leaf struct {
	in     plan.Node
	cols   []plan.NamedExpr
	levels int // of what is unnested in it
}

// branchesOf returns the branches of a union down to streams: those of a union that is
// itself a branch are among them.
func branchesOf(u *plan.Union) []leaf {
	var all []leaf
	for _, n := range u.Branches {
		p := n.(*plan.Project)
		below := unionBelow(p.In)
		if below == nil {
			all = append(all, leaf{p.In, p.Cols, levels(p.In)})
			continue
		}
		for _, b := range branchesOf(below) {
			in := b.put(p.In)
			all = append(all, leaf{in, b.columns(p.Cols), levels(in)})
		}
	}
	return all
}

// put returns nodes over a union as nodes over the branch.
func (b *leaf) put(n plan.Node) plan.Node {
	switch n := n.(type) {
	case *plan.Union:
		return b.in
	case *plan.Unnest:
		return unnested(b.put(n.In), b.expr(n.Array))
	case *plan.Filter:
		if _, having := n.In.(*plan.Aggregate); having {
			return &plan.Filter{In: b.put(n.In), Pred: n.Pred}
		}
		return filtered(b.put(n.In), b.expr(n.Pred))
	case *plan.Window:
		w := *n
		w.In, w.Time = b.put(n.In), b.column(&plan.Column{Name: n.Time}).(*plan.Column).Name
		return &w
	case *plan.Aggregate:
		a := &plan.Aggregate{In: b.put(n.In), Keys: b.exprs(n.Keys), Aggs: slices.Clone(n.Aggs)}
		for i := range a.Aggs {
			agg := &a.Aggs[i]
			agg.Args, agg.Order = b.exprs(agg.Args), b.order(agg.Order)
			if agg.Filter != nil {
				agg.Filter = b.expr(agg.Filter)
			}
		}
		return a
	case *plan.Project:
		return &plan.Project{In: b.put(n.In), Cols: b.columns(n.Cols)}
	case *plan.TopK:
		t := *n
		t.In, t.Order = b.put(n.In), b.order(n.Order)
		return &t
	case *plan.Output:
		return n.Over(b.put(n.In))
	default:
		return n
	}
}

// expr returns an expression over the union's columns as one over the branch.
func (b *leaf) expr(e plan.Expr) plan.Expr {
	switch e := e.(type) {
	case *plan.Column:
		return b.column(e)
	case *plan.Call:
		c := *e
		c.Args = b.exprs(e.Args)
		return &c
	default:
		return e
	}
}

// column returns what a column of the union is in the branch. Levels of what is unnested
// of the union are above those of the branch.
func (b *leaf) column(c *plan.Column) plan.Expr {
	for i := range b.cols {
		if placeholder(i) == c.Name {
			return b.cols[i].Expr
		}
	}
	level, position, ok := plan.UnnestColumn(c.Name)
	switch {
	case !ok:
		return c
	case position:
		return &plan.Column{Name: plan.PositionColumn(level + b.levels), Typ: c.Typ}
	default:
		return &plan.Column{Name: plan.ElementColumn(level + b.levels), Typ: c.Typ}
	}
}

func (b *leaf) exprs(es []plan.Expr) []plan.Expr {
	out := slices.Clone(es)
	for i := range out {
		out[i] = b.expr(out[i])
	}
	return out
}

func (b *leaf) columns(cols []plan.NamedExpr) []plan.NamedExpr {
	out := slices.Clone(cols)
	for i := range out {
		out[i].Expr = b.expr(out[i].Expr)
	}
	return out
}

func (b *leaf) order(keys []plan.SortKey) []plan.SortKey {
	out := slices.Clone(keys)
	for i := range out {
		out[i].Expr = b.expr(out[i].Expr)
	}
	return out
}
