package build

import (
	"cmp"
	"encoding/binary"
	"slices"

	"github.com/millrace/millrace/libs/exec/expr"
	"github.com/millrace/millrace/libs/exec/index"
	"github.com/millrace/millrace/libs/exec/scan"
	"github.com/millrace/millrace/libs/share"
	"github.com/millrace/millrace/libs/sql/plan"
)

// predicate is a predicate of the shared plan: an atom, held by an index where there
// is one for it; an interval, which is one or several comparisons of a column under
// an AND; or a combination. Each exists once. There are many: they are small.
type predicate struct {
	id     plan.ID
	guess  float64 // the part of all rows in which it may be TRUE, to choose by
	slot   int32
	refs   int32
	wanted int32 // how many want to know its rows; only then does an index have it
	total  bool  // it is never ERROR

	// Of what an index can hold: where, and what it decides.
	changed bool // it is among stream.changedReaches
	target  *target
	key     index.Key
	direct  *selection // that it is; nil: none
	more    *reach     // nil: nothing else

	of   *made           // of what no index can hold
	eval *scan.Predicate // nil: it was never to be evaluated by itself
}

// made is how a predicate is made that no index can hold.
type made struct {
	op     scan.Op
	exact  bool         // of an atom that has a leaf: the leaf is TRUE nowhere else
	inputs []*predicate // of an atom its leaf, if there is one
	atom   expr.Predicate
}

// PlanID implements [byid.Thing].
func (p *predicate) PlanID() plan.ID { return p.id }

// indexed reports whether an index can tell the rows of p.
func (p *predicate) indexed() bool { return p.target != nil }

// is reports whether p is a combination by op.
func (p *predicate) is(op scan.Op) bool { return p.of != nil && p.of.op == op }

// inputs returns what p is a combination of.
func (p *predicate) inputs() []*predicate {
	if p.of == nil || p.of.op == scan.OpAtom {
		return nil
	}
	return p.of.inputs
}

// evaluated returns p as it is evaluated by itself.
func (p *predicate) evaluated() *scan.Predicate {
	if p.eval != nil {
		return p.eval
	}
	out := &scan.Predicate{Slot: int(p.slot), Index: scan.NoSlot}
	if p.indexed() {
		out.Index = p.target.slot
	} else {
		out.Op, out.Atom = p.of.op, p.of.atom
		if out.Atom != nil {
			out.ID = p.id
		}
		for _, in := range p.inputs() {
			out.Inputs = append(out.Inputs, in.evaluated())
		}
		out.Fallible, out.Computed = !p.total, p.computed()
		out.Shared.Store(p.wanted > 1)
	}
	p.eval = out
	return out
}

// acquirePredicate returns the one predicate of a node of the shared plan.
func (b *Builder) acquirePredicate(n *share.Node) *predicate {
	if p := b.predicates.Get(n.ID); p != nil {
		p.refs++
		return p
	}
	s := b.source(n)
	if p, ok := b.heldComputed(s, n); ok {
		return p
	}
	if t, k, ok := heldBy(n); ok {
		return b.leaf(s, nil, t, k, nil)
	}
	if n.Kind == share.AtomNode {
		t, k, ok := index.ImpliedBy(n.Expr())
		if !ok {
			return b.atom(s, n.ID, n.Expr())
		}
		inputs := []*predicate{b.leaf(s, nil, t, k, nil), b.atom(s, RestID(n.ID), n.Expr())}
		return b.combination(n.ID, scan.OpAnd, inputs)
	}
	inputs := b.acquireInputs(s, n)
	if len(inputs) == 1 && opOf(n) != scan.OpNot {
		return inputs[0] // the comparisons under an AND have become one interval
	}
	return b.combination(n.ID, opOf(n), inputs)
}

// atom makes a predicate that no index can hold.
func (b *Builder) atom(s *stream, id plan.ID, e plan.Expr) *predicate {
	p := b.newPredicate(id)
	// It was compiled without an error when the query was added.
	atom, _ := expr.CompilePredicate(e, b.scope(s, id))
	p.of = &made{op: scan.OpAtom, atom: atom}
	p.total, p.guess = expr.IsTotal(atom), 0.5
	return p
}

// combination makes a predicate of inputs that it takes over.
func (b *Builder) combination(id plan.ID, op scan.Op, inputs []*predicate) *predicate {
	p := b.newPredicate(id)
	p.of = &made{op: op, inputs: inputs}
	p.total, p.guess = true, guess(op, inputs)
	for _, in := range inputs {
		p.total = p.total && in.total
	}
	return p
}

// acquireInputs returns the inputs of a combination, the cheap ones first; those
// of an AND that are comparisons of one column as one interval.
func (b *Builder) acquireInputs(s *stream, n *share.Node) []*predicate {
	nodes := cheapFirst(n.Inputs())
	var inputs []*predicate
	var computed []conjoined // in turn with the nodes
	if opOf(n) == scan.OpAnd {
		intervals, rest := intervalsOf(nodes)
		nodes = rest
		for _, i := range intervals {
			if i.target.IsComputed() {
				computed = append(computed, i)
			} else {
				inputs = append(inputs, b.leaf(s, nil, i.target, i.key, nil))
			}
		}
	}
	for _, in := range nodes {
		for len(computed) > 0 && computed[0].cost() <= costOf(in) {
			inputs = append(inputs, b.bounds(s, &computed[0]))
			computed = computed[1:]
		}
		inputs = append(inputs, b.acquirePredicate(in))
	}
	for i := range computed {
		inputs = append(inputs, b.bounds(s, &computed[i]))
	}
	return inputs
}

