package build

import (
	"github.com/millrace/millrace/libs/sql/plan"
)

// HeldRoute describes the access path that a selection of a program has.
func (b *Builder) HeldRoute(id plan.ID) (r Route, counts bool, err error) {
	sel := b.selections.Get(id)
	d := describer{b: b, s: sel.stream, texts: map[plan.ID][]string{}}
	if sel.node.Expr() != nil {
		err = d.read(sel.node.Inputs()[0])
	}
	return d.route(sel), sel.counts(), err
}
