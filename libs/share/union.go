package share

import (
	"bytes"
	"encoding/binary"
	"slices"

	"github.com/millrace/millrace/libs/sql/plan"
)

// unite returns the shape of a union: what its branches have in common is its own, and
// each branch is a shape that feeds the one merge node. That node's id is made of all that
// the branches make of their rows, in an order of its own, so that what it is fed with
// never depends on other queries.
func unite(root *plan.Output, branches []*Shape) *Shape {
	slices.SortStableFunc(branches, func(a, b *Shape) int { return bytes.Compare(a.made(), b.made()) })
	first := branches[0]
	s := &Shape{ID: plan.Fingerprint(root), Stream: first.Stream, Branches: branches, Limit: root.Limit, Skip: root.Skip}
	parts := [][]byte{[]byte("union")}
	for _, b := range branches {
		parts = append(parts, b.made())
	}
	id := plan.HashID(parts...)
	s.Selection.ID = plan.HashID([]byte("union selection"), id[:])
	if first.Rows != nil {
		s.Rows = &Rows{NodeID: id, Cols: first.Rows.Cols}
	} else {
		spec := *first.Table.TableSpec
		spec.Aggs = slices.Clone(spec.Aggs)
		for i := range spec.Aggs {
			spec.Aggs[i].ID = wireID(id, i)
		}
		s.Table = &Table{NodeID: id, Routing: first.Table.Routing, TableSpec: &spec}
	}
	for i, b := range branches {
		b.feed(id, i)
	}
	return s
}

// made returns what of a branch makes it differ from others for the merge node.
func (s *Shape) made() []byte {
	if s.Rows != nil {
		return s.Rows.NodeID[:]
	}
	b := append(s.Table.NodeID[:len(s.Table.NodeID):len(s.Table.NodeID)], s.Table.ScanID[:]...)
	for i := range s.Table.Aggs {
		b = append(b, s.Table.Aggs[i].ID[:]...)
	}
	return b
}

// feed has a branch, which nobody has yet, feed the merge node of a union. It is a node
// for each branch: two that are the same feed it twice.
func (s *Shape) feed(node plan.ID, branch int) {
	own := plan.HashID([]byte("branch"), node[:], binary.AppendUvarint(nil, uint64(branch)))
	if s.Rows != nil {
		s.Rows = &Rows{NodeID: own, Cols: s.Rows.Cols, Feeds: node}
		return
	}
	t := *s.Table
	spec := *t.TableSpec
	spec.Aggs = slices.Clone(spec.Aggs)
	for i := range spec.Aggs {
		spec.Aggs[i].Feeds = wireID(node, i)
	}
	spec.Feeds = node
	t.NodeID, t.TableSpec = own, &spec
	s.Table = &t
}

// wireID returns the id of an aggregate of a union, under which every branch sends its own.
func wireID(node plan.ID, i int) plan.ID {
	return plan.HashID([]byte("union aggregate"), node[:], binary.AppendUvarint(nil, uint64(i)))
}

// Parts returns the branches of a union, else the shape itself: each is over one stream.
func (s *Shape) Parts() []*Shape {
	if len(s.Branches) > 0 {
		return s.Branches
	}
	return []*Shape{s}
}

// Streams returns the streams that the query reads, each once.
func (s *Shape) Streams() []string {
	var names []string
	for _, p := range s.Parts() {
		if !slices.Contains(names, p.Stream) {
			names = append(names, p.Stream)
		}
	}
	return names
}

// WireID returns the id under which what is made of a table, an aggregate or rows is sent:
// of a branch of a union that of the union's.
func (n *Node) WireID() plan.ID {
	var feeds plan.ID
	switch n.Kind {
	case TableNode:
		feeds = n.Spec().Feeds
	case RowsNode:
		feeds = n.Rows().Feeds
	case AggregateNode:
		if feeds = n.Agg().Feeds; feeds == (plan.ID{}) {
			return n.Agg().ID
		}
	default:
	}
	if feeds == (plan.ID{}) {
		return n.ID
	}
	return feeds
}
