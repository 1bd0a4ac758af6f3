package share

import "github.com/millrace/millrace/libs/sql/plan"

// Apart says what queries do not share, to see what sharing is worth. The zero
// Apart is what shapes are otherwise: whatever is the same is one node.
type Apart struct {
	// Predicates: every query has its own atoms, combinations and selection, and
	// so its own of all that stands above a selection, and of what it computes
	// there.
	Predicates bool
	// Tables: every query has its own groupings, tables, aggregates and rows, and
	// makes the keys of its groups itself.
	Tables bool
	// Fragments: the rows of every interval of which only the number is wanted are
	// found and counted, and not those of the disjoint fragments into which the
	// bounds of all of them cut the line. Shapes are the same either way.
	Fragments bool
}

// Apart returns the shape of the query of that id with ids of its own for what a
// keeps apart. Equal shapes of different queries then meet below that only.
func (s *Shape) Apart(id string, a Apart) *Shape {
	if !a.Predicates && !a.Tables {
		return s
	}
	own := func(of plan.ID) plan.ID { return plan.HashID([]byte("apart"), []byte(id), of[:]) }
	out := *s
	out.ID = own(s.ID)
	out.Branches = nil
	for _, b := range s.Branches {
		out.Branches = append(out.Branches, b.Apart(id, a).feeding(own))
	}
	if a.Predicates {
		out.owner = id
		out.Selection.ID = own(s.Selection.ID)
	}
	if s.Rows != nil {
		rows := *s.Rows
		rows.NodeID = own(rows.NodeID)
		out.Rows = &rows
		return &out
	}
	table := *s.Table
	table.ScanID, table.NodeID = own(table.ScanID), own(table.NodeID)
	out.Table = &table
	return &out
}

// feeding returns a branch, which nobody else has, that feeds another node.
func (s *Shape) feeding(own func(plan.ID) plan.ID) *Shape {
	if s.Rows != nil {
		s.Rows.Feeds = own(s.Rows.Feeds)
		return s
	}
	spec := *s.Table.TableSpec
	spec.Feeds = own(spec.Feeds)
	s.Table.TableSpec = &spec
	return s
}
