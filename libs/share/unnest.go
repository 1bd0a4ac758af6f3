package share

import "github.com/millrace/millrace/libs/sql/plan"

// UnnestID returns the id of what is made of the rows of below, a scan or what is
// unnested of one, by an array.
func UnnestID(below plan.ID, array plan.Expr) plan.ID {
	return plan.HashID([]byte("unnest"), below[:], plan.EncodeExpr(nil, array))
}

// source returns what tells the rows that the shape is made of from others: the
// stream's name, or the id of what is unnested.
func (s *Shape) source() string {
	if len(s.Unnest) == 0 {
		return s.Stream
	}
	id := ScanID(s.Stream)
	for _, array := range s.Unnest {
		id = UnnestID(id, array)
	}
	return string(id[:])
}

// Source returns the node of the rows that n is made of: a scan, or what is unnested of
// one.
func (n *Node) Source() *Node {
	for n.Kind != ScanNode && n.Kind != UnnestNode {
		n = n.Inputs()[0]
	}
	return n
}

// arrays returns the arrays that are unnested up to n, a source, by level.
func (n *Node) arrays() []plan.Expr {
	if n.Kind != UnnestNode {
		return nil
	}
	return append(n.below[0].arrays(), n.what.(plan.Expr))
}

// Part returns a selection of the rows of a stream by a predicate, as nodes that are part
// of no plan: it has the predicates that a query with that WHERE would have.
func Part(stream string, pred plan.Expr) *Node {
	c := &collector{plan: New(), source: stream}
	c.rows = c.node(Node{ID: ScanID(stream), Kind: ScanNode, what: stream})
	n := &Node{ID: selectionID(stream, pred), Kind: SelectionNode}
	n.of([]*Node{c.predicate(pred)})
	return n
}
