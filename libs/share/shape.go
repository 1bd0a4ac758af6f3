package share

import (
	"encoding/binary"
	"fmt"

	"github.com/millrace/millrace/libs/sql/plan"
)

// Shape is one query cut into the layers that can be shared. Exactly one of
// Table and Rows is set. It is immutable.
type Shape struct {
	ID        plan.ID // of the whole plan
	Stream    string
	Unnest    []plan.Expr // the arrays of which rows are made, by level; none: the rows are those of the stream
	Selection Selection
	Table     *Table // aggregating queries, and row-returning ones with ORDER BY and LIMIT
	Rows      *Rows  // other row-returning queries
	Limit     int64  // of those: how many rows they want at all; 0: all that come
	Skip      int64  // with Limit: rows before those

	// Branches are what a union is made of: shapes of their own, whose tables or rows feed
	// the union's. Then Stream is that of the first, there is no predicate, and keys and
	// expressions are those of the first.
	Branches []*Shape

	owner string // the query whose own the predicates are; "": everybody's
}

// Selection is a WHERE over a stream, or over what is unnested of it.
type Selection struct {
	ID   plan.ID
	Pred plan.Expr // nil: every row
}

// Table is the aggregating part of a query. A row-returning query with ORDER BY
// and LIMIT is one without keys whose only aggregate is a top_rows.
type Table struct {
	ScanID  plan.ID // (stream, selection, keys, window): what scan accumulates once
	NodeID  plan.ID // ScanID and Routing: what merge keeps state for
	Routing Routing

	*TableSpec
}

// TableSpec is what a Table makes of rows, whatever the selection: queries of a
// [Plan] that make the same have one.
type TableSpec struct {
	Keys   []plan.Expr
	Window *plan.Window // nil: none; its input is not set
	Aggs   []AggSpec    // in the order that the query's Refs count

	Having plan.Expr // nil: none
	Cols   []plan.NamedExpr
	Order  []plan.SortKey // with K
	K      int64          // 0: no limit
	Skip   int64          // rows before those K that are left out
	Emit   plan.Emit

	Feeds plan.ID // of a branch: the merge node of the union; zero: none

	// In a Plan.
	key  string
	refs int
}

// encode returns bytes that equal specifications have, and no others.
func (s *TableSpec) encode() []byte {
	number := func(b []byte, n int) []byte { return binary.AppendUvarint(b, uint64(n)) }
	text := func(b []byte, s string) []byte { return append(number(b, len(s)), s...) }
	b := number(make([]byte, 0, 128), len(s.Keys))
	for _, k := range s.Keys {
		b = plan.EncodeExpr(b, k)
	}
	b = text(b, string(encodeWindow(s.Window)))
	b = number(b, len(s.Aggs))
	for i := range s.Aggs {
		b = append(b, s.Aggs[i].ID[:]...)
	}
	b = text(b, string(encodePred(s.Having)))
	b = number(b, len(s.Cols))
	for _, c := range s.Cols {
		b = plan.EncodeExpr(text(b, c.Name), c.Expr)
	}
	b = number(b, len(s.Order))
	for _, k := range s.Order {
		b = plan.EncodeSortKey(b, k)
	}
	return append(binary.AppendVarint(binary.AppendVarint(b, s.K), s.Skip), byte(s.Emit))
}

// Routing says how a table's groups are spread over merge partitions. Numbers
// are part of node ids and those of package delta.
type Routing uint8

// The routings.
const (
	ByKey   Routing = 1 // each group by itself
	ByTable Routing = 2 // all groups together, for ORDER BY and LIMIT over them
)

// String returns "key" or "table".
func (r Routing) String() string {
	switch r {
	case ByKey:
		return "key"
	case ByTable:
		return "table"
	default:
		return fmt.Sprintf("routing(%d)", uint8(r))
	}
}

// AggSpec is one aggregate of a table.
type AggSpec struct {
	ID    plan.ID
	Feeds plan.ID  // of a branch: the aggregate of the union; zero: none
	Agg   plan.Agg // Func is "top_rows" where Top is set
	Top   *TopSpec
}

// FuncTopRows is the name of the aggregate that answers a row-returning query
// with ORDER BY and LIMIT.
const FuncTopRows = "top_rows"

// TopSpec says which rows a top_rows keeps, as in package agg.
type TopSpec struct {
	Cols  []plan.Expr
	Order []plan.SortKey
	K     int64
}

// Rows is the row-returning part of a query.
type Rows struct {
	NodeID plan.ID // (selection, expressions): names do not matter
	Feeds  plan.ID // of a branch: the merge node of the union; zero: none
	Cols   []plan.NamedExpr
}
