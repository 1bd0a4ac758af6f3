package scan

import (
	"slices"

	"github.com/millrace/millrace/libs/record"
)

// addGroups folds rows into a table, whose aggregates are bound; stateless says that none
// of them has a state.
func (t *Partial) addGroups(table *Table, b *record.Batch, rows []int32, stateless bool) {
	if table.Keys == nil {
		t.update(table, t.only(t.tableOutput(table)), b, rows)
		return
	}
	for len(rows) > 0 {
		t.spill()
		rows = t.addSome(table, b, rows, stateless)
	}
}

// addSome folds some of the rows, at least one, into a table with keys, and returns the
// others: those whose keys there is no room for, or that have not had their turn when the
// table was spilled. They are all, then, and no key is numbered any more.
func (t *Partial) addSome(table *Table, b *record.Batch, rows []int32, stateless bool) (rest []int32) {
	r, o := t.ring(table.Keys), t.tableOutput(table)
	if o.groups.sorted {
		o.groups.locate()
	}
	numbered, without, tooLong := t.split.number(t, r, b, rows)
	o.noTime += without
	o.errors += tooLong
	rows, rest = rows[:numbered], rows[numbered:]
	if !stateless {
		t.split.scatter(rows)
	}
	from, spills := int32(0), t.spills
	for i, code := range t.split.codes {
		g := o.groups.find(code)
		if g == nil {
			g = t.newGroup(o, code, r.list[code])
		}
		if stateless {
			g.rows += uint64(t.split.counts[i])
			continue
		}
		end := t.split.counts[i]
		t.update(table, g, b, t.split.rows[from:end])
		from = end
		if t.spills != spills {
			return append(slices.Clone(t.split.rows[from:]), rest...)
		}
	}
	return rest
}

// only returns the group of a table without keys.
func (t *Partial) only(o *output) *group {
	if o.groups.used > 0 {
		return o.groups.all[0]
	}
	return t.newGroup(o, 0, noKey)
}

// noKey is the key of the only group of a table without keys and windows.
const noKey = "\x80\x00\x00\x00\x00\x00\x00\x00"

func (t *Partial) newGroup(o *output, code int32, key string) *group {
	t.bytes += groupBytes + 2*len(key) + stateBytes*len(o.table.Aggs)
	return o.groups.add(o.table, code, key)
}

// again returns the group of a row after a spill: there is none yet.
func (t *Partial) again(table *Table, b *record.Batch, row int32) *group {
	o := t.tableOutput(table)
	if table.Keys == nil {
		return t.only(o)
	}
	r := t.ring(table.Keys)
	code := r.rows[row]
	if code == 0 {
		code = t.number(r, b, int(row))
	}
	return t.newGroup(o, code-1, r.list[code-1])
}

// bindAggs evaluates the arguments and filters of the table's aggregates, one
// after the other, into t.args and t.filters. It reports whether no aggregate has
// a state.
func (t *Partial) bindAggs(table *Table) (stateless bool) {
	t.args, t.filters = t.args[:0], t.filters[:0]
	stateless = true
	for _, a := range table.Aggs {
		if a.CountsRows {
			t.filters = append(t.filters, nil)
			continue
		}
		stateless = false
		for _, v := range a.Args {
			t.args = append(t.args, t.value(v))
		}
		if a.Filter != nil {
			t.filters = append(t.filters, t.truth(a.Filter))
		} else {
			t.filters = append(t.filters, nil)
		}
	}
	return stateless
}

// update folds rows into the group that they are of. Where that is spilled in between, what
// comes then is folded into one that has counted no rows: they merge into one.
func (t *Partial) update(table *Table, g *group, b *record.Batch, rows []int32) {
	g.rows += uint64(len(rows))
	at := 0
	var lost []uint64
	for i, a := range table.Aggs {
		if a.CountsRows {
			continue
		}
		from := at
		at += len(a.Args)
		of := rows
		if f := t.filters[i]; f != nil {
			t.passed = f.AppendTrue(t.passed[:0], rows)
			of = t.passed
		}
		for args := t.args[from:at]; len(of) > 0; {
			if t.full() {
				t.spill()
				g = t.again(table, b, rows[0])
			}
			n, ok := t.few(g, i, args, of)
			if ok {
				t.bytes += g.states[i].Update(args, of[:n])
			} else {
				if lost == nil {
					lost = zeros(t.take(), t.words())
				}
				lost[of[0]>>6] |= 1 << (of[0] & 63)
			}
			of = of[n:]
		}
	}
	if lost != nil {
		t.tableOutput(table).errors += uint64(ones(lost))
		t.give(lost)
	}
}
