package build

import (
	"github.com/millrace/millrace/libs/exec/index"
	"github.com/millrace/millrace/libs/exec/scan"
	"github.com/millrace/millrace/libs/sql/plan"
)

// target is an index as it changes.
type target struct {
	id    plan.ID
	of    *stream
	at    targetKey
	slot  int
	col   int
	set   index.Set
	refs  int // predicates that it can hold
	dirty bool

	unknown bag[*candidacy, int32] // that look where its predicates are not FALSE
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
	return plan.HashID([]byte("index"), above[:], []byte(s.key), subjectOf(at), []byte{byte(at.Test), byte(at.Kind)})
}

// subjectOf returns what a target is over, for hashing.
func subjectOf(at index.Target) []byte {
	if at.IsComputed() {
		return append([]byte{0}, at.Computed[:]...) // no name of a column begins with it
	}
	return []byte(at.Column)
}

// target returns the one index of a target, for a predicate more; subject is the call
// that it is over, unless that is a column.
func (b *Builder) target(s *stream, under *predicate, at index.Target, subject *plan.Call) *target {
	key := targetKey{under, at}
	t := s.targets[key]
	if t == nil {
		t = &target{id: indexID(s, under, at), of: s, at: key, slot: b.indexSlots.take(), set: index.NewSet(at)}
		if subject == nil {
			t.col = s.position(at.Column)
		} else {
			// It was compiled without an error when the query was added.
			t.col, _ = b.acquirePosition(s, t.id, subject)
		}
		s.targets[key] = t
		s.changed(t)
		if under != nil {
			under.refs++
			b.want(under, 1)
			r := under.reach()
			r.nested = append(r.nested, int32(t.slot))
		}
	}
	t.refs++
	return t
}

func (b *Builder) releaseTarget(t *target) {
	s := t.of
	if t.refs--; t.refs > 0 {
		return
	}
	delete(s.targets, t.at)
	b.indexSlots.give(t.slot)
	s.changed(t)
	if t.at.IsComputed() {
		s.releasePositions([]int{t.col})
	}
	if under := t.at.under; under != nil {
		r := under.reach()
		r.nested = without(r.nested, int32(t.slot))
		b.want(under, -1)
		b.releasePredicate(s, under)
	}
}

// snapshot returns the index as it is now.
func (t *target) snapshot() scan.Index {
	t.dirty = false
	if t.refs == 0 {
		return scan.Index{}
	}
	x := scan.Index{ID: t.id, Index: t.set.Index(t.col), Nested: t.at.under != nil, Unknown: t.unknown.list()}
	x.Range, _ = x.Index.(*index.Range)
	if t.at.IsComputed() {
		x.Index = index.Computed(x.Index, t.col)
	}
	return x
}
