package reference

// Matched returns how many documents WHERE kept and, where there are groups, are in
// one: those that have a key and, of a windowed query, an event time.
func (q *Query) Matched() int { return q.matched }

// Failed returns for how many groups something cannot be computed: HAVING, or of
// those that it keeps a column or what they are ordered by. Only groups of the
// windows that shown holds for count; nil: of all.
func (q *Query) Failed(shown func(Window) bool) (n int) {
	if !q.isGrouped() {
		return 0
	}
	for _, r := range q.groupRows() {
		if q.windows() > 0 && shown != nil && !shown(r.env.grp.window()) {
			continue
		}
		if r.kept == failed || r.kept == yes && q.failsOver(r.env) {
			n++
		}
	}
	return n
}

// failsOver reports whether a column of the result, or what it is ordered by, is ERROR.
func (q *Query) failsOver(e *env) bool {
	for _, o := range q.outputs {
		if o.expr.eval(e) == nil {
			return true
		}
	}
	for _, k := range q.order {
		if k.expr.eval(e) == nil {
			return true
		}
	}
	return false
}

// MismatchesOf is [Document.Mismatches] of one column, 0 where there is none of
// that name.
func (d *Document) MismatchesOf(name string) int {
	i, ok := columnIndex(name)
	if !ok {
		return 0
	}
	d.column(i)
	return d.mismatches[i]
}
