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
	pred    *predicate   // acquired; nil: every row
	via     []*predicate // wanted
	rest    *predicate   // wanted; of refined, candidate and dense ones
	nested  *predicate   // acquired: an interval under an equality
	counted *predicate
	dense   bool
}

// route finds the access path of a selection anew.
func (b *Builder) route(sel *selection) {
	b.unroute(sel)
	s := sel.stream
	r := &sel.route
	if sel.counts() {
		sel.count = int32(b.countSlots.take())
	}
	if sel.node == nil {
		b.addDense(sel)
		return
	}
	r.pred = b.acquirePredicate(sel.node)
	if !r.pred.total {
		b.addDense(sel)
		return
	}
	found, rest := r.pred, (*predicate)(nil)
	if found.scan.Op == scan.OpAnd {
		if r.nested, rest = b.nest(s, found); r.nested != nil {
			found = r.nested
		}
	}
	switch {
	case found.indexed() && rest == nil && sel.count != scan.NoSlot && found.target.at.Test == index.Between && !b.apart.Fragments:
		r.counted = found
		found.target.set.(*index.RangeSet).PutCounted(found.key, sel.count)
		s.changed(found.target)
	case found.indexed() && rest == nil:
		b.addVia(sel, []*predicate{found})
		s.reachOf(found).direct = append(s.reachOf(found).direct, sel)
	default:
		via := found.cover()
		if via == nil {
			b.addDense(sel)
			break
		}
		switch {
		case rest != nil:
			r.rest = rest
		case !r.pred.exact():
			r.rest = r.pred
			r.rest.refs++
		}
		if r.rest != nil {
			b.want(r.rest, 1)
		}
		b.addVia(sel, via)
		if len(via) == 1 {
			at := s.reachOf(via[0])
			if r.rest == nil { // it is an OR of one thing that was written in several ways
				at.direct = append(at.direct, sel)
			} else {
				at.refined = append(at.refined, sel)
			}
			break
		}
		sel.candidate = int32(s.candidates.take())
		for _, p := range via {
			s.reachOf(p).candidates = append(s.reachOf(p).candidates, sel)
		}
	}
}

// addVia notes by which predicates sel is found.
func (b *Builder) addVia(sel *selection, via []*predicate) {
	sel.route.via = via
	for _, p := range via {
		b.want(p, 1)
	}
}

func (b *Builder) addDense(sel *selection) {
	r := &sel.route
	r.dense = true
	if r.pred != nil {
		r.rest = r.pred
		r.rest.refs++
		b.want(r.rest, 1)
	}
	sel.denseAt = len(sel.stream.dense)
	sel.stream.dense = append(sel.stream.dense, sel)
}

// unroute takes back what route did.
func (b *Builder) unroute(sel *selection) {
	s, r := sel.stream, &sel.route
	if r.dense {
		last := len(s.dense) - 1
		s.dense[sel.denseAt] = s.dense[last]
		s.dense[sel.denseAt].denseAt = sel.denseAt
		s.dense[last] = nil
		s.dense = s.dense[:last]
	}
	if p := r.counted; p != nil {
		p.target.set.(*index.RangeSet).DeleteCounted(p.key, sel.count)
		s.changed(p.target)
	}
	for _, p := range r.via {
		at := s.reachOf(p)
		for _, list := range []*[]*selection{&at.direct, &at.refined, &at.candidates} {
			*list = slices.DeleteFunc(*list, func(other *selection) bool { return other == sel })
		}
		b.want(p, -1)
	}
	if r.rest != nil {
		b.want(r.rest, -1)
		b.releasePredicate(r.rest)
	}
	if r.nested != nil {
		b.releasePredicate(r.nested)
	}
	if r.pred != nil {
		b.releasePredicate(r.pred)
	}
	if sel.candidate != scan.NoSlot {
		s.candidate.Set(sel.candidate, nil)
		s.candidates.give(int(sel.candidate))
	}
	if sel.count != scan.NoSlot {
		b.counts.Set(sel.count, scan.Counted{})
		b.countSlots.give(int(sel.count))
	}
	sel.route, sel.candidate, sel.count = route{}, scan.NoSlot, scan.NoSlot
}

// nest returns, for an AND of an equality and an interval, the interval as one
// that is looked for only where the equality is TRUE, and what else the AND wants,
// nil for nothing: many share the equality, and then the interval decides. Both
// are acquired. There is no such predicate for other ANDs.
func (b *Builder) nest(s *stream, and *predicate) (nested, rest *predicate) {
	equality := slices.IndexFunc(and.inputs, func(p *predicate) bool { return p.indexed() && p.target.at.Test == index.Equals })
	interval := slices.IndexFunc(and.inputs, func(p *predicate) bool { return p.indexed() && p.target.at.Test == index.Between })
	if equality < 0 || interval < 0 {
		return nil, nil
	}
	var others []*predicate
	for i, p := range and.inputs {
		switch {
		case i == equality || i == interval:
		case p.guess < rarity(index.Target{Test: index.Equals}, index.Key{}):
			return nil, nil // a better access predicate than the equality
		default:
			others = append(others, p)
		}
	}
	in := and.inputs[interval]
	nested = b.leaf(s, and.inputs[equality], in.target.at.Target, in.key)
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
	return nested, b.combination(s, id, scan.OpAnd, others)
}
