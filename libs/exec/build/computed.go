package build

import (
	"slices"

	"github.com/millrace/millrace/libs/exec/expr"
	"github.com/millrace/millrace/libs/exec/index"
	"github.com/millrace/millrace/libs/exec/scan"
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/share"
	"github.com/millrace/millrace/libs/sql/plan"
)

// A predicate over a computed value that an index could hold is an atom that has a
// leaf: the index has the leaf only where that is the access predicate of a
// selection. Else the value would be computed in all rows for every query that merely
// looks at it in some.

// computedAtom makes such a predicate; exact says that the leaf is TRUE nowhere else.
func (b *Builder) computedAtom(s *stream, id plan.ID, e plan.Expr, t index.Target, k index.Key, subject *plan.Call, exact bool) *predicate {
	if p := b.predicates.Get(id); p != nil {
		p.refs++
		return p
	}
	p := b.atom(s, id, e)
	leaf := b.leaf(s, nil, t, k, subject)
	leaf.total = p.total
	p.of.inputs, p.of.exact, p.guess = []*predicate{leaf}, exact, leaf.guess
	return p
}

// bounds makes the predicate that several comparisons of a computed value are.
func (b *Builder) bounds(s *stream, c *conjoined) *predicate {
	return b.computedAtom(s, c.id(), c.expr(), c.target, c.key, index.Subject(c.nodes[0].Expr()), true)
}

// id returns the id of the comparisons together.
func (c *conjoined) id() plan.ID {
	parts := [][]byte{[]byte("bounds")}
	for _, n := range c.nodes {
		parts = append(parts, n.ID[:])
	}
	slices.SortFunc(parts[1:], slices.Compare[[]byte])
	return plan.HashID(parts...)
}

// cost is that of [expr.Cost] of one of the comparisons: the others find what it
// computes.
func (c *conjoined) cost() int { return costOf(c.nodes[0]) }

// expr returns the AND of the comparisons.
func (c *conjoined) expr() plan.Expr {
	and := &plan.Call{Func: plan.FuncAnd, Typ: record.BooleanType}
	for _, n := range c.nodes {
		and.Args = append(and.Args, n.Expr())
	}
	return and
}

// leaf returns the predicate that an index can hold for an atom over a computed
// value; nil: there is none.
func (p *predicate) leaf() *predicate {
	if !p.is(scan.OpAtom) || len(p.of.inputs) == 0 {
		return nil
	}
	return p.of.inputs[0]
}

// computed reports whether p is over computed values.
func (p *predicate) computed() bool {
	if p.is(scan.OpAtom) {
		return expr.IsComputed(p.of.atom)
	}
	return slices.ContainsFunc(p.inputs(), (*predicate).computed)
}

// overComputed reports whether a cover is looked for in computed values.
func overComputed(cover []*predicate) bool {
	return slices.ContainsFunc(cover, func(p *predicate) bool { return p.target.at.IsComputed() })
}

// routeFallible finds the access path of a selection that may be ERROR. Its rows are
// among those in which an access predicate is not FALSE: where that is NULL or ERROR,
// the selection may be ERROR, and that is counted.
func (b *Builder) routeFallible(sel *selection) {
	r := &sel.route
	via := r.pred.cover()
	if via == nil {
		b.addDense(sel)
		return
	}
	r.rest = r.pred
	r.rest.refs++
	b.want(r.rest, 1)
	for _, p := range via {
		b.want(p, 1)
	}
	b.addCandidate(sel, via, targetsOf(via))
}

// forgetUnknown takes back what addCandidate did at targets.
func (s *stream) forgetUnknown(c *candidate, via []*predicate) {
	if c == nil || len(c.as) == len(via) {
		return
	}
	for i, t := range targetsOf(via) {
		t.unknown.remove(&c.as[len(via)+i])
		s.changed(t)
	}
}

// targetsOf returns the targets of predicates, each once.
func targetsOf(via []*predicate) []*target {
	var all []*target
	for _, p := range via {
		if !slices.Contains(all, p.target) {
			all = append(all, p.target)
		}
	}
	return all
}

// heldComputed returns what acquirePredicate makes of a node that compares a computed
// value; ok is false for others.
func (b *Builder) heldComputed(s *stream, n *share.Node) (p *predicate, ok bool) {
	t, k, held := heldBy(n)
	exact := held
	if !held && n.Kind == share.AtomNode {
		t, k, held = index.ImpliedBy(n.Expr())
	}
	if !held || !t.IsComputed() {
		return nil, false
	}
	e := n.Expr()
	return b.computedAtom(s, n.ID, e, t, k, index.Subject(e), exact), true
}
