package engine

import (
	"fmt"
	"sync"

	"github.com/millrace/millrace/libs/exec/agg"
	"github.com/millrace/millrace/libs/exec/delta"
	"github.com/millrace/millrace/libs/share"
	"github.com/millrace/millrace/libs/sql/plan"
)

// collector folds blocks, as package merge does, for Answers.
type collector struct {
	mu    sync.Mutex
	nodes map[plan.ID]*collected
}

// collected is what the blocks said of one node.
type collected struct {
	answer Answer // of rows
	groups map[groupKey]*collectedGroup
}

type groupKey struct {
	pane int64
	key  string
}

// collectedGroup holds encoded states per aggregate: a reader decodes and merges
// those that it wants.
type collectedGroup struct {
	rows   uint64
	states map[plan.ID][][]byte
}

func newCollector() *collector { return &collector{nodes: map[plan.ID]*collected{}} }

// fold takes the blocks of all exchange partitions.
func (c *collector) fold(partitions [][][]byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, blocks := range partitions {
		for _, b := range blocks {
			block, err := delta.DecodeBlock(b)
			if err != nil {
				return err
			}
			for i := range block.Nodes {
				c.node(&block.Nodes[i])
			}
		}
	}
	return nil
}

func (c *collector) node(d *delta.NodeDelta) {
	n := c.nodes[d.Node]
	if n == nil {
		n = &collected{groups: map[groupKey]*collectedGroup{}}
		c.nodes[d.Node] = n
	}
	for _, r := range d.Rows {
		n.answer.addRow(r.EventTime, r.Data)
	}
	for _, g := range d.Groups {
		k := groupKey{g.Pane, string(g.Key)}
		have := n.groups[k]
		if have == nil {
			have = &collectedGroup{states: map[plan.ID][][]byte{}}
			n.groups[k] = have
		}
		have.rows += g.Rows
		for i, s := range g.States {
			id := d.Aggs[i]
			have.states[id] = append(have.states[id], append([]byte(nil), s...))
		}
	}
}

// answer returns what a query of the shape has come to.
func (c *collector) answer(s *share.Shape) (Answer, error) {
	if s.Rows != nil {
		if n := c.nodes[s.Rows.NodeID]; n != nil {
			return n.answer, nil
		}
		return Answer{}, nil
	}
	out := Answer{Groups: map[string]string{}}
	n := c.nodes[s.Table.NodeID]
	if n == nil {
		return out, nil
	}
	for k, g := range n.groups {
		if g.rows == 0 {
			continue
		}
		texts := make([]string, len(s.Table.Aggs))
		for i := range s.Table.Aggs {
			state, err := g.state(&s.Table.Aggs[i])
			if err != nil {
				return out, err
			}
			texts[i] = stateText(state)
		}
		out.Groups[groupName(k.pane, k.key)] = groupText(g.rows, texts)
	}
	return out, nil
}

// state merges the states of one aggregate.
func (g *collectedGroup) state(spec *share.AggSpec) (agg.State, error) {
	fn, err := functionOf(spec)
	if err != nil {
		return nil, err
	}
	encoded := g.states[spec.ID]
	if len(encoded) == 0 {
		return nil, fmt.Errorf("the blocks do not hold aggregate %s", spec.ID)
	}
	sum := fn.New()
	for _, b := range encoded {
		s, err := fn.Decode(b)
		if err != nil {
			return nil, err
		}
		sum.Merge(s)
	}
	return sum, nil
}

// functionOf returns the function of an aggregate.
func functionOf(spec *share.AggSpec) (agg.Function, error) {
	if spec.Top != nil {
		return agg.TopRows(agg.TopSpec(*spec.Top))
	}
	return agg.Lookup(spec.Agg)
}
