package engine

import (
	"encoding/binary"

	"github.com/millrace/millrace/libs/exec/agg"
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/share"
)

// truthFunc is a compiled predicate: its value in a row of the present batch.
type truthFunc func(row int) record.Truth

// columnRef points to where the compiler keeps the present column.
type columnRef = **record.Column

// closure is one query, compiled, with what it has accumulated.
type closure struct {
	id     string
	where  truthFunc // nil: every row
	table  *closureTable
	cols   []columnRef // of a row-returning query
	data   []byte      // rows since the last Commit
	ends   []rowEnd
	answer Answer // of rows
}

type rowEnd struct {
	eventTime int64
	end       int
}

// closureTable is the aggregating part of a query.
type closureTable struct {
	window int64
	keys   []columnRef
	aggs   []closureAgg
	counts bool // nothing but count(*)s
	single *closureGroup
	groups map[string]*closureGroup // by pane, 8 bytes, and key
	key    []byte
	row    [1]int32 // that is folded in
}

// closureAgg is an aggregate of a query.
type closureAgg struct {
	fn        agg.Function
	args      []columnRef
	bound     []*record.Column // args, for the present batch
	filter    truthFunc        // nil: none
	countRows bool             // count(*) without filter: no state
}

type closureGroup struct {
	rows   uint64
	states []agg.State // by aggregate; nil where it counts rows
}

// add evaluates the query over a batch and returns how many rows matched.
func (c *closure) add(b *record.Batch) (matched int64) {
	if c.table != nil {
		c.table.bind()
	}
	where, table := c.where, c.table
	if table != nil && table.counts && table.keys == nil && table.window == 0 {
		for row := range b.Len {
			if where == nil || where(row) == record.True {
				matched++
			}
		}
		if matched > 0 {
			table.global().rows += uint64(matched)
		}
		return matched
	}
	for row := range b.Len {
		if where != nil && where(row) != record.True {
			continue
		}
		matched++
		if table != nil {
			table.add(b, row)
		} else {
			c.row(b, row)
		}
	}
	return matched
}

// row appends a row to those that are to be sent.
func (c *closure) row(b *record.Batch, row int) {
	for _, col := range c.cols {
		c.data = record.AppendValue(c.data, (*col).Value(row))
	}
	c.ends = append(c.ends, rowEnd{b.EventTime[row], len(c.data)})
}

// ship forgets the rows, which an engine would have sent.
func (c *closure) ship(collect bool) {
	from := 0
	for _, r := range c.ends {
		if collect {
			c.answer.addRow(r.eventTime, c.data[from:r.end])
		}
		from = r.end
	}
	c.data, c.ends = c.data[:0], c.ends[:0]
}

// bind looks up the columns that states are updated from.
func (t *closureTable) bind() {
	for i := range t.aggs {
		a := &t.aggs[i]
		for j, ref := range a.args {
			a.bound[j] = *ref
		}
	}
}

func (t *closureTable) global() *closureGroup {
	if t.single == nil {
		t.single = t.group()
	}
	return t.single
}

func (t *closureTable) group() *closureGroup {
	g := new(closureGroup)
	if !t.counts {
		g.states = make([]agg.State, len(t.aggs))
		for i := range t.aggs {
			if !t.aggs[i].countRows {
				g.states[i] = t.aggs[i].fn.New()
			}
		}
	}
	return g
}

// add folds a row in.
func (t *closureTable) add(b *record.Batch, row int) {
	g := t.find(b, row)
	if g == nil {
		return
	}
	g.rows++
	if t.counts {
		return
	}
	for i := range t.aggs {
		a := &t.aggs[i]
		if a.countRows || a.filter != nil && a.filter(row) != record.True {
			continue
		}
		t.row[0] = int32(row)
		g.states[i].Update(a.bound, t.row[:])
	}
}

// find returns the row's group, nil where it has no window.
func (t *closureTable) find(b *record.Batch, row int) *closureGroup {
	if t.keys == nil && t.window == 0 {
		return t.global()
	}
	pane := int64(0)
	if t.window > 0 {
		at := b.EventTime[row]
		if at == record.NoEventTime {
			return nil
		}
		pane = at - (at%t.window+t.window)%t.window
	}
	t.key = binary.BigEndian.AppendUint64(t.key[:0], uint64(pane))
	for _, col := range t.keys {
		t.key = record.AppendValue(t.key, (*col).Value(row))
	}
	g := t.groups[string(t.key)]
	if g == nil {
		g = t.group()
		t.groups[string(t.key)] = g
	}
	return g
}

// merge folds in what another worker has accumulated for the query.
func (c *closure) merge(o *closure) {
	c.answer.Rows += o.answer.Rows
	c.answer.Hash += o.answer.Hash
	if c.table == nil {
		return
	}
	if o.table.single != nil {
		c.table.global().merge(o.table.single)
	}
	for k, g := range o.table.groups {
		have := c.table.groups[k]
		if have == nil {
			have = c.table.group()
			c.table.groups[k] = have
		}
		have.merge(g)
	}
}

func (g *closureGroup) merge(o *closureGroup) {
	g.rows += o.rows
	for i, s := range o.states {
		if s != nil {
			g.states[i].Merge(s)
		}
	}
}

// result returns what the query has come to.
func (c *closure) result() Answer {
	if c.table == nil {
		return c.answer
	}
	out := Answer{Groups: map[string]string{}}
	if g := c.table.single; g != nil {
		out.Groups[groupName(0, "")] = c.table.text(g)
	}
	for k, g := range c.table.groups {
		out.Groups[groupName(int64(binary.BigEndian.Uint64([]byte(k))), k[8:])] = c.table.text(g)
	}
	return out
}

func (t *closureTable) text(g *closureGroup) string {
	texts := make([]string, len(t.aggs))
	for i := range t.aggs {
		if t.aggs[i].countRows {
			texts[i] = string(record.AppendJSON(nil, record.Int(int64(g.rows))))
		} else {
			texts[i] = stateText(g.states[i])
		}
	}
	return groupText(g.rows, texts)
}

// compileTable compiles the aggregating part of a query.
func (c *compiler) compileTable(t *share.Table) (*closureTable, error) {
	out := &closureTable{counts: true}
	if t.Window != nil {
		out.window = t.Window.Size
	}
	var err error
	if out.keys, err = c.columns(t.Keys); err != nil {
		return nil, err
	}
	for i := range t.Aggs {
		a, err := c.compileAgg(&t.Aggs[i])
		if err != nil {
			return nil, err
		}
		out.counts = out.counts && a.countRows
		out.aggs = append(out.aggs, a)
	}
	if out.keys != nil || out.window > 0 {
		out.groups = map[string]*closureGroup{}
	}
	return out, nil
}

func (c *compiler) compileAgg(spec *share.AggSpec) (closureAgg, error) {
	a := closureAgg{countRows: spec.Top == nil && spec.Agg.CountsRows()}
	var err error
	if a.fn, err = functionOf(spec); err != nil {
		return a, err
	}
	if a.args, err = c.columns(argsOf(spec)); err != nil {
		return a, err
	}
	a.bound = make([]*record.Column, len(a.args))
	if spec.Agg.Filter != nil {
		a.filter, err = c.predicate(spec.Agg.Filter)
	}
	return a, err
}
