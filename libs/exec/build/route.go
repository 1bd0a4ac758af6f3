package build

import (
	"slices"

	"github.com/millrace/millrace/libs/exec/index"
	"github.com/millrace/millrace/libs/exec/scan"
	"github.com/millrace/millrace/libs/sql/plan"
)

// route is how the rows of a selection are found: its access path.
//
//   - counted: only their number is wanted, and an interval tells it;
//   - direct: an index tells them;
//   - refined, candidate: one or several predicates in indexes are TRUE in all of
//     them, and rest tells them among those (the access predicates of Whang et al.,
//     Indexing Boolean Expressions, VLDB 2009, and of Sadoghi and Jacobsen, BE-Tree,
//     SIGMOD 2011);
//   - dense, without any of these: the predicate is evaluated in every row.
type route struct {
	path   path
	pred   *predicate // acquired; nil: every row
	rest   *predicate // wanted; of refined, candidate and dense ones; nil: nothing
	nested *predicate // acquired: an interval under an equality; nil: none

	// Of what is unnested.
	part *part // acquired: of which documents elements are wanted; nil: of all
	all  bool  // that is counted
}

// path is a kind of access path.
type path uint8

const (
	noPath path = iota
	countedPath
	directPath
	refinedPath
	candidatePath
	densePath
)

// via returns by which predicates the rows are found: they are wanted, but for the
// one of a counted path.
func (r *route) via() []*predicate {
	switch {
	case r.path == noPath || r.path == densePath:
		return nil
	case r.nested != nil:
		return r.nested.cover()
	default:
		return r.pred.cover()
	}
}

// route finds the access path of a selection anew.
func (b *Builder) route(sel *selection) {
	b.unroute(sel)
	r := &sel.route
	if sel.counts() {
		sel.count = int32(b.countSlots.take())
	}
	if sel.node.Everything() {
		b.acquirePart(sel)
		b.addDense(sel)
		return
	}
	r.pred = b.acquirePredicate(sel.node.Inputs()[0])
	b.acquirePart(sel)
	if !r.pred.total || sel.part != nil && sel.part.key.open {
		b.routeFallible(sel)
		return
	}
	found, rest := r.pred, (*predicate)(nil)
	if found.is(scan.OpAnd) {
		if r.nested, rest = b.nest(sel.stream, found); r.nested != nil {
			found = r.nested
		}
	}
	if leaf := found.leaf(); leaf != nil && found.of.exact {
		found = leaf
	}
	if found.indexed() && rest == nil && sel.count != scan.NoSlot && found.target.at.Test == index.Between && !b.apart.Fragments {
		r.path = countedPath
		found.target.set.(*index.RangeSet).PutCounted(found.key, sel.count)
		sel.stream.changed(found.target)
		return
	}
	via := found.cover()
	if via == nil {
		b.addDense(sel)
		return
	}
	switch {
	case rest != nil:
		r.rest = rest
	case !found.exact():
		r.rest = r.pred
		r.rest.refs++
	}
	if r.rest != nil {
		b.want(r.rest, 1)
	}
	for _, p := range via {
		b.want(p, 1)
	}
	b.addVia(sel, via)
}

// addVia has the predicates find sel.
func (b *Builder) addVia(sel *selection, via []*predicate) {
	r := &sel.route
	switch {
	case len(via) > 1:
		b.addCandidate(sel, via, nil)
	case r.rest != nil:
		r.path = refinedPath
		via[0].reach().refined.add(sel)
	default:
		r.path = directPath
		via[0].addDirect(sel)
	}
}

// addCandidate has any of the predicates find sel, and it look where those of the
// targets are not FALSE.
func (b *Builder) addCandidate(sel *selection, via []*predicate, unknown []*target) {
	s := sel.stream
	sel.route.path = candidatePath
	c := &candidate{slot: int32(s.candidates.take()), as: make([]candidacy, len(via)+len(unknown))}
	sel.candidate = c
	for i := range c.as {
		c.as[i].slot = c.slot
	}
	for i, p := range via {
		p.reach().candidates.add(&c.as[i])
	}
	for i, t := range unknown {
		t.unknown.add(&c.as[len(via)+i])
		s.changed(t)
	}
}

func (b *Builder) addDense(sel *selection) {
	r := &sel.route
	r.path = densePath
	if r.pred != nil {
		r.rest = r.pred
		r.rest.refs++
		b.want(r.rest, 1)
	}
	sel.stream.dense.add(sel)
}

// unroute takes back what route did.
func (b *Builder) unroute(sel *selection) {
	s, r := sel.stream, &sel.route
	switch via := r.via(); r.path {
	case noPath:
	case densePath:
		s.dense.remove(sel)
	case countedPath:
		via[0].target.set.(*index.RangeSet).DeleteCounted(via[0].key, sel.count)
		s.changed(via[0].target)
	case directPath, refinedPath, candidatePath:
		s.forgetUnknown(sel.candidate, via)
		for i, p := range via {
			p.forget(sel, i)
			b.want(p, -1)
		}
	}
	if r.rest != nil {
		b.want(r.rest, -1)
		b.releasePredicate(s, r.rest)
	}
	if r.nested != nil {
		b.releasePredicate(s, r.nested)
	}
	if r.pred != nil {
		b.releasePredicate(s, r.pred)
	}
	b.releasePart(sel)
	if c := sel.candidate; c != nil {
		s.candidate.Set(c.slot, nil)
		s.candidates.give(int(c.slot))
	}
	if sel.count != scan.NoSlot {
		b.counts.Set(sel.count, scan.Counted{})
		b.countSlots.give(int(sel.count))
	}
	sel.route, sel.candidate, sel.count = route{}, nil, scan.NoSlot
}

// nest returns, for an AND of an equality and an interval, the interval as one
// that is looked for only where the equality is TRUE, and what else the AND wants,
// nil for nothing: many share the equality, and then the interval decides. Both
// are acquired. There is no such predicate for other ANDs.
func (b *Builder) nest(s *stream, and *predicate) (nested, rest *predicate) {
	equality := slices.IndexFunc(and.inputs(), func(p *predicate) bool { return p.indexed() && p.target.at.Test == index.Equals })
	interval := slices.IndexFunc(and.inputs(), func(p *predicate) bool { return p.indexed() && p.target.at.Test == index.Between })
	if equality < 0 || interval < 0 {
		return nil, nil
	}
	var others []*predicate
	for i, p := range and.inputs() {
		switch {
		case i == equality || i == interval:
		case p.leaf() == nil && p.guess < rarity(index.Target{Test: index.Equals}, index.Key{}):
			return nil, nil // a better access predicate than the equality
		default:
			others = append(others, p)
		}
	}
	in := and.inputs()[interval]
	nested = b.leaf(s, and.inputs()[equality], in.target.at.Target, in.key, nil)
	switch len(others) {
	case 0:
		return nested, nil
	case 1:
		others[0].refs++
		return nested, others[0]
	}
	id := plan.HashID([]byte("rest"), and.id[:])
	if rest = b.predicates.Get(id); rest != nil {
		rest.refs++
		return nested, rest
	}
	for _, p := range others {
		p.refs++
	}
	return nested, b.combination(id, scan.OpAnd, others)
}
