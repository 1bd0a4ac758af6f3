package build

import (
	"github.com/millrace/millrace/libs/exec/scan"
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/share"
	"github.com/millrace/millrace/libs/sql/plan"
)

// part is the conditions of selections of what is unnested that name no element, as a
// selection of the documents. It is there as long as one of those is.
type part struct {
	key  partKey
	sel  *selection
	refs int
	scan scan.Part
}

// partKey tells parts apart: where the elements are, the conditions, and whether documents
// are kept in which they are not known to be FALSE.
type partKey struct {
	elements, of plan.ID
	open         bool
}

// acquirePart notes of which documents a selection wants elements: its predicate has been
// acquired.
func (b *Builder) acquirePart(sel *selection) {
	s, r := sel.stream, &sel.route
	if s.unnested == nil {
		return
	}
	var pred plan.Expr
	if !sel.node.Everything() {
		pred = s.conditions(sel.node.Inputs()[0].Expr())
	}
	if pred == nil {
		s.all++
		r.all = true
		return
	}
	root := s.root()
	node := share.Part(root.def.Name, pred)
	key := partKey{s.id, node.ID, !r.pred.total}
	p := root.parts[key]
	if p == nil {
		p = &part{key: key, scan: scan.Part{Slot: b.partSlots.take(), Open: key.open}}
		for of := s; of.unnested != nil; of = of.below {
			p.scan.Unnest = append(p.scan.Unnest, of.slot)
		}
		p.sel = &selection{node: node, stream: root, at: int32(len(root.selections)), count: scan.NoSlot, part: p}
		root.selections = append(root.selections, p.sel)
		p.sel.changed()
		if root.parts == nil {
			root.parts = map[partKey]*part{}
		}
		root.parts[key] = p
	}
	p.refs++
	r.part = p
}

// releasePart takes back acquirePart.
func (b *Builder) releasePart(sel *selection) {
	s, r := sel.stream, &sel.route
	if r.all {
		s.all--
	}
	p := r.part
	if p == nil {
		return
	}
	if p.refs--; p.refs > 0 {
		return
	}
	root := p.sel.stream
	delete(root.parts, p.key)
	b.partSlots.give(p.scan.Slot)
	b.dropSelection(p.sel)
	root.dirty = true
}

// conditions returns the AND of those conditions that name no element, nil where there is
// none.
func (s *stream) conditions(e plan.Expr) plan.Expr {
	switch of := s.appendConditions(nil, e); len(of) {
	case 0:
		return nil
	case 1:
		return of[0]
	default:
		return &plan.Call{Func: plan.FuncAnd, Args: of, Typ: record.BooleanType}
	}
}

func (s *stream) appendConditions(to []plan.Expr, e plan.Expr) []plan.Expr {
	if call, ok := e.(*plan.Call); ok && call.Func == plan.FuncAnd {
		for _, a := range call.Args {
			to = s.appendConditions(to, a)
		}
		return to
	}
	if s.namesElement(e) {
		return to
	}
	return append(to, e)
}

// namesElement reports whether an expression reads what is unnested.
func (s *stream) namesElement(e plan.Expr) bool {
	width := s.width()
	for _, c := range s.columnsOf(nil, e) {
		if c >= width {
			return true
		}
	}
	return false
}

// root returns the stream of the catalog that it is made of.
func (s *stream) root() *stream {
	for s.unnested != nil {
		s = s.below
	}
	return s
}

// everything reports whether elements of all documents are wanted, of a stream of them or
// one that is made of it.
func (b *Builder) everything(s *stream) bool {
	if s.all > 0 {
		return true
	}
	for _, d := range b.derived {
		if d.below == s && b.everything(d) {
			return true
		}
	}
	return false
}
