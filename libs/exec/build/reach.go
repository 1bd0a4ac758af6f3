package build

import (
	"slices"

	"github.com/millrace/millrace/libs/exec/scan"
)

// reach is what an indexed predicate decides beyond one selection that it is, as it
// changes.
type reach struct {
	direct     bag[*selection, *scan.Selection] // of several that it is
	refined    bag[*selection, *scan.Selection]
	candidates bag[*candidacy, int32]
	nested     []int32
}

func (r *reach) empty() bool {
	return r == nil || r.direct.len()+r.refined.len()+r.candidates.len()+len(r.nested) == 0
}

// reaches has what p decides made anew for the next snapshot.
func (p *predicate) reaches() {
	if !p.changed {
		p.changed = true
		p.target.of.changedReaches = append(p.target.of.changedReaches, p)
	}
}

// reach returns what p decides beyond one selection, to be changed.
func (p *predicate) reach() *reach {
	p.reaches()
	if p.more == nil {
		p.more = new(reach)
	}
	return p.more
}

// addDirect has p decide a selection by itself.
func (p *predicate) addDirect(sel *selection) {
	switch {
	case p.direct != nil:
		r := p.reach()
		r.direct.add(p.direct)
		r.direct.add(sel)
		p.direct = nil
	case p.more != nil && p.more.direct.len() > 0:
		p.reach().direct.add(sel)
	default:
		p.reaches()
		p.direct = sel
	}
}

func (p *predicate) removeDirect(sel *selection) {
	if p.reaches(); p.direct == sel {
		p.direct = nil
		return
	}
	r := p.more
	r.direct.remove(sel)
	if last, single := r.direct.only(); single {
		r.direct.remove(last)
		p.direct = last
	}
}

// forget has p not decide a selection any more, of whose predicates it is the one
// of that number.
func (p *predicate) forget(sel *selection, number int) {
	switch sel.route.path {
	case directPath:
		p.removeDirect(sel)
	case refinedPath:
		p.reach().refined.remove(sel)
	default:
		p.reach().candidates.remove(&sel.candidate.as[number])
	}
}

// remade has p decide a selection as it is built now: a candidate is known by its slot.
func (p *predicate) remade(sel *selection) {
	switch r := p.more; {
	case sel.route.path == refinedPath:
		r.refined.remade(sel)
	case sel.route.path == directPath && p.direct == nil:
		r.direct.remade(sel)
	}
	p.reaches()
}

// reached returns what p decides now.
func (p *predicate) reached() scan.Reach {
	if p.more.empty() {
		p.more = nil
	}
	r := p.more
	switch {
	case r == nil && p.direct == nil:
		return scan.Reach{Count: scan.NoSlot}
	case r == nil && p.direct.count != scan.NoSlot:
		return scan.Reach{Count: p.direct.count}
	}
	more := new(scan.Reached)
	if r != nil {
		more.Direct, more.Refined, more.Candidates = r.direct.list(), r.refined.list(), r.candidates.list()
		more.Nested = slices.Clone(r.nested)
	}
	if p.direct != nil {
		more.Direct = scan.ListOf(p.direct.built)
	}
	return scan.Reach{Count: scan.NoSlot, More: more}
}
