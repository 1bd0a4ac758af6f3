package scan

import (
	"github.com/millrace/millrace/libs/exec/expr"
	"github.com/millrace/millrace/libs/planted"
	"github.com/millrace/millrace/libs/record"
)

// valueIn returns the expression's column, in which the rows whose bits are set are
// known, and of which of them it is ERROR; nil: of none.
func (t *Partial) valueIn(v *Value, rows []uint64) (c *record.Column, errs []uint64) {
	pos, computed := expr.Position(v.Expr)
	if !computed {
		return t.value(v), nil
	}
	t.in.Need(pos, rows)
	return t.in.Columns[pos], t.in.Errors(pos)
}

// groupComputed folds rows, kept as bits, into a table that computes something; held is
// false, and nothing has changed, where not all of it could be held.
func (t *Partial) groupComputed(table *Table, b *record.Batch, rows []int32, kept []uint64) (held bool) {
	having := t.take()
	copy(having, kept)
	noTime := uint64(0)
	if k := table.Keys; k != nil && k.Window > 0 {
		for _, row := range rows {
			if b.EventTime[row] == record.NoEventTime {
				noTime++
				having[row>>6] &^= 1 << (row & 63)
			}
		}
	}
	mark := t.in.Mark()
	errs, stateless := t.bindComputed(table, having)
	if held = t.in.Held(mark); held {
		o := t.tableOutput(table)
		o.noTime += noTime
		o.errors += errs
		if t.keyed = appendRows(t.keyed[:0], having); len(t.keyed) > 0 {
			t.addGroups(table, b, t.keyed, stateless)
		}
		t.spill()
	}
	t.give(having)
	return held
}

// bindComputed is bindAggs of a table that computes something. It takes the rows out
// of kept that have no key for it is ERROR. A row counts once as an error, whatever of
// it is.
func (t *Partial) bindComputed(table *Table, kept []uint64) (errors uint64, stateless bool) {
	failed := zeros(t.take(), t.words())
	if k := table.Keys; k != nil {
		for _, v := range k.Values {
			if _, errs := t.valueIn(v, kept); errs != nil {
				note(failed, errs, kept)
				andNot(kept, errs)
			}
		}
	}
	t.args, t.filters, stateless = t.args[:0], t.filters[:0], true
	t.giveBound()
	of := t.take()
	for _, a := range table.Aggs {
		if a.CountsRows {
			t.filters = append(t.filters, nil)
			continue
		}
		stateless = false
		copy(of, kept)
		if a.Filter != nil {
			truths := t.bound()
			t.judge(a.Filter, kept, truths)
			for i, hi := range truths.Hi {
				failed[i] |= hi &^ truths.Lo[i]
				of[i] = hi & truths.Lo[i]
				if planted.On(planted.FilterTakesNull) {
					of[i] |= kept[i] &^ hi & truths.Lo[i]
				}
			}
		}
		for _, v := range a.Args {
			c, errs := t.valueIn(v, of)
			t.args = append(t.args, c)
			if errs == nil {
				continue
			}
			note(failed, errs, of)
			if !a.NullErrors {
				andNot(of, errs)
			}
		}
		t.filters = append(t.filters, t.filterOf(of, kept))
	}
	t.give(of)
	errors = uint64(ones(failed))
	t.give(failed)
	return errors, stateless
}

// note adds those of the rows that are ERROR.
func note(failed, errs, rows []uint64) {
	for i, w := range errs {
		failed[i] |= w & rows[i]
	}
}

// filterOf returns truth values that let some of the rows kept pass; nil: all do.
func (t *Partial) filterOf(passed, kept []uint64) *expr.Truths {
	all := true
	for i, w := range kept {
		all = all && passed[i] == w
	}
	if all {
		return nil
	}
	truths := t.bound()
	truths.Reset(t.in.Len)
	copy(truths.Hi, passed)
	copy(truths.Lo, passed)
	return truths
}

// bound returns truth values of no set value for the time until giveBound.
func (t *Partial) bound() *expr.Truths {
	truths := t.takeTruths()
	t.boundTruths = append(t.boundTruths, truths)
	return truths
}

// giveBound gives back what bound returned.
func (t *Partial) giveBound() {
	t.spareTruths = append(t.spareTruths, t.boundTruths...)
	t.boundTruths = t.boundTruths[:0]
}

// rowsComputed returns rows, kept as bits, of which something is computed; what is ERROR
// is NULL, and its row counts once. held is false, and nothing has changed, where not all
// of it could be held.
func (t *Partial) rowsComputed(list *Rows, b *record.Batch, rows []int32, kept []uint64) (held bool) {
	mark := t.in.Mark()
	failed := zeros(t.take(), t.words())
	t.args = t.args[:0]
	for _, v := range list.Cols {
		c, errs := t.valueIn(v, kept)
		t.args = append(t.args, c)
		if errs != nil {
			note(failed, errs, kept)
		}
	}
	if held = t.in.Held(mark); held {
		t.rowsOutput(list).errors += uint64(ones(failed))
		t.addRows(list, b, rows)
		t.spill()
	}
	t.give(failed)
	return held
}