// RestID returns the id of what is left to be evaluated of an atom where an index
// has found what it implies.
func RestID(atom plan.ID) plan.ID { return plan.HashID([]byte("atom"), atom[:]) }

// heldBy returns the target and key of the index that can hold the predicate of a
// node by itself.
func heldBy(n *share.Node) (index.Target, index.Key, bool) {
	if n.Kind == share.AtomNode {
		if t, k, ok := index.TargetOf(n.Expr()); ok {
			return t, k, ok
		}
	}
	return intervalOf(n)
}

// intervalOf is [index.IntervalOf] of the predicate of a node.
func intervalOf(n *share.Node) (t index.Target, k index.Key, ok bool) {
	if n.Kind != share.AtomNode && (opOf(n) != scan.OpNot || n.Inputs()[0].Kind != share.AtomNode) {
		return t, k, false
	}
	return index.IntervalOf(n.Expr())
}

func opOf(n *share.Node) scan.Op {
	switch n.Func() {
	case plan.FuncAnd:
		return scan.OpAnd
	case plan.FuncOr:
		return scan.OpOr
	case plan.FuncNot:
		return scan.OpNot
	default:
		return scan.OpAtom
	}
}

// cheapFirst returns predicates by what they cost.
func cheapFirst(nodes []*share.Node) []*share.Node {
	type priced struct {
		node *share.Node
		cost int
	}
	all := make([]priced, len(nodes))
	for i, n := range nodes {
		all[i] = priced{n, costOf(n)}
	}
	slices.SortStableFunc(all, func(a, b priced) int { return cmp.Compare(a.cost, b.cost) })
	out := make([]*share.Node, len(nodes))
	for i := range all {
		out[i] = all[i].node
	}
	return out
}

// costOf is [expr.Cost] of the predicate of a node.
func costOf(n *share.Node) int {
	if n.Kind == share.AtomNode {
		return expr.Cost(n.Expr())
	}
	sum := 0
	for _, in := range n.Inputs() {
		sum += costOf(in)
	}
	return sum
}

// leaf returns the one predicate that an index holds by a key, nested under
// another predicate unless that is nil; subject is as for [Builder.target].
func (b *Builder) leaf(s *stream, under *predicate, t index.Target, k index.Key, subject *plan.Call) *predicate {
	id := leafID(s, under, t, k)
	if p := b.predicates.Get(id); p != nil {
		p.refs++
		return p
	}
	p := b.newPredicate(id)
	p.target, p.key = b.target(s, under, t, subject), k
	p.total, p.guess = true, rarity(t, k)
	if under != nil {
		p.guess *= under.guess
	}
	return p
}

func leafID(s *stream, under *predicate, t index.Target, k index.Key) plan.ID {
	var above plan.ID
	if under != nil {
		above = under.id
	}
	var bounds [18]byte
	bounds[0], bounds[1] = byte(t.Test), byte(t.Kind)
	binary.BigEndian.PutUint64(bounds[2:], uint64(k.Lo))
	binary.BigEndian.PutUint64(bounds[10:], uint64(k.Hi))
	return plan.HashID([]byte("leaf"), above[:], []byte(s.key), subjectOf(t), bounds[:], []byte(k.Text))
}

func (b *Builder) newPredicate(id plan.ID) *predicate {
	p := &predicate{id: id, refs: 1, slot: int32(b.predicateSlots.take())}
	b.predicates.Put(p)
	return p
}

// want counts that somebody wants to know the rows of a predicate, n = 1, or does
// not any more, n = -1.
func (b *Builder) want(p *predicate, n int32) {
	was := p.wanted > 0
	p.wanted += n
	is := p.wanted > 0
	switch {
	case !p.indexed():
		if p.eval != nil {
			p.eval.Shared.Store(p.wanted > 1)
		}
		if is != was {
			for _, in := range p.inputs() {
				b.want(in, n)
			}
		}
	case is && !was:
		p.target.set.Put(p.key, p.slot)
		p.target.of.changed(p.target)
	case was && !is:
		p.target.set.Delete(p.key)
		p.target.of.changed(p.target)
	}
}

// releasePredicate takes back one acquirePredicate or leaf.
func (b *Builder) releasePredicate(s *stream, p *predicate) {
	if p.refs--; p.refs > 0 {
		return
	}
	b.predicates.Delete(p.id)
	b.predicateSlots.give(int(p.slot))
	if p.indexed() {
		b.releaseTarget(p.target)
		return
	}
	for _, in := range p.of.inputs {
		b.releasePredicate(s, in)
	}
	if p.of.atom != nil {
		s.releasePositions(expr.Positions(p.of.atom))
	}
}
