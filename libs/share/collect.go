package share

import (
	"fmt"

	"github.com/millrace/millrace/libs/sql/plan"
)

// collector finds the nodes of a shape in a plan, and makes those that are not
// there.
type collector struct {
	plan   *Plan
	source string
	owner  string

	rows          *Node // that predicates are over
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
	if len(s.Branches) > 0 {
		var inputs []*Node
		for _, b := range s.Branches {
			if b.Rows != nil {
				inputs = append(inputs, c.madeRows(b))
			} else {
				inputs = append(inputs, c.madeTable(b, b.Table.TableSpec)...)
			}
		}
		return c.node(Node{ID: s.ID, Kind: OutputNode, what: s}, inputs...)
	}
	if s.Rows != nil {
		return c.node(Node{ID: s.ID, Kind: OutputNode, what: s.Rows}, c.madeRows(s))
	}
	spec := c.plan.spec(s.Table.TableSpec)
	return c.node(Node{ID: s.ID, Kind: OutputNode, what: spec}, c.madeTable(s, spec)...)
}

// selection collects what a shape without branches is over, up to its selection.
func (c *collector) selection(s *Shape) *Node {
	c.source, c.owner = s.source(), s.owner
	c.rows = c.node(Node{ID: ScanID(s.Stream), Kind: ScanNode, what: s.Stream})
	for _, array := range s.Unnest {
		c.rows = c.node(Node{ID: UnnestID(c.rows.ID, array), Kind: UnnestNode, what: array}, c.rows)
	}
	below := c.rows
	if s.Selection.Pred != nil {
		below = c.predicate(s.Selection.Pred)
	}
	return c.node(Node{ID: s.Selection.ID, Kind: SelectionNode}, below)
}

func (c *collector) madeRows(s *Shape) *Node {
	return c.node(Node{ID: s.Rows.NodeID, Kind: RowsNode, what: s.Rows}, c.selection(s))
}

// madeTable collects a table and its aggregates.
func (c *collector) madeTable(s *Shape, spec *TableSpec) []*Node {
	selection, t := c.selection(s), s.Table
	grouping := c.node(Node{ID: t.ScanID, Kind: GroupingNode, what: spec}, selection)
	table := c.node(Node{ID: t.NodeID, Kind: TableNode, Routing: t.Routing, what: spec}, grouping)
	inputs := append(make([]*Node, 0, 8), table)
	for i := range spec.Aggs {
		a := &spec.Aggs[i]
		n := Node{ID: plan.HashID([]byte("aggregate of"), t.NodeID[:], a.ID[:]), Kind: AggregateNode, what: a}
		if a.Feeds != (plan.ID{}) { // of two that are the same, each is another one of the union
			n.ID = plan.HashID(n.ID[:], a.Feeds[:])
		}
		if a.Agg.Filter != nil {
			inputs = append(inputs, c.node(n, table, c.predicate(a.Agg.Filter)))
		} else {
			inputs = append(inputs, c.node(n, table))
		}
	}
	return inputs
}

// node returns the node that n of these inputs is.
func (c *collector) node(n Node, inputs ...*Node) *Node {
	have, mine := c.plan.nodes.Get(n.ID), c.own(n.ID)
	switch {
	case mine != nil:
		have = mine
	case have != nil:
		c.reused = append(c.reused, have)
		c.note(have)
	default:
		made := n
		made.of(inputs)
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
	by, ok := connectiveOf(e)
	if !ok {
		if call, isCall := e.(*plan.Call); isCall && c.plan.nodes.Get(id) == nil {
			e = c.plan.withColumns(call)
		}
		return c.node(Node{ID: id, Kind: AtomNode, what: e}, c.rows)
	}
	inputs := make([]*Node, 0, 8)
	for _, a := range e.(*plan.Call).Args {
		inputs = append(inputs, c.predicate(a))
	}
	return c.node(Node{ID: id, Kind: CombinationNode, what: by}, inputs...)
}

// withColumns returns the call with the plan's own columns among its arguments.
func (p *Plan) withColumns(call *plan.Call) plan.Expr {
	out := *call
	out.Args = make([]plan.Expr, len(call.Args))
	for i, a := range call.Args {
		if col, ok := a.(*plan.Column); ok {
			a = p.column(col)
		}
		out.Args[i] = a
	}
	return &out
}

// column returns the plan's own of equal columns, or c where it has none.
func (p *Plan) column(c *plan.Column) *plan.Column {
	if have := p.columns[c.Name]; have != nil && have.Typ.Equal(c.Typ) {
		return have
	}
	return c
}

// keepColumns makes the columns of an atom the plan's own.
func (p *Plan) keepColumns(e plan.Expr) {
	call, ok := e.(*plan.Call)
	if !ok {
		return
	}
	for _, a := range call.Args {
		if c, ok := a.(*plan.Column); ok && p.columns[c.Name] == nil {
			p.columns[c.Name] = c
		}
	}
}

func (c *collector) predicateID(e plan.Expr) plan.ID {
	parts := [][]byte{[]byte("predicate"), []byte(c.source), plan.EncodeExpr(nil, e)}
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
