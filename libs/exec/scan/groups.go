package scan

import (
	"github.com/millrace/millrace/libs/exec/agg"
	"github.com/millrace/millrace/libs/record"
)

// addGroups folds rows into o's table.
func (t *Partial) addGroups(o *output, b *record.Batch, rows []int32) {
	table := o.table
	stateless := t.bindAggs(table)
	if len(table.Keys) == 0 && table.Window == 0 {
		if o.single == nil {
			o.single = t.newGroup(table, 0, "")
		}
		o.single.rows += uint64(len(rows))
		if !stateless {
			for _, row := range rows {
				t.update(table, o.single, int(row))
			}
		}
		return
	}
	if o.groups == nil {
		o.groups = map[string]*group{}
	}
	keys := t.args[len(t.args)-len(table.Keys):]
	for _, row := range rows {
		i := int(row)
		pane := int64(0)
		if table.Window > 0 {
			at := b.EventTime[i]
			if at == record.NoEventTime {
				o.noTime++
				continue
			}
			pane = floor(at, table.Window)
		}
		t.key = appendPane(t.key[:0], pane)
		for _, c := range keys {
			t.key = appendCell(t.key, c, i)
		}
		g := o.groups[string(t.key)]
		if g == nil {
			key := string(t.key)
			g = t.newGroup(table, pane, key[8:])
			o.groups[key] = g
		}
		g.rows++
		if !stateless {
			t.update(table, g, i)
		}
	}
}

// bindAggs evaluates the arguments and filters of the table's aggregates, one
// after the other, and then its keys, into t.args and t.filters. It reports
// whether no aggregate has a state.
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
	for _, v := range table.Keys {
		t.args = append(t.args, t.value(v))
	}
	return stateless
}

// update folds a row into the group's states.
func (t *Partial) update(table *Table, g *group, row int) {
	at := 0
	for i, a := range table.Aggs {
		if a.CountsRows {
			continue
		}
		from := at
		at += len(a.Args)
		if f := t.filters[i]; f != nil && f.At(row) != record.True {
			continue
		}
		g.states[i].Update(t.args[from:at], row)
	}
}

func (t *Partial) newGroup(table *Table, pane int64, key string) *group {
	g := &group{pane: pane, key: key}
	const base, perState = 120, 80 // about what a group and a state take
	t.bytes += base + 2*len(key) + perState*len(table.Aggs)
	if len(table.Aggs) > 0 {
		g.states = make([]agg.State, len(table.Aggs))
		for i, a := range table.Aggs {
			if !a.CountsRows {
				g.states[i] = a.Func.New()
			}
		}
	}
	return g
}
