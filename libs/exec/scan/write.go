package scan

import (
	"github.com/millrace/millrace/libs/exec/agg"
	"github.com/millrace/millrace/libs/exec/delta"
)

// blockWriter writes nodes, each to the encoders of the partitions that own
// something of it.
type blockWriter struct {
	partitions, max int
	encoders        []*delta.Encoder
	node            int   // number of the present node, from 1
	begun           []int // by partition: the number of the node that its encoder is at

	counted group
	key     []byte
	states  []byte
	ends    []int
	parts   [][]byte
}

// begin returns the partition's encoder after making it be at the node.
func (w *blockWriter) begin(partition int32, d delta.NodeDelta) *delta.Encoder {
	e := w.encoders[partition]
	if w.begun[partition] != w.node {
		w.begun[partition] = w.node
		e.Node(d)
	}
	return e
}

// rows writes the rows of o, all to one partition.
func (w *blockWriter) rows(o *output) {
	d := delta.NodeDelta{Node: o.list.ID, Kind: delta.Rows, Errors: o.errors, Mismatches: o.mismatches}
	from := 0
	for _, r := range o.rows {
		if r.end-from > tooLarge*w.max {
			d.Errors++
		}
		from = r.end
	}
	e := w.begin(delta.Route(d.Node, delta.ByTable, nil, w.partitions), d)
	from = 0
	for _, r := range o.rows {
		if r.end-from <= tooLarge*w.max {
			e.Row(delta.Row{
				EventTime: r.eventTime, Partition: r.partition, Offset: r.offset, Index: r.index, Data: o.data[from:r.end],
			})
		}
		from = r.end
	}
}

// table writes the groups of o for one of its nodes; the counters go to the
// partition that owns the node.
func (w *blockWriter) table(o *output, n *TableNode, groups []*group) {
	d := delta.NodeDelta{Node: n.ID, Kind: delta.Table, Aggs: n.IDs}
	home := delta.Route(n.ID, delta.ByTable, nil, w.partitions)
	counted := d
	counted.Errors, counted.Mismatches, counted.NoTime = o.errors, o.mismatches, o.noTime
	w.begin(home, counted)
	var lost uint64
	for _, g := range groups {
		w.key = append(w.key[:0], g.key[paneBytes:]...)
		e := w.begin(delta.Route(n.ID, n.Routing, w.key, w.partitions), d)
		lost += w.group(e, o.table, n, g)
	}
	if lost > 0 {
		d.Errors = lost
		w.encoders[home].Node(d)
	}
}

// count writes, for one of its nodes, a table of which only rows are counted.
func (w *blockWriter) count(table *Table, n *TableNode, rows uint64) {
	w.counted, w.key = group{key: noKey, rows: rows}, w.key[:0]
	e := w.begin(delta.Route(n.ID, n.Routing, nil, w.partitions), delta.NodeDelta{Node: n.ID, Kind: delta.Table, Aggs: n.IDs})
	w.group(e, table, n, &w.counted)
}

// single is count for the only node of a table, of one aggregate.
func (w *blockWriter) single(n *node) {
	w.states = agg.AppendCount(w.states[:0], n.rows)
	w.encoders[delta.Route(n.id, delta.ByKey, nil, w.partitions)].Single(n.id, *n.agg, n.rows, w.states)
}

// group writes one group, whose key is in w.key, and returns how many of its
// rows were lost because it is too large to be sent.
func (w *blockWriter) group(e *delta.Encoder, table *Table, n *TableNode, g *group) (lost uint64) {
	w.states, w.ends = w.states[:0], w.ends[:0]
	for _, i := range n.Aggs {
		w.states = g.append(w.states, table, i)
		w.ends = append(w.ends, len(w.states))
		if len(w.key)+len(w.states) > w.max {
			return w.large(e, table, n, g)
		}
	}
	if len(w.key) > w.max {
		return w.large(e, table, n, g)
	}
	e.Group(delta.Group{Pane: paneOf(g.key), Key: w.key, Rows: g.rows, States: w.cut()})
	return 0
}

// append appends the encoding of the group's i-th aggregate.
func (g *group) append(dst []byte, table *Table, i int) []byte {
	if table.Aggs[i].CountsRows {
		return agg.AppendCount(dst, g.rows)
	}
	return g.states[i].Append(dst)
}

// cut returns the states that are one after the other in w.states.
func (w *blockWriter) cut() [][]byte {
	w.parts = w.parts[:0]
	from := 0
	for _, end := range w.ends {
		w.parts = append(w.parts, w.states[from:end])
		from = end
	}
	return w.parts
}

// large writes a group that is larger than a block as several, which merge into
// it: each has some of its states, or a part of one, and empty ones for the
// rest. Only the first counts its rows.
func (w *blockWriter) large(e *delta.Encoder, table *Table, n *TableNode, g *group) (lost uint64) {
	empty := make([][]byte, len(n.Aggs))
	for k, i := range n.Aggs {
		if table.Aggs[i].CountsRows {
			empty[k] = agg.AppendCount(nil, 0)
		} else {
			empty[k] = table.Aggs[i].Func.New().Append(nil)
		}
	}
	if len(w.key) > tooLarge*w.max {
		return g.rows
	}
	piece := delta.Group{Pane: paneOf(g.key), Key: w.key, Rows: g.rows}
	size := 0
	reset := func() {
		piece.States = append([][]byte(nil), empty...)
		size = len(w.key)
	}
	reset()
	for k, i := range n.Aggs {
		for j, part := range g.parts(table, i, max(w.max-len(w.key), w.max/2)) {
			if len(w.key)+len(part) > tooLarge*w.max {
				lost = max(g.rows, 1) // what comes after a spill has counted none
				continue
			}
			if j > 0 || size > len(w.key) && size+len(part) > w.max {
				e.Group(piece)
				piece.Rows = 0
				reset()
			}
			piece.States[k] = part
			size += len(part)
		}
	}
	e.Group(piece)
	return lost
}

// parts returns the encoding of the group's i-th aggregate, in parts where it can be
// split.
func (g *group) parts(table *Table, i, maxBytes int) [][]byte {
	if !table.Aggs[i].CountsRows {
		if s, ok := g.states[i].(agg.Splitter); ok {
			return s.Split(maxBytes)
		}
	}
	return [][]byte{g.append(nil, table, i)}
}
