package merge

import (
	"fmt"

	"github.com/millrace/millrace/libs/exec/agg"
	"github.com/millrace/millrace/libs/exec/delta"
	"github.com/millrace/millrace/libs/record"
)

// prepared is a decoded exchange record that waits for the registry reader.
type prepared struct {
	offset  int64
	size    int
	control bool
	block   *delta.Block
	seal    *delta.Seal
}

// prepare decodes an exchange record.
func prepare(r Record) (prepared, error) {
	p := prepared{offset: r.Offset, size: len(r.Value), control: r.Control}
	if r.Control {
		return p, nil
	}
	var err error
	switch r.Type {
	case TypeBlock:
		p.block, err = delta.DecodeBlock(r.Value)
	case TypeSeal:
		p.seal, err = delta.DecodeSeal(r.Value)
	default:
		err = fmt.Errorf("unknown type header %q", r.Type)
	}
	if err != nil {
		return p, fmt.Errorf("exchange partition %d, offset %d: %w", r.Partition, r.Offset, err)
	}
	return p, nil
}

// plan returns the plan position that the registry reader must have reached
// before the record may be folded, -1 for none.
func (p *prepared) plan() int64 {
	switch {
	case p.block != nil:
		return p.block.Plan
	case p.seal != nil:
		return p.seal.Plan
	default:
		return -1
	}
}

// fold folds one record, which must be at or after the position; what lies
// below is skipped, as an aborted transaction makes the log fetch it again.
func (s *Partition) fold(p *prepared) error {
	if p.offset < s.pos {
		return nil
	}
	switch {
	case p.block != nil:
		if err := s.foldBlock(p.offset, p.block); err != nil {
			return fmt.Errorf("exchange partition %d, offset %d: %w", s.id, p.offset, err)
		}
	case p.seal != nil:
		if err := s.foldSeal(p.seal); err != nil {
			return fmt.Errorf("exchange partition %d, offset %d: %w", s.id, p.offset, err)
		}
	}
	s.pos = p.offset + 1
	return nil
}

func (s *Partition) foldBlock(offset int64, b *delta.Block) error {
	index := int64(0)
	for i := range b.Nodes {
		d := &b.Nodes[i]
		n := s.nodes[d.Node]
		var seg *segment
		if n != nil {
			seg = n.floor(b.Plan)
		}
		if seg == nil { // nobody wants it any more, or not yet
			index += int64(len(d.Rows))
			continue
		}
		if d.Errors > 0 || d.NoTime > 0 {
			seg.counters.add(counters{Errors: d.Errors, NoTime: d.NoTime})
			s.markCounters(n, seg, b.Plan)
		}
		var err error
		switch d.Kind {
		case delta.Table:
			err = s.foldGroups(n, seg, b.Plan, d)
		case delta.Rows:
			err = s.foldRows(n, seg, b.Plan, offset, index, d)
			index += int64(len(d.Rows))
		default: // of a later version: skipped by its length
		}
		if err != nil {
			return fmt.Errorf("node %s: %w", d.Node, err)
		}
	}
	return nil
}

func (s *Partition) foldGroups(n *node, seg *segment, plan int64, d *delta.NodeDelta) error {
	at := make([]int, len(d.Aggs))
	for i, id := range d.Aggs {
		at[i] = n.aggIndex(id)
	}
	for i := range d.Groups {
		g := &d.Groups[i]
		if n.window > 0 && s.late(n, g.Pane) {
			seg.counters.Late += g.Rows
			s.markCounters(n, seg, plan)
			continue
		}
		r := rowRef{pane: g.Pane, key: string(g.Key)}
		to := seg.group(r)
		if to == nil {
			to = &group{states: make([]agg.State, len(n.aggs))}
			seg.put(r, to)
			if n.window > 0 && n.panes[g.Pane] == nil {
				n.panes[g.Pane] = &pane{}
				n.open[g.Pane] = struct{}{}
			}
		}
		to.rows += g.Rows
		seg.counters.Matched += g.Rows
		for j, enc := range g.States {
			if at[j] < 0 {
				continue
			}
			st, err := n.aggs[at[j]].Func.Decode(enc)
			if err != nil {
				return fmt.Errorf("aggregate %s: %w", d.Aggs[j], err)
			}
			if to.states[at[j]] == nil {
				to.states[at[j]] = st
			} else {
				to.states[at[j]].Merge(st)
			}
		}
		s.markState(stateKey{kind: keyGroup, node: n.id, segment: seg.start, pane: r.pane, key: r.key})
		for _, q := range n.queries {
			if q.Position > plan {
				break
			}
			if q.Table.Final && n.window > 0 {
				continue // written when the window closes
			}
			s.markRow(q, r)
		}
	}
	if len(d.Groups) > 0 {
		s.markCounters(n, seg, plan)
	}
	return nil
}

