package build

import (
	"github.com/millrace/millrace/libs/exec/expr"
	"github.com/millrace/millrace/libs/sql/plan"
)

// position is where expressions find a computed value of a stream: equal calls have
// one, whoever wants them.
type position struct {
	id   plan.ID
	at   int // among the computed values
	of   *expr.Computed
	refs int // predicates, values, indexes and other positions that are made of it
}

// scope returns where what is compiled for an owner finds its values; each computed
// one is acquired.
func (b *Builder) scope(s *stream, owner plan.ID) expr.Scope {
	return expr.Scope{
		Column:   s.resolve,
		Call:     func(c *plan.Call) (int, error) { return b.acquirePosition(s, owner, c) },
		Function: b.functions,
	}
}

// trial returns a scope in which nothing is acquired: what can be compiled in it can
// be in [Builder.scope].
func (b *Builder) trial(s *stream) expr.Scope {
	scope := expr.Scope{Column: s.resolve, Function: b.functions}
	scope.Call = func(c *plan.Call) (int, error) {
		_, err := expr.CompileCall(c, scope)
		return len(s.fields), err
	}
	return scope
}

// acquirePosition returns the position of a call.
func (b *Builder) acquirePosition(s *stream, owner plan.ID, e *plan.Call) (int, error) {
	id := b.ids.Of(e)
	if b.apart.Predicates {
		id = plan.HashID(id[:], owner[:])
	}
	p := s.positions[id]
	if p == nil {
		of, err := expr.CompileCall(e, b.scope(s, owner))
		if err != nil {
			return 0, err
		}
		p = &position{id: id, at: s.positionSlots.take(), of: of}
		s.positions[id] = p
		s.positionsAt = extend(s.positionsAt, p.at+1, nil)
		s.positionsAt[p.at] = p
		s.dirty, s.computedChanged = true, true
	}
	p.refs++
	return len(s.fields) + p.at, nil
}

// releasePositions takes back acquirePosition.
func (s *stream) releasePositions(all []int) {
	for _, pos := range all {
		p := s.positionsAt[pos-len(s.fields)]
		if p.refs--; p.refs > 0 {
			continue
		}
		delete(s.positions, p.id)
		s.positionsAt[p.at] = nil
		s.positionSlots.give(p.at)
		s.dirty, s.computedChanged = true, true
		s.releasePositions(p.of.Positions())
	}
}

// computed returns the values by position, as they are now.
func (s *stream) computed() []*expr.Computed {
	if len(s.positions) == 0 {
		return nil
	}
	out := make([]*expr.Computed, len(s.positionsAt))
	for i, p := range s.positionsAt {
		if p != nil {
			out[i] = p.of
		}
	}
	return out
}
