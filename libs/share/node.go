package share

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/millrace/millrace/libs/sql/plan"
)

// Kind is a layer of the shared plan.
type Kind uint8

// The layers, each above its inputs.
const (
	ScanNode        Kind = iota + 1 // a stream
	AtomNode                        // an atomic predicate; inputs: the scan
	CombinationNode                 // AND, OR or NOT; inputs: the operands, in order
	SelectionNode                   // a WHERE; inputs: its predicate, or the scan
	GroupingNode                    // keys and window, Shape.Table.ScanID; inputs: the selection
	TableNode                       // a grouping under one routing, Shape.Table.NodeID; inputs: the grouping
	AggregateNode                   // one aggregate of a table; inputs: the table, and the predicate of a FILTER
	RowsNode                        // a projection, Shape.Rows.NodeID; inputs: the selection
	OutputNode                      // what queries with equal plans have in common; inputs: table or rows, and the aggregates
)

// String names the layer.
func (k Kind) String() string {
	switch k {
	case ScanNode:
		return "scan"
	case AtomNode:
		return "atom"
	case CombinationNode:
		return "combination"
	case SelectionNode:
		return "selection"
	case GroupingNode:
		return "grouping"
	case TableNode:
		return "table"
	case AggregateNode:
		return "aggregate"
	case RowsNode:
		return "rows"
	case OutputNode:
		return "output"
	default:
		return fmt.Sprintf("kind(%d)", uint8(k))
	}
}

// Node is one node of the shared plan. Nodes are immutable; what is not of
// their kind is zero.
type Node struct {
	ID     plan.ID
	Kind   Kind
	Stream string
	Inputs []*Node

	Expr  plan.Expr // atoms and combinations: the predicate; selections: the predicate or nil
	Table *Table    // groupings, tables: a query's part, of which they are Keys and Window, and Routing
	Agg   *AggSpec  // aggregates
	Rows  *Rows     // rows: a query's part, of which it is the expressions
	Shape *Shape    // outputs
}

// content returns what tells n from other nodes of its kind with its inputs.
func (n *Node) content() []byte {
	switch n.Kind {
	case ScanNode:
		return []byte(n.Stream)
	case AtomNode, SelectionNode:
		return encodePred(n.Expr)
	case CombinationNode:
		return []byte(n.Expr.(*plan.Call).Func)
	case GroupingNode:
		id := scanID(plan.ID{}, n.Table.Keys, n.Table.Window)
		return id[:]
	case TableNode:
		return []byte{byte(n.Table.Routing)}
	case AggregateNode:
		return n.Agg.ID[:]
	case RowsNode:
		id := rowsID(plan.ID{}, n.Rows.Cols)
		return id[:]
	default:
		return n.Shape.ID[:]
	}
}

// equal reports whether two interned nodes, or nodes with interned inputs, are
// the same.
func (n *Node) equal(m *Node) bool {
	return n.Kind == m.Kind && slices.Equal(n.Inputs, m.Inputs) && bytes.Equal(n.content(), m.content())
}

// nodesOf returns the nodes of a shape, inputs before users, each once.
func nodesOf(s *Shape) []*Node {
	c := &collector{stream: s.Stream, owner: s.owner, seen: map[plan.ID]*Node{}}
	scan := c.add(&Node{ID: plan.HashID([]byte("scan"), []byte(s.Stream)), Kind: ScanNode})
	c.scan = scan

	selection := &Node{ID: s.Selection.ID, Kind: SelectionNode, Expr: s.Selection.Pred, Inputs: []*Node{scan}}
	if s.Selection.Pred != nil {
		selection.Inputs = []*Node{c.predicate(s.Selection.Pred)}
	}
	selection = c.add(selection)

	output := &Node{ID: s.ID, Kind: OutputNode, Shape: s}
	if s.Rows != nil {
		output.Inputs = []*Node{c.add(&Node{ID: s.Rows.NodeID, Kind: RowsNode, Rows: s.Rows, Inputs: []*Node{selection}})}
		c.add(output)
		return c.nodes
	}
	t := s.Table
	grouping := c.add(&Node{ID: t.ScanID, Kind: GroupingNode, Table: t, Inputs: []*Node{selection}})
	table := c.add(&Node{ID: t.NodeID, Kind: TableNode, Table: t, Inputs: []*Node{grouping}})
	output.Inputs = []*Node{table}
	for i := range t.Aggs {
		a := &t.Aggs[i]
		n := &Node{ID: plan.HashID([]byte("aggregate of"), t.NodeID[:], a.ID[:]), Kind: AggregateNode, Agg: a, Inputs: []*Node{table}}
		if a.Agg.Filter != nil {
			n.Inputs = append(n.Inputs, c.predicate(a.Agg.Filter))
		}
		output.Inputs = append(output.Inputs, c.add(n))
	}
	c.add(output)
	return c.nodes
}

type collector struct {
	stream string
	owner  string
	scan   *Node
	nodes  []*Node
	seen   map[plan.ID]*Node
}

func (c *collector) add(n *Node) *Node {
	if have := c.seen[n.ID]; have != nil {
		return have
	}
	n.Stream = c.stream
	c.seen[n.ID] = n
	c.nodes = append(c.nodes, n)
	return n
}

// predicate adds a predicate down to its atoms.
func (c *collector) predicate(e plan.Expr) *Node {
	n := &Node{ID: c.predicateID(e), Expr: e}
	if have := c.seen[n.ID]; have != nil {
		return have
	}
	if call, ok := e.(*plan.Call); ok && (call.Func == plan.FuncAnd || call.Func == plan.FuncOr || call.Func == plan.FuncNot) {
		n.Kind = CombinationNode
		for _, a := range call.Args {
			n.Inputs = append(n.Inputs, c.predicate(a))
		}
		return c.add(n)
	}
	n.Kind, n.Inputs = AtomNode, []*Node{c.scan}
	return c.add(n)
}

func (c *collector) predicateID(e plan.Expr) plan.ID {
	parts := [][]byte{[]byte("predicate"), []byte(c.stream), plan.EncodeExpr(nil, e)}
	if c.owner != "" {
		parts = append(parts, []byte(c.owner))
	}
	return plan.HashID(parts...)
}
