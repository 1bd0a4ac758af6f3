package build

import (
	"github.com/millrace/millrace/libs/exec/expr"
	"github.com/millrace/millrace/libs/sql/plan"
)

// HeldRoute describes the access path that a selection of a program has.
func (b *Builder) HeldRoute(id plan.ID) (r Route, counts bool, err error) {
	sel := b.selections.Get(id)
	d := describer{b: b, s: sel.stream, texts: map[plan.ID][]string{}}
	if !sel.node.Everything() {
		err = d.read(sel.node.Inputs()[0])
	}
	return d.route(sel), sel.counts(), err
}

// SetFunctions has b know functions beyond those of the table.
func (b *Builder) SetFunctions(f func(name string) (*expr.Function, bool)) { b.functions = f }

// Held returns how many things there are that were made for queries.
func (b *Builder) Held() (n int) {
	n = b.predicates.Len() + b.selections.Len() + b.groupings.Len() + b.rows.Len()
	for _, s := range b.streams {
		n += len(s.selections) + s.dense.len() + len(s.targets) + len(s.values) + len(s.keys)
		n += s.aggs.Len() + len(s.tuples) + len(s.layouts)
		n += s.candidates.size - len(s.candidates.free) + s.positionSlots.size - len(s.positionSlots.free) + len(s.positions)
	}
	for _, s := range []*slots{&b.predicateSlots, &b.indexSlots, &b.valueSlots, &b.outputSlots, &b.countSlots, &b.keySlots} {
		n += s.size - len(s.free)
	}
	return n
}
