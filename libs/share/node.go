package share

import (
	"fmt"
	"slices"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/plan"
)

// Kind is a layer of the shared plan.
type Kind uint8

// The layers, each above its inputs.
const (
	ScanNode        Kind = iota + 1 // a stream
	UnnestNode                      // a row for every element of an array; inputs: the scan, or another of its kind
	AtomNode                        // an atomic predicate; inputs: the scan, or what is unnested
	CombinationNode                 // AND, OR or NOT; inputs: the operands, in order
	SelectionNode                   // a WHERE; inputs: its predicate, or what that would be over
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
	case UnnestNode:
		return "unnest"
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

// Node is one node of the shared plan. Nodes are immutable. There are many, so they
// are small: what follows from those below is not kept.
type Node struct {
	ID      plan.ID
	refs    int32 // nodes above that have it as an input, and queries for an output
	Kind    Kind
	Routing Routing // tables

	below [1]*Node // the only input; nil: none, or several
	what  any      // *joint where there are several inputs; else as joint.what
}

// joint is what a node of several inputs is.
type joint struct {
	inputs []*Node

	// The stream's name, the array of an unnest, the expression of an atom, the connective of a combination,
	// *TableSpec of a grouping, table or output, *AggSpec, *Rows of rows or an output, or
	// *Shape of the output of a union; nil for a selection.
	what any
}

// connective is what makes one predicate of several.
type connective uint8

const (
	and connective = iota
	or
	not
)

var connectives = [...]string{and: plan.FuncAnd, or: plan.FuncOr, not: plan.FuncNot}

// connectiveOf returns the connective of a combination; ok is false for an atom.
func connectiveOf(e plan.Expr) (c connective, ok bool) {
	call, ok := e.(*plan.Call)
	if !ok {
		return 0, false
	}
	i := slices.Index(connectives[:], call.Func)
	return connective(max(i, 0)), i >= 0
}

// PlanID returns its id.
func (n *Node) PlanID() plan.ID { return n.ID }

// Inputs returns the nodes that it is made of, not to be changed.
func (n *Node) Inputs() []*Node {
	if j, ok := n.what.(*joint); ok {
		return j.inputs
	}
	if n.below[0] == nil {
		return nil
	}
	return n.below[:]
}

// own returns joint.what.
func (n *Node) own() any {
	if j, ok := n.what.(*joint); ok {
		return j.what
	}
	return n.what
}

// Stream returns the name of the stream that it is over.
func (n *Node) Stream() string {
	for n.Kind != ScanNode {
		n = n.Inputs()[0]
	}
	return n.what.(string)
}

// Everything reports whether a selection has every row: no predicate.
func (n *Node) Everything() bool {
	return n.Kind == SelectionNode && (n.below[0].Kind == ScanNode || n.below[0].Kind == UnnestNode)
}

// Func returns the function that a combination is, as [plan.FuncAnd]; "": it is none.
func (n *Node) Func() string {
	if c, ok := n.own().(connective); ok {
		return connectives[c]
	}
	return ""
}

// Expr returns the predicate of an atom, a combination, or a selection, nil for
// every row, the array of an unnest, and nil for other nodes. But for an atom it is made
// anew by every call.
func (n *Node) Expr() plan.Expr {
	if n.Everything() {
		return nil
	}
	if n.Kind == SelectionNode {
		n = n.below[0]
	}
	switch what := n.own().(type) {
	case connective:
		inputs := n.Inputs()
		call := &plan.Call{Func: connectives[what], Typ: record.BooleanType, Args: make([]plan.Expr, len(inputs))}
		for i, in := range inputs {
			call.Args[i] = in.Expr()
		}
		return call
	case plan.Expr:
		return what
	default:
		return nil
	}
}

// Spec returns what a table makes of rows: of outputs but those of unions; of groupings and tables, a
// query's, with which they have the keys and the window in common. Nil: rows.
func (n *Node) Spec() *TableSpec {
	s, _ := n.own().(*TableSpec)
	return s
}

// Agg returns the aggregate of such a node.
func (n *Node) Agg() *AggSpec {
	a, _ := n.own().(*AggSpec)
	return a
}

// Rows returns what rows are, or their output; of rows, a query's, with which they
// have the expressions in common.
func (n *Node) Rows() *Rows {
	r, _ := n.own().(*Rows)
	return r
}

// Shape returns the shape of the queries of an output.
func (n *Node) Shape() *Shape {
	if union, ok := n.own().(*Shape); ok {
		return union
	}
	s := &Shape{ID: n.ID, Stream: n.Stream(), Unnest: n.Source().arrays(), Rows: n.Rows()}
	in := n.Inputs()[0]
	selection := in.below[0]
	if spec := n.Spec(); spec != nil {
		grouping := selection
		s.Table = &Table{ScanID: grouping.ID, NodeID: in.ID, Routing: in.Routing, TableSpec: spec}
		selection = grouping.below[0]
	}
	s.Selection = Selection{ID: selection.ID, Pred: selection.Expr()}
	return s
}

// of gives n, which nobody has yet, its inputs.
func (n *Node) of(inputs []*Node) {
	if len(inputs) == 1 {
		n.below[0] = inputs[0]
	} else if len(inputs) > 1 {
		n.what = &joint{inputs: slices.Clone(inputs), what: n.what}
	}
}

// equal reports whether two nodes are the same, m of these inputs, which it does
// not have yet.
func (n *Node) equal(m *Node, inputs []*Node) bool {
	if n.Kind != m.Kind || n.Routing != m.Routing || !slices.Equal(n.Inputs(), inputs) {
		return false
	}
	switch have := n.own().(type) {
	case string, connective:
		return have == m.what
	case plan.Expr:
		return plan.EqualExpr(have, m.what.(plan.Expr))
	case *TableSpec:
		want := m.what.(*TableSpec)
		switch n.Kind {
		case GroupingNode:
			return slices.EqualFunc(have.Keys, want.Keys, plan.EqualExpr) && equalWindows(have.Window, want.Window)
		case OutputNode:
			return have == want
		default:
			return true
		}
	case *AggSpec:
		return have.ID == m.what.(*AggSpec).ID && have.Feeds == m.what.(*AggSpec).Feeds
	case *Shape:
		return have.ID == m.what.(*Shape).ID
	case *Rows:
		return slices.EqualFunc(have.Cols, m.what.(*Rows).Cols, func(a, b plan.NamedExpr) bool {
			return (a.Name == b.Name || n.Kind == RowsNode) && plan.EqualExpr(a.Expr, b.Expr)
		})
	default:
		return true
	}
}

func equalWindows(a, b *plan.Window) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Kind == b.Kind && a.Time == b.Time && a.Size == b.Size
}
