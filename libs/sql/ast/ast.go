// Package ast is the syntax tree of Millrace SQL: what was written, with the
// position of every part, before anything is known about streams, types or
// functions. [Statement.String] writes a tree back as SQL that parses to the
// same tree.
//
// A [Statement] is a query; every other statement is a [Command]. The package does not
// resolve names and does not judge meaning; package bind does.
//
//	stmt, err := parser.Parse("SELECT count(*) FROM tweets WHERE lang = 'en'")
//	stmt.String() // SELECT count(*) FROM tweets WHERE lang = 'en'
package ast

// Pos is a byte offset into the source text, from 0.
type Pos int

// Node is any part of the tree.
type Node interface {
	Pos() Pos // of its first byte
	String() string
}

// Statement is one SELECT, several of them joined by UNION ALL, or the question how it
// would be answered.
//
// Of a union the first SELECT holds the others, and what belongs to the whole:
// With, OrderBy, Limit, Offset and Emit. In the others these are empty.
type Statement struct {
	Explain    *Explain // nil: it is to be answered
	With       []CTE
	WithAt     Pos // of WITH, where there is one
	Distinct   bool
	DistinctAt Pos // of DISTINCT, where it is written
	Select     []SelectItem
	From       From
	Where      Expr // nil: none
	GroupBy    []Expr
	Having     Expr         // nil: none
	UnionAll   []*Statement // the SELECTs that follow this one
	UnionAt    Pos          // of the UNION before this one, where there is one
	OrderBy    []OrderItem
	Limit      *Limit  // nil: none
	Offset     *Offset // nil: none
	Emit       *Emit   // nil: not written, which means EMIT CHANGES
	At         Pos     // of SELECT
}

// Explain is EXPLAIN [SHARING] [(FORMAT …)] before a SELECT.
type Explain struct {
	Sharing bool
	Format  string // "TEXT" or "JSON"; "": not written
	At      Pos
}

// CTE is one query of WITH: name [(column, …)] AS (query).
type CTE struct {
	Name    *Ident
	Columns []*Ident // none: as the query calls them
	Query   *Statement
}

// SelectItem is one output column.
type SelectItem struct {
	Expr  Expr
	Alias *Ident // nil: none
}

// OrderItem is one sort key. A NumberLit alone is the position of an output
// column, from 1.
type OrderItem struct {
	Expr  Expr
	Desc  bool
	Nulls Nulls
}

// Nulls says where NULL sorts.
type Nulls uint8

// NULLs are the greatest values unless told otherwise, as in PostgreSQL: last
// ascending, first descending.
const (
	NullsDefault Nulls = iota
	NullsFirst
	NullsLast
)

// Limit is LIMIT n, or FETCH FIRST n ROWS ONLY.
type Limit struct {
	N  int64 // at least 1
	At Pos
}

// Offset is OFFSET n.
type Offset struct {
	N  int64 // at least 0
	At Pos
}

// Emit is EMIT CHANGES or EMIT FINAL.
type Emit struct {
	Final bool
	At    Pos
}

// Ident is one identifier. Unquoted ones are folded to lower case unless Quoted.
type Ident struct {
	Name   string
	Quoted bool
	At     Pos
}
