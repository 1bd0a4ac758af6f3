package scan

// fold adds up what was counted aside: fragments, and mismatches.
func (t *Partial) fold() {
	if !t.aside {
		return
	}
	t.aside = false
	for _, s := range t.program.Streams {
		for at := range s.Indexes {
			x := s.Indexes[at].Range
			if x == nil || x.Fragments() == 0 || len(t.fragments[at]) != x.Fragments() {
				continue
			}
			x.Sum(t.fragments[at], func(slot int32, rows uint64) { t.counts[slot] += rows })
			clear(t.fragments[at])
		}
	}
	t.foldMismatches()
}

// foldMismatches counts for every output the fields of the columns that it reads
// that were not of their type, whether or not their rows were kept.
func (t *Partial) foldMismatches() {
	for _, s := range t.program.Streams {
		misread := t.misreadOf(s)
		total := int64(0)
		for _, n := range misread {
			total += n
		}
		if total == 0 {
			continue
		}
		t.odd = true
		sum := func(columns []int) (n uint64) {
			for _, position := range columns {
				n += uint64(misread[position])
			}
			return n
		}
		for sel := range s.Selections() {
			for table := range sel.Tables.All() {
				if n := sum(table.Columns); n > 0 {
					t.tableOutput(table).mismatches += n
				}
			}
			for list := range sel.Rows.All() {
				if n := sum(list.Columns); n > 0 {
					t.rowsOutput(list).mismatches += n
				}
			}
		}
	}
	clear(t.misread)
}

// misreadOf returns the mismatches by position: of what is unnested, those of the
// stream, which has the same columns at the same positions.
func (t *Partial) misreadOf(s *Stream) []int64 {
	at := 0
	for _, of := range t.program.Streams {
		if of.Name == s.Name {
			return t.misread[min(at, len(t.misread)):min(at+of.Width, len(t.misread))]
		}
		at += of.Width
	}
	return nil
}
