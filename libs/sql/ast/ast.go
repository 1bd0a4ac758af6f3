// Package ast is the syntax tree of Millrace SQL: what was written, with the
// position of every part, before anything is known about streams, types or
// functions. [Statement.String] writes a tree back as SQL that parses to the
// same tree.
//
// It does not resolve names and does not judge meaning; package bind does.
//
//	stmt, err := parser.Parse("SELECT count(*) FROM tweets WHERE lang = 'en'")
//	stmt.String() // SELECT count(*) FROM tweets WHERE lang = 'en'
package ast

import "time"

// Pos is a byte offset into the source text, from 0.
type Pos int

// Node is any part of the tree.
type Node interface {
	Pos() Pos // of its first byte
	String() string
}

// Statement is one SELECT, or the question how it would be answered.
type Statement struct {
	Explain *Explain // nil: it is to be answered
	Select  []SelectItem
	From    From
	Where   Expr // nil: none
	GroupBy []Expr
	Having  Expr // nil: none
	OrderBy []OrderItem
	Limit   *Limit // nil: none
	Emit    *Emit  // nil: not written, which means EMIT CHANGES
	At      Pos    // of SELECT
}

// Explain is EXPLAIN [SHARING] [(FORMAT …)] before a SELECT.
type Explain struct {
	Sharing bool
	Format  string // "TEXT" or "JSON"; "": not written
	At      Pos
}

// SelectItem is one output column.
type SelectItem struct {
	Expr  Expr
	Alias *Ident // nil: none
}

// From names the stream and, with a window function, how it is cut.
//
//	FROM tweets [AS t]
//	FROM TABLE(TUMBLE(TABLE tweets, DESCRIPTOR(created_at), INTERVAL '1' MINUTE))
//	FROM TUMBLE(tweets, created_at, INTERVAL '1' MINUTE)
type From struct {
	Stream *Ident
	Alias  *Ident  // nil: none
	Window *Window // nil: none
	At     Pos
}

// Window is a window table function over the stream.
type Window struct {
	Func string // "TUMBLE"
	Time *Name  // the DESCRIPTOR column
	Size *IntervalLit
	At   Pos
}

// OrderItem is one sort key.
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

// Limit is LIMIT n.
type Limit struct {
	N  int64
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

// Expr is an expression. The set of types is closed.
type Expr interface {
	Node
	expr()
}

// Name is a column reference, dotted where nested: user.followers_count.
type Name struct {
	Parts []Ident // at least one
}

// Star is the * of SELECT *: every column of the stream. It stands only as a
// whole select item.
type Star struct{ At Pos }

// NullLit is NULL.
type NullLit struct{ At Pos }

// BoolLit is TRUE or FALSE.
type BoolLit struct {
	Value bool
	At    Pos
}

// NumberLit is a number as written, with its sign if it has one: the binder
// decides between BIGINT and DOUBLE.
type NumberLit struct {
	Text string
	At   Pos
}

// StringLit is a string; in Value a doubled quote is already one quote.
type StringLit struct {
	Value string
	At    Pos
}

// TimeLit is TIMESTAMP '…' or DATE '…'.
type TimeLit struct {
	Date bool
	Text string
	At   Pos
}

// IntervalLit is INTERVAL '5' MINUTE.
type IntervalLit struct {
	Text string // between the quotes
	Unit string // MILLISECOND, SECOND, MINUTE, HOUR or DAY, singular
	Span time.Duration
	At   Pos
}

// CompareOp is = <> < <= > >=.
type CompareOp string

// The comparison operators; != is read as <>.
const (
	Eq CompareOp = "="
	Ne CompareOp = "<>"
	Lt CompareOp = "<"
	Le CompareOp = "<="
	Gt CompareOp = ">"
	Ge CompareOp = ">="
)

// Compare is L op R.
type Compare struct {
	Op   CompareOp
	L, R Expr
	OpAt Pos
}

// AnyCompare is L = ANY(Array), a membership test.
type AnyCompare struct {
	L     Expr
	Array Expr
	OpAt  Pos
}

// And is L AND R.
type And struct{ L, R Expr }

// Or is L OR R.
type Or struct{ L, R Expr }

// Not is NOT X.
type Not struct {
	X  Expr
	At Pos
}

// IsNull is X IS [NOT] NULL.
type IsNull struct {
	X   Expr
	Not bool
}

// Between is X [NOT] BETWEEN Low AND High.
type Between struct {
	X, Low, High Expr
	Not          bool
}

// In is X [NOT] IN (list).
type In struct {
	X    Expr
	List []Expr // at least one
	Not  bool
}

// Like is X [NOT] LIKE pattern [ESCAPE 'c'], or ILIKE.
type Like struct {
	X       Expr
	Pattern Expr
	Escape  Expr // nil: backslash
	Fold    bool // ILIKE
	Not     bool
	OpAt    Pos
}

// Contains is X [NOT] CONTAINS needle, or ICONTAINS: a substring test.
type Contains struct {
	X, Needle Expr
	Fold      bool // ICONTAINS
	Not       bool
	OpAt      Pos
}

// Call is a function call: count(*), sum(retweet_count).
type Call struct {
	Func string // lower case
	Star bool   // count(*)
	Args []Expr
	At   Pos
	End  Pos // of the closing parenthesis
}

// Paren is (X). It is kept so that String writes what was read.
type Paren struct {
	X  Expr
	At Pos
}

func (*Name) expr()        {}
func (*Star) expr()        {}
func (*NullLit) expr()     {}
func (*BoolLit) expr()     {}
func (*NumberLit) expr()   {}
func (*StringLit) expr()   {}
func (*TimeLit) expr()     {}
func (*IntervalLit) expr() {}
func (*Compare) expr()     {}
func (*AnyCompare) expr()  {}
func (*And) expr()         {}
func (*Or) expr()          {}
func (*Not) expr()         {}
func (*IsNull) expr()      {}
func (*Between) expr()     {}
func (*In) expr()          {}
func (*Like) expr()        {}
func (*Contains) expr()    {}
func (*Call) expr()        {}
func (*Paren) expr()       {}
