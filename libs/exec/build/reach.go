package build

import (
	"slices"

	"github.com/millrace/millrace/libs/exec/scan"
)

// reach is what an indexed predicate decides beyond one selection that it is, as it
// changes.
type reach struct {
	direct     []*selection
	refined    []*selection
	candidates []*selection
	nested     []int32
}

func (r *reach) empty() bool {
	return r == nil || len(r.direct)+len(r.refined)+len(r.candidates)+len(r.nested) == 0
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
	if p.reaches(); p.direct == nil {
		p.direct = sel
		return
	}
	r := p.reach()
	r.direct = append(r.direct, sel)
}

// forget has p not decide a selection any more.
func (p *predicate) forget(sel *selection) {
	if p.reaches(); p.direct == sel {
		p.direct = nil
	}
	r := p.more
	if r == nil {
		return
	}
	for _, list := range []*[]*selection{&r.direct, &r.refined, &r.candidates} {
		*list = slices.DeleteFunc(*list, func(other *selection) bool { return other == sel })
	}
	if p.direct == nil && len(r.direct) > 0 {
		p.direct = r.direct[0]
		r.direct = slices.Delete(r.direct, 0, 1)
	}
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
	if p.direct != nil {
		more.Direct = append(more.Direct, p.direct.built)
	}
	if r != nil {
		more.Direct, more.Refined, more.Candidates = builtOf(more.Direct, r.direct), builtOf(nil, r.refined), builtOf(nil, r.candidates)
		more.Nested = slices.Clone(r.nested)
	}
	return scan.Reach{Count: scan.NoSlot, More: more}
}

// builtOf appends the selections as they were built.
func builtOf(dst []*scan.Selection, of []*selection) []*scan.Selection {
	for _, sel := range of {
		dst = append(dst, sel.built)
	}
	return dst
}
