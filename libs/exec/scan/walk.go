package scan

import "github.com/millrace/millrace/libs/sql/plan"

// Walk calls f for everything in the program that a [Sample] may be of, with its id.
// Sums are not among them, and some are told repeatedly.
func (p *Program) Walk(f func(stream string, id plan.ID)) {
	for _, s := range p.Streams {
		f(s.Name, s.ID)
		for i := range s.Indexes {
			if s.Indexes[i].Index != nil {
				f(s.Name, s.Indexes[i].ID)
			}
		}
		for _, sel := range s.All.All {
			if *sel != nil && (*sel).Keeps != nil {
				walkAtoms(s.Name, (*sel).Pred, f)
			}
		}
		for sel := range s.Selections() {
			f(s.Name, sel.ID)
			walkAtoms(s.Name, sel.Pred, f)
			for table := range sel.Tables.All() {
				f(s.Name, table.ID)
				for _, a := range table.Aggs {
					walkAtoms(s.Name, a.Filter, f)
				}
			}
			for list := range sel.Rows.All() {
				f(s.Name, list.ID)
			}
		}
	}
}

func walkAtoms(stream string, p *Predicate, f func(string, plan.ID)) {
	if p == nil {
		return
	}
	if p.Op == OpAtom && p.Index == NoSlot {
		f(stream, p.ID)
	}
	for _, in := range p.Inputs {
		walkAtoms(stream, in, f)
	}
}

// Observe tells of every selection for which part of all documents it is TRUE, as
// it was since Observe was called last, on this program or one before it, and before
// that; of new ones it tells the next time. Whoever calls it is one at a time.
func (p *Program) Observe(f func(stream string, id plan.ID, part float64)) {
	t := p.Tally
	documents := t.documents.Load()
	since, first := documents-t.seen, !t.observed
	t.observed, t.seen = true, documents
	for _, s := range p.Streams {
		for sel := range s.Selections() {
			if part, known := sel.Tally.observe(since, first); known {
				f(s.Name, sel.ID, part)
			}
		}
	}
}
