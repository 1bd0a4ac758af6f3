package merge

import (
	"fmt"
	"slices"

	"github.com/millrace/millrace/libs/exec/agg"
	"github.com/millrace/millrace/libs/exec/delta"
	"github.com/millrace/millrace/libs/planted"
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/plan"
)

// prepared is a decoded exchange record that waits for the registry reader.
type prepared struct {
	offset  int64
	size    int
	control bool
	block   *delta.Block
	seal    *delta.Seal

	stranger bool // no scheduler wrote it
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
	default: // not of ours: it counts as a position only
		p.stranger = true
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
	if b.Cohort != 0 {
		return fmt.Errorf("the block is of cohort %d: this program knows only the live one, update it", b.Cohort)
	}
	index := int64(0) // rows of the nodes before, wanted or not, so that ids depend on the block alone
	for i := range b.Nodes {
		d := &b.Nodes[i]
		if err := s.foldNode(d, b.Plan, offset, index); err != nil {
			return fmt.Errorf("node %s: %w", d.Node, err)
		}
		index += int64(len(d.Rows))
	}
	return nil
}

// foldNode folds what a block adds to one node. Nothing happens where nobody
// wants it any more, or not yet, or where its kind is of a later version.
func (s *Partition) foldNode(d *delta.NodeDelta, position, offset, index int64) error {
	n := s.nodes[d.Node]
	if n == nil {
		return nil
	}
	seg := n.floor(position)
	if seg == nil {
		return nil
	}
	if planted.On(planted.NewestSegment) {
		seg = n.segments[len(n.segments)-1]
	}
	switch d.Kind {
	case n.kind:
	case delta.Table, delta.Rows:
		return fmt.Errorf("the block has it as kind %d, its queries as kind %d", d.Kind, n.kind)
	default:
		return nil
	}
	if c := (counters{Errors: d.Errors, Mismatches: d.Mismatches, NoTime: d.NoTime}); c != (counters{}) {
		seg.counters.add(c)
		s.markCounters(n, seg, position)
	}
	if d.Kind == delta.Rows {
		return s.foldRows(n, seg, position, offset, index, d)
	}
	return s.foldGroups(n, seg, position, d)
}

func (s *Partition) foldGroups(n *node, seg *segment, position int64, d *delta.NodeDelta) error {
	at := make([]int, len(d.Aggs))
	for i, id := range d.Aggs {
		at[i] = n.aggIndex(id)
	}
	for i := range d.Groups {
		g := &d.Groups[i]
		if n.window > 0 && s.isLate(n, g.Pane) {
			seg.counters.Late += g.Rows
			s.late += g.Rows
			continue
		}
		r := rowRef{pane: g.Pane, key: string(g.Key)}
		seg.counters.Matched += g.Rows
		to := s.openGroup(n, seg, r)
		grown, err := s.foldGroup(n, to, at, g)
		if err != nil {
			return err
		}
		seg.resize(to, to.bytes+grown)
		s.markState(stateKey{kind: keyGroup, node: n.id, segment: seg.start, pane: r.pane, key: r.key})
		for _, q := range n.until(position) {
			if q.Table.Final && n.window > 0 {
				continue // written when the window closes
			}
			s.markRow(q, r)
		}
	}
	if len(d.Groups) > 0 {
		s.markCounters(n, seg, position)
	}
	return nil
}

// openGroup returns the segment's group of that name, a new one if need be.
func (s *Partition) openGroup(n *node, seg *segment, r rowRef) *group {
	g := seg.group(r)
	if g == nil {
		g = &group{states: make([]agg.State, len(n.aggs)), bytes: keyBytes + int64(len(r.key)) + 1}
		seg.put(r, g)
		if n.window > 0 && n.panes[r.pane] == nil {
			n.panes[r.pane] = &pane{}
			n.open[r.pane] = struct{}{}
		}
	}
	return g
}

// foldGroup merges a block's states into a group; at says which of the node's
// aggregates each is, -1 for those that nobody wants. It returns by about how
// many bytes the group has grown.
func (s *Partition) foldGroup(n *node, to *group, at []int, g *delta.Group) (grown int64, err error) {
	to.rows += g.Rows
	for j, enc := range g.States {
		k := at[j]
		if k < 0 {
			continue
		}
		st, err := n.aggs[k].Func.Decode(enc)
		if err != nil {
			return 0, fmt.Errorf("aggregate %s: %w", n.aggs[k].ID, err)
		}
		s.dirtyBytes += int64(len(enc))
		if to.states[k] == nil {
			to.states[k] = st
			grown += stateBytes + int64(len(enc))
		} else {
			grown += int64(to.states[k].Merge(st))
		}
	}
	return grown, nil
}

// markCounters makes the queries that combine the segment write their counters.
func (s *Partition) markCounters(n *node, seg *segment, position int64) {
	s.markState(stateKey{kind: keyCounters, node: n.id, segment: seg.start})
	for _, q := range n.until(position) {
		s.markCount(q)
	}
}

func (s *Partition) foldRows(n *node, seg *segment, position, offset, index int64, d *delta.NodeDelta) error {
	queries := n.until(position)
	had := n.had(queries)
	seg.counters.Matched += uint64(len(d.Rows))
	s.markCounters(n, seg, position)
	for i := range d.Rows {
		vals, err := decodeValues(d.Rows[i].Data)
		if err != nil {
			return fmt.Errorf("row %d: %w", i, err)
		}
		for j, q := range queries {
			if len(vals) != len(q.Rows.Cols) {
				return fmt.Errorf("row %d has %d values, query %s selects %d", i, len(vals), q.ID, len(q.Rows.Cols))
			}
			if !q.Rows.wants(had[j] + uint64(i)) {
				continue
			}
			e := LogEntry{Offset: offset, Index: index + int64(i) + 1, JSON: appendObject(nil, q.Rows.Cols, vals)}
			q.weigh(len(e.JSON))
			s.appendLog(q, e)
		}
	}
	for i, q := range queries {
		s.checkFirst(q, had[i]+uint64(len(d.Rows)))
	}
	s.countRows(n, seg, position, offset, d.Rows)
	return nil
}

// foldSeal takes the seal's ranges into the vector and lets time pass.
func (s *Partition) foldSeal(seal *delta.Seal) error {
	for topic, id := range seal.Topics {
		if want, ok := s.topo.Topics[topic]; ok && want != id {
			return fmt.Errorf("%w: the seal speaks about topic %s with id %s, today's has %s; run `millrace reset` to clear the results and adopt it", ErrIncarnation, topic, id, want)
		}
	}
	var spoken []*stream
	for i := range seal.Parts {
		part := &seal.Parts[i]
		st := s.stream(seal, part)
		if st == nil {
			continue
		}
		if err := s.foldPart(st, seal, part); err != nil {
			return err
		}
		if !slices.Contains(spoken, st) {
			spoken = append(spoken, st)
		}
	}
	s.countPassed(seal, spoken)
	s.carried = max(s.carried, seal.Wall)
	s.advance(spoken)
	return nil
}

// appendObject appends a row as a JSON object in the order of the columns.
func appendObject(dst []byte, cols []plan.NamedExpr, vals []record.Value) []byte {
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
