package build

import (
	"slices"

	"github.com/millrace/millrace/libs/exec/index"
	"github.com/millrace/millrace/libs/exec/scan"
	"github.com/millrace/millrace/libs/sql/plan"
)

// target is an index as it changes.
type target struct {
	id    plan.ID
	at    targetKey
	slot  int
	col   int
	set   index.Set
	refs  int // predicates that it can hold
	dirty bool
}

// targetKey says what an index is over, and under which predicate it is nested,
// if any.
type targetKey struct {
	under *predicate
	index.Target
}

// indexID is the same wherever the index is made.
func indexID(s *stream, under *predicate, at index.Target) plan.ID {
	var above plan.ID
	if under != nil {
		above = under.id
	}
	return plan.HashID([]byte("index"), above[:], []byte(s.def.Name), []byte(at.Column), []byte{byte(at.Test), byte(at.Kind)})
}

// target returns the one index of a target, for a predicate more.
func (b *Builder) target(s *stream, under *predicate, at index.Target) *target {
	key := targetKey{under, at}
	t := s.targets[key]
	if t == nil {
		t = &target{id: indexID(s, under, at), at: key, slot: b.indexSlots.take(), col: s.position(at.Column), set: index.NewSet(at)}
		s.targets[key] = t
		s.changed(t)
		if under != nil {
			under.refs++
			b.want(under, 1)
			r := s.reachOf(under)
			r.nested = append(r.nested, int32(t.slot))
		}
	}
	t.refs++
	return t
}

func (b *Builder) releaseTarget(s *stream, t *target) {
	if t.refs--; t.refs > 0 {
		return
	}
	delete(s.targets, t.at)
	b.indexSlots.give(t.slot)
	s.changed(t)
	if under := t.at.under; under != nil {
		r := s.reachOf(under)
		r.nested = without(r.nested, int32(t.slot))
		b.want(under, -1)
		b.releasePredicate(under)
	}
}

// snapshot returns the index as it is now.
func (t *target) snapshot() scan.Index {
	t.dirty = false
	if t.refs == 0 {
		return scan.Index{}
	}
	x := scan.Index{ID: t.id, Index: t.set.Index(t.col), Nested: t.at.under != nil}
	x.Range, _ = x.Index.(*index.Range)
	return x
}

// reach is what an indexed predicate decides, as it changes.
type reach struct {
	direct     []*selection
	refined    []*selection
	candidates []*selection
	nested     []int32
	dirty      bool
}

func (r *reach) empty() bool {
	return len(r.direct)+len(r.refined)+len(r.candidates)+len(r.nested) == 0
}

// snapshot returns what is decided now.
func (r *reach) snapshot() scan.Reach {
	if r.empty() {
		return scan.Reach{Count: scan.NoSlot}
	}
	if len(r.direct) == 1 && len(r.refined)+len(r.candidates)+len(r.nested) == 0 && r.direct[0].count != scan.NoSlot {
		return scan.Reach{Count: r.direct[0].count}
	}
	more := &scan.Reached{Nested: slices.Clone(r.nested)}
	for _, sel := range r.direct {
		more.Direct = append(more.Direct, sel.built)
	}
	for _, sel := range r.refined {
		more.Refined = append(more.Refined, sel.built)
	}
	for _, sel := range r.candidates {
		more.Candidates = append(more.Candidates, sel.built)
	}
	return scan.Reach{Count: scan.NoSlot, More: more}
}
