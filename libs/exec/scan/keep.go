package scan

import (
	"math/bits"

	"github.com/millrace/millrace/libs/record"
)

// count counts the rows of a selection of which only their number is wanted.
func (t *Partial) count(slot int32, rows []uint64) { t.counts[slot] += uint64(ones(rows)) }

// keep folds the rows that a selection keeps into what is made of them.
func (t *Partial) keep(s *Selection, rows []uint64, b *record.Batch) {
	if s.Count != NoSlot {
		t.count(s.Count, rows)
		return
	}
	if s.Keeps != nil {
		t.keepPart(s.Keeps, rows)
		return
	}
	t.list(rows)
	s.Tally.matched.Add(int64(len(t.rows)))
	for i := range s.Tables.Pieces() {
		for _, table := range s.Tables.Piece(i) {
			t.keepGroups(table, b)
		}
	}
	for i := range s.Rows.Pieces() {
		for _, list := range s.Rows.Piece(i) {
			t.keepRows(list, b)
		}
	}
}

// list makes t.rows the rows whose bits are set.
func (t *Partial) list(rows []uint64) {
	t.kept, t.rows = rows, appendRows(t.rows[:0], rows)
}

// appendRows appends the numbers of the rows whose bits are set.
func appendRows(dst []int32, rows []uint64) []int32 {
	for i, w := range rows {
		for ; w != 0; w &= w - 1 {
			dst = append(dst, int32(i<<6|bits.TrailingZeros64(w)))
		}
	}
	return dst
}

// keepGroups folds t.rows into a table.
func (t *Partial) keepGroups(table *Table, b *record.Batch) {
	switch {
	case !table.Computed:
		t.addGroups(table, b, t.rows, t.bindAggs(table))
		t.spill()
	default:
		t.inPortions(func(rows []int32, kept []uint64) bool { return t.groupComputed(table, b, rows, kept) })
	}
}

// keepRows returns t.rows.
func (t *Partial) keepRows(list *Rows, b *record.Batch) {
	switch {
	case !list.Computed:
		t.args = t.args[:0]
		for _, v := range list.Cols {
			t.args = append(t.args, t.value(v))
		}
		t.addRows(list, b, t.rows)
		t.spill()
	default:
		t.inPortions(func(rows []int32, kept []uint64) bool { return t.rowsComputed(list, b, rows, kept) })
	}
}

// inPortions has fold take t.rows: all at once or, where that is too much for it, a portion
// after the other.
func (t *Partial) inPortions(fold func(rows []int32, kept []uint64) bool) {
	if fold(t.rows, t.kept) {
		return
	}
	t.portions(t.kept, func(kept []uint64) bool {
		t.portion = appendRows(t.portion[:0], kept)
		return fold(t.portion, kept)
	})
}

// refine evaluates a selection in rows that its access predicates have found.
func (t *Partial) refine(s *Selection, found []uint64, b *record.Batch) {
	rows := t.take()
	copy(rows, found)
	if t.narrow(s, rows); some(rows) {
		t.keep(s, rows, b)
	}
	t.give(rows)
}

// dense evaluates a selection in every row.
func (t *Partial) dense(s *Selection, b *record.Batch) {
	rows := t.take()
	if t.denseRows(s, rows); some(rows) {
		t.keep(s, rows, b)
	}
	t.give(rows)
}

// denseRows makes rows those in which a selection is TRUE.
func (t *Partial) denseRows(s *Selection, rows []uint64) {
	if s.Pred == nil {
		copy(rows, t.allRows())
		return
	}
	if s.Pred.Computed || s.open() {
		copy(rows, t.allRows())
		t.narrow(s, rows)
		return
	}
	truths := t.truth(s.Pred) // never ERROR
	for i, hi := range truths.Hi {
		rows[i] = hi & truths.Lo[i]
	}
}

// failed counts rows for which a selection is ERROR.
func (t *Partial) failed(s *Selection, errs uint64) {
	s.Tally.errors.Add(int64(errs))
	t.odd = true
	for table := range s.Tables.All() {
		t.tableOutput(table).errors += errs
	}
	for list := range s.Rows.All() {
		t.rowsOutput(list).errors += errs
	}
}
