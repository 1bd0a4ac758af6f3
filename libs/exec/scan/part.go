package scan

// Part is the conditions of selections of what is unnested that name no element: a
// selection of the documents, of which only those have elements made of them that it
// keeps. What a selection of elements is, it is all the same: there its conditions are
// looked at again, all of them.
type Part struct {
	Slot   int
	Unnest []int // slots of the [Unnest] by which the elements come to be

	// Open says that documents are kept in which it is not FALSE, for the selection may
	// be ERROR there; else those in which it is TRUE.
	Open bool
}

// documents are some of the documents of a batch.
type documents struct {
	batch uint32
	rows  []uint64
}

// in returns those of a batch; nil: none.
func (d *documents) in(batch uint32) []uint64 {
	if d.batch != batch {
		return nil
	}
	return d.rows
}

// add adds some of a batch.
func (d *documents) add(batch uint32, rows []uint64) {
	if d.batch != batch {
		d.batch, d.rows = batch, zeros(d.rows, len(rows))
	}
	for i, w := range rows {
		d.rows[i] |= w
	}
}

// keepPart has elements be made of rows.
func (t *Partial) keepPart(p *Part, rows []uint64) {
	if !p.Open { // else narrow has
		t.parts[p.Slot].add(t.documents, rows)
	}
	for _, slot := range p.Unnest {
		t.wanted[slot].add(t.documents, rows)
	}
}