// markCounters makes the queries that combine the segment write their counters.
func (s *Partition) markCounters(n *node, seg *segment, plan int64) {
	s.markState(stateKey{kind: keyCounters, node: n.id, segment: seg.start})
	for _, q := range n.queries {
		if q.Position > plan {
			break
		}
		s.markCount(q)
	}
}

func (s *Partition) foldRows(n *node, seg *segment, plan, offset, index int64, d *delta.NodeDelta) error {
	seg.counters.Matched += uint64(len(d.Rows))
	s.markCounters(n, seg, plan)
	for i := range d.Rows {
		vals, err := decodeValues(d.Rows[i].Data)
		if err != nil {
			return fmt.Errorf("row %d: %w", i, err)
		}
		for _, q := range n.queries {
			if q.Position > plan {
				break
			}
			if len(vals) != len(q.Rows.Cols) {
				return fmt.Errorf("row %d has %d values, query %s selects %d", i, len(vals), q.ID, len(q.Rows.Cols))
			}
			e := LogEntry{Offset: offset, Index: index + int64(i) + 1, JSON: appendObject(nil, q.Rows.Cols, vals)}
			s.appendLog(q, e)
			s.countRow(q)
		}
	}
	return nil
}

// countRow holds a row-returning query to its rows per second of carried time.
func (s *Partition) countRow(q *query) {
	if second := s.carried / 1000; second != q.second {
		q.second, q.inSecond = second, 0
	}
	q.inSecond++
	if limit := q.Limits.MaxRowsPerSecond; limit > 0 && q.inSecond > limit {
		s.fail(q, fmt.Sprintf("more than max_rows_per_second = %d rows in a second", limit))
	}
}

// foldSeal takes the seal's ranges into the vector and lets time pass.
func (s *Partition) foldSeal(seal *delta.Seal) error {
	for topic, id := range seal.Topics {
		if want, ok := s.topo.Topics[topic]; ok && want != id {
			return fmt.Errorf("%w: the seal speaks about topic %s with id %s, today's has %s; run `millrace reset` to clear the results and adopt it", ErrIncarnation, topic, id, want)
		}
	}
	for i := range seal.Parts {
		part := &seal.Parts[i]
		src := source{part.Topic, part.Partition}
		at := s.vector[src]
		if at == nil {
			at = &progress{to: part.From, newest: record.NoEventTime, plan: -1}
			s.vector[src] = at
		} else if part.From != at.to && (!part.Gap || part.GapFrom != at.to) {
			return fmt.Errorf("%w: %s goes on from %d, the vector says %d", ErrContinuity, src, part.From, at.to)
		}
		at.end = part.End || at.end && part.To == at.to // a scan that took over knows of the end no more
		at.to = part.To
		at.newest = max(at.newest, part.Newest)
		at.plan = max(at.plan, seal.Plan)
		at.idle = part.Idle
	}
	s.carried = max(s.carried, seal.Wall)
	s.advance()
	return nil
}

// appendObject appends a row as a JSON object in the order of the columns.
func appendObject(dst []byte, cols []namedExpr, vals []record.Value) []byte {
	dst = append(dst, '{')
	for i := range cols {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = record.AppendJSONString(dst, cols[i].Name)
		dst = append(dst, ':')
		dst = record.AppendJSON(dst, vals[i])
	}
	return append(dst, '}')
}

func decodeValues(b []byte) ([]record.Value, error) {
	var out []record.Value
	for len(b) > 0 {
		v, rest, err := record.DecodeValue(b)
		if err != nil {
			return nil, err
		}
		out, b = append(out, v), rest
	}
	return out, nil
}
