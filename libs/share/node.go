package share

import (
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
	refs   int32 // nodes above that have it as an input, and queries for an output
	Stream string
	Inputs []*Node

	Expr  plan.Expr // atoms and combinations: the predicate; selections: the predicate or nil
	Table *Table    // groupings, tables: a query's part, of which they are Keys and Window, and Routing
	Agg   *AggSpec  // aggregates
	Rows  *Rows     // rows: a query's part, of which it is the expressions
	Shape *Shape    // outputs
}

// PlanID returns its id.
func (n *Node) PlanID() plan.ID { return n.ID }

// equal reports whether two nodes are the same, m of these inputs.
func (n *Node) equal(m *Node, inputs []*Node) bool {
	if n.Kind != m.Kind || !slices.Equal(n.Inputs, inputs) {
		return false
	}
	switch n.Kind {
	case ScanNode:
		return n.Stream == m.Stream
	case AtomNode, SelectionNode:
		return plan.EqualExpr(n.Expr, m.Expr)
	case CombinationNode:
		return n.Expr.(*plan.Call).Func == m.Expr.(*plan.Call).Func
	case GroupingNode:
		return slices.EqualFunc(n.Table.Keys, m.Table.Keys, plan.EqualExpr) && equalWindows(n.Table.Window, m.Table.Window)
	case TableNode:
		return n.Table.Routing == m.Table.Routing
	case AggregateNode:
		return n.Agg.ID == m.Agg.ID
	case RowsNode:
		return slices.EqualFunc(n.Rows.Cols, m.Rows.Cols, func(a, b plan.NamedExpr) bool { return plan.EqualExpr(a.Expr, b.Expr) })
	default:
		return n.Shape.ID == m.Shape.ID
	}
}

func equalWindows(a, b *plan.Window) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Kind == b.Kind && a.Time == b.Time && a.Size == b.Size
}
