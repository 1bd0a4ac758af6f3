package share

import "testing"

// What is kept apart is not shared between queries, and everything else is.
func TestApart(t *testing.T) {
	same := []string{"a", "b", "c"}
	for _, test := range []struct {
		apart Apart
		nodes map[Kind]int // of three queries with one plan
	}{
		{Apart{}, map[Kind]int{AtomNode: 2, CombinationNode: 1, SelectionNode: 1, GroupingNode: 1, TableNode: 1, AggregateNode: 2, OutputNode: 1}},
		{Apart{Tables: true}, map[Kind]int{AtomNode: 2, CombinationNode: 1, SelectionNode: 1, GroupingNode: 3, TableNode: 3, AggregateNode: 6, OutputNode: 3}},
		{Apart{Predicates: true}, map[Kind]int{AtomNode: 6, CombinationNode: 3, SelectionNode: 3, GroupingNode: 3, TableNode: 3, AggregateNode: 6, OutputNode: 3}},
		{Apart{Predicates: true, Tables: true}, map[Kind]int{AtomNode: 6, CombinationNode: 3, SelectionNode: 3, GroupingNode: 3, TableNode: 3, AggregateNode: 6, OutputNode: 3}},
	} {
		p := New()
		shape := shapeOf(t, queries()["by-lang-avg"])
		for _, id := range same {
			if _, err := p.Add(id, shape.Apart(id, test.apart)); err != nil {
				t.Fatal(err)
			}
		}
		if n := p.Len(ScanNode); n != 1 {
			t.Errorf("%+v: %d scans", test.apart, n)
		}
		for kind, want := range test.nodes {
			if got := p.Len(kind); got != want {
				t.Errorf("%+v: %d nodes of kind %s, want %d", test.apart, got, kind, want)
			}
		}
		for _, id := range same {
			p.Drop(id)
		}
		if p.nodes.Len() != 0 {
			t.Errorf("%+v: %d nodes are left", test.apart, p.nodes.Len())
		}
	}
}

// A query has the same ids every time, and the shape that was given stays as it is.
func TestApartIsAFunctionOfTheQuery(t *testing.T) {
	shape := shapeOf(t, queries()["by-lang-avg"])
	before := *shape.Table
	a := Apart{Predicates: true, Tables: true}
	one, again, other := shape.Apart("a", a), shape.Apart("a", a), shape.Apart("b", a)
	if one.Table.NodeID != again.Table.NodeID || one.Selection.ID != again.Selection.ID || one.ID != again.ID {
		t.Error("the ids of one query differ")
	}
	if one.Table.NodeID == other.Table.NodeID || one.Selection.ID == other.Selection.ID || one.Table.ScanID == other.Table.ScanID {
		t.Error("two queries have an id in common")
	}
	if shape.Table.NodeID != before.NodeID || shape.owner != "" {
		t.Error("the shape was changed")
	}
	if shape.Apart("a", Apart{}) != shape {
		t.Error("nothing kept apart gives another shape")
	}
}
