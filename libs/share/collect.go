package share

import (
	"fmt"
	"slices"

	"github.com/millrace/millrace/libs/sql/plan"
)

// collector finds the nodes of a shape in a plan, and makes those that are not
// there.
type collector struct {
	plan   *Plan
	stream string
	owner  string

	scan          *Node
	reused, added []*Node
	many          map[plan.ID]*Node // both by id, once they are more than few
	err           error             // the first
}

// ScanID returns the id of the scan of a stream.
func ScanID(stream string) plan.ID { return plan.HashID([]byte("scan"), []byte(stream)) }

// fewNodes are looked through one after the other.
const fewNodes = 32

// shape collects the nodes of a shape, inputs before users, each once, and returns
// the last.
func (c *collector) shape(s *Shape) *Node {
	c.scan = c.node(Node{ID: ScanID(s.Stream), Kind: ScanNode})
	below := c.scan
	kept := *s
	if s.Selection.Pred != nil {
		below = c.predicate(s.Selection.Pred)
		kept.Selection.Pred = below.Expr
	}
	selection := c.node(Node{ID: s.Selection.ID, Kind: SelectionNode, Expr: kept.Selection.Pred}, below)

	output := Node{ID: s.ID, Kind: OutputNode, Shape: &kept}
	if s.Rows != nil {
		return c.node(output, c.node(Node{ID: s.Rows.NodeID, Kind: RowsNode, Rows: s.Rows}, selection))
	}
	t := &Table{ScanID: s.Table.ScanID, NodeID: s.Table.NodeID, Routing: s.Table.Routing, TableSpec: c.plan.spec(s.Table.TableSpec)}
	kept.Table = t
	grouping := c.node(Node{ID: t.ScanID, Kind: GroupingNode, Table: t}, selection)
	table := c.node(Node{ID: t.NodeID, Kind: TableNode, Table: t}, grouping)
	inputs := append(make([]*Node, 0, 8), table)
	for i := range t.Aggs {
		a := &t.Aggs[i]
		n := Node{ID: plan.HashID([]byte("aggregate of"), t.NodeID[:], a.ID[:]), Kind: AggregateNode, Agg: a}
		if a.Agg.Filter != nil {
			inputs = append(inputs, c.node(n, table, c.predicate(a.Agg.Filter)))
		} else {
			inputs = append(inputs, c.node(n, table))
		}
	}
	return c.node(output, inputs...)
}

// node returns the node that n of these inputs is.
func (c *collector) node(n Node, inputs ...*Node) *Node {
	n.Stream = c.stream
	have, mine := c.plan.nodes.Get(n.ID), c.own(n.ID)
	switch {
	case mine != nil:
		have = mine
	case have != nil:
		c.reused = append(c.reused, have)
		c.note(have)
	default:
		made := n
		made.Inputs = slices.Clone(inputs)
		c.added = append(c.added, &made)
		c.note(&made)
		return &made
	}
	if c.err == nil && !have.equal(&n, inputs) {
		c.err = fmt.Errorf("%s has the id of something else: %s", describe(have), n.ID)
	}
	return have
}

// own returns the node of that id that has been collected.
func (c *collector) own(id plan.ID) *Node {
	if c.many != nil {
		return c.many[id]
	}
	for _, list := range [2][]*Node{c.reused, c.added} {
		for _, n := range list {
			if n.ID == id {
				return n
			}
		}
	}
	return nil
}

// note has own find a node that has just been appended.
func (c *collector) note(n *Node) {
	if c.many != nil {
		c.many[n.ID] = n
		return
	}
	if len(c.reused)+len(c.added) > fewNodes {
		c.many = map[plan.ID]*Node{}
		for _, list := range [2][]*Node{c.reused, c.added} {
			for _, n := range list {
				c.many[n.ID] = n
			}
		}
	}
}

// predicate collects a predicate down to its atoms.
func (c *collector) predicate(e plan.Expr) *Node {
	id := c.predicateID(e)
	if have := c.own(id); have != nil {
		return have
	}
	call, ok := e.(*plan.Call)
	if !ok || call.Func != plan.FuncAnd && call.Func != plan.FuncOr && call.Func != plan.FuncNot {
		return c.node(Node{ID: id, Kind: AtomNode, Expr: e}, c.scan)
	}
	inputs := make([]*Node, 0, 8)
	for _, a := range call.Args {
		inputs = append(inputs, c.predicate(a))
	}
	if c.plan.nodes.Get(id) == nil {
		e = ofNodes(call, inputs)
	}
	return c.node(Node{ID: id, Kind: CombinationNode, Expr: e}, inputs...)
}

// ofNodes returns the combination with the expressions of its inputs: the parts
// that queries share are in memory once.
func ofNodes(call *plan.Call, inputs []*Node) plan.Expr {
	out := &plan.Call{Func: call.Func, Typ: call.Typ, Args: make([]plan.Expr, len(inputs))}
	for i, in := range inputs {
		out.Args[i] = in.Expr
	}
	return out
}

func (c *collector) predicateID(e plan.Expr) plan.ID {
	parts := [][]byte{[]byte("predicate"), []byte(c.stream), plan.EncodeExpr(nil, e)}
	if c.owner != "" {
		parts = append(parts, []byte(c.owner))
	}
	return plan.HashID(parts...)
}

// spec returns the plan's own of equal specifications.
func (p *Plan) spec(s *TableSpec) *TableSpec {
	key := s.encode()
	if have := p.specs[string(key)]; have != nil {
		return have
	}
	own := *s
	own.key, own.refs = string(key), 0
	return &own
}
