// Package plan is the meaning of a query: a chain of typed logical nodes from
// the scan of a stream to the output, in canonical form, so that two texts that
// mean the same are the same plan.
//
// A plan can be printed ([Format]), written as versioned bytes ([Encode],
// [Decode]) and named by a 128-bit hash of those bytes ([Fingerprint]). The
// registry stores the bytes; schedulers never normalise again, so an upgrade
// does not orphan state.
//
// It does not resolve names (package bind), rewrite (package optimize), share
// (package share) or run anything (package exec).
//
//	Output emit=changes columns=[lang n]
//	└─ Project lang=key(0) n=agg(0)
//	   └─ Aggregate keys=[lang] aggs=[count(*)]
//	      └─ Filter eq(lang, 'en')
//	         └─ Scan tweets
package plan

import "github.com/millrace/millrace/libs/record"

// Node is one step of a plan. The set of types is closed. Nodes are immutable
// once built: rewrites make new ones.
type Node interface {
	Input() Node // nil for a Scan; of a Union the first
	node()
}

// Scan reads a stream.
type Scan struct {
	Stream string
}

// Filter keeps the rows for which Pred is TRUE: below an Aggregate it is WHERE
// (a "selection"), above one it is HAVING.
type Filter struct {
	In   Node
	Pred Expr
}

// Window assigns each row to the windows of its event time. Only tumbling
// windows exist so far: [start, start+Size), aligned to 1970-01-01T00:00:00Z.
type Window struct {
	In   Node
	Kind WindowKind
	Time string // the event-time column
	Size int64  // microseconds, > 0, a whole number of milliseconds
}

// WindowKind tells window functions apart. Numbers are on the wire.
type WindowKind uint8

// Tumble is the only window function so far.
const Tumble WindowKind = 1

// Aggregate groups rows by Keys (and by window, where its input is a Window)
// and keeps Aggs per group. Without keys and window there is one group, which
// exists even without rows.
type Aggregate struct {
	In   Node
	Keys []Expr // over the stream's columns
	Aggs []Agg
}

// Agg is one aggregate function application.
type Agg struct {
	Func string // canonical name in package function: count, sum, …

	// Args are none for count(*); the constants that some functions take come last,
	// as literals, none of them left out.
	Args []Expr

	Distinct bool      // every combination of arguments counts once
	Order    []SortKey // ORDER BY within; with Distinct its expressions are among Args
	Filter   Expr      // FILTER (WHERE …), nil: none
	Type     record.Type
}

// CountsRows reports whether it is a count(*) of all rows of a group.
func (a *Agg) CountsRows() bool {
	return a.Func == "count" && len(a.Args) == 0 && a.Filter == nil && !a.Distinct
}

// Read calls fn with the expressions that the aggregate is computed from, but for its
// Filter.
func (a *Agg) Read(fn func(Expr)) {
	for _, e := range a.Args {
		fn(e)
	}
	for _, k := range a.Order {
		fn(k.Expr)
	}
}

// Project computes the output columns. Above an Aggregate its expressions name
// keys, aggregates and window bounds; in a row-returning query, columns.
type Project struct {
	In   Node
	Cols []NamedExpr
}

// NamedExpr is one output column.
type NamedExpr struct {
	Name string
	Expr Expr
}

// TopK keeps, per window where there is one, the K least rows under Order, after
// the Skip least, of its input's rows, in order. Ties are broken by the row's output columns in
// ascending order, then, in an aggregating query, by the group key, so that the
// answer does not depend on arrival.
type TopK struct {
	In    Node // a Project
	Order []SortKey
	K     int64 // ≥ 1
	Skip  int64 // OFFSET: so many rows before those K are left out
}

// SortKey is one ORDER BY item, over the same inputs as the Project's columns.
type SortKey struct {
	Expr       Expr
	Desc       bool
	NullsFirst bool
}

// Output is the root: how results are emitted.
type Output struct {
	In   Node
	Emit Emit

	// Limit is of a row-returning query without a TopK: with so many rows, the first
	// that come after Skip others, it has all that it wants. 0: it has no end.
	Limit int64
	Skip  int64 // with Limit
}

// Emit is when results are written. Numbers are on the wire.
type Emit uint8

// Results update as data comes, or are written once per closed window.
const (
	EmitChanges Emit = 1
	EmitFinal   Emit = 2
)

// Over returns the same Output of another plan.
func (n *Output) Over(in Node) *Output {
	out := *n
	out.In = in
	return &out
}

func (n *Scan) Input() Node      { return nil }
func (n *Unnest) Input() Node    { return n.In }
func (n *Union) Input() Node     { return n.Branches[0] }
func (n *Filter) Input() Node    { return n.In }
func (n *Window) Input() Node    { return n.In }
func (n *Aggregate) Input() Node { return n.In }
func (n *Project) Input() Node   { return n.In }
func (n *TopK) Input() Node      { return n.In }
func (n *Output) Input() Node    { return n.In }

func (*Scan) node()      {}
func (*Unnest) node()    {}
func (*Union) node()     {}
func (*Filter) node()    {}
func (*Window) node()    {}
func (*Aggregate) node() {}
func (*Project) node()   {}
func (*TopK) node()      {}
func (*Output) node()    {}

// Expr is a typed expression. The set of types is closed; what can be computed
// grows by functions, not by types of expressions. Immutable.
type Expr interface {
	Type() record.Type
	expr()
}

// Column is a column of the scanned stream, or of an [Unnest].
type Column struct {
	Name string
	Typ  record.Type
}

// Literal is a constant.
type Literal struct {
	Value record.Value
}

// Call applies the scalar function or operator Func, by its canonical name (see
// the constants) in package function, to Args.
type Call struct {
	Func string
	Args []Expr
	Typ  record.Type
}

// Ref is a value that an Aggregate below has computed.
type Ref struct {
	Kind  RefKind
	Index int // of the key or aggregate; 0 for window bounds
	Typ   record.Type
}

// RefKind says what a Ref names. Numbers are on the wire.
type RefKind uint8

// The things that expressions above an Aggregate may name.
const (
	KeyRef         RefKind = 1
	AggRef         RefKind = 2
	WindowStartRef RefKind = 3
	WindowEndRef   RefKind = 4
)

// Type returns the column's type.
func (e *Column) Type() record.Type { return e.Typ }

// Type returns the constant's type.
func (e *Literal) Type() record.Type { return e.Value.Type() }

// Type returns the result type.
func (e *Call) Type() record.Type { return e.Typ }

// Type returns the type of what is named.
func (e *Ref) Type() record.Type { return e.Typ }

func (*Column) expr()  {}
func (*Literal) expr() {}
func (*Call) expr()    {}
func (*Ref) expr()     {}

// Canonical operators. Canonical form uses no others of their kind: after
// normalisation a > b is not(le(a, b)), a >= b is not(lt(a, b)), a <> b is
// not(eq(a, b)), BETWEEN and IN are and/or of these, IS NOT NULL is
// not(is_null(a)), NOT stands only directly above such a leaf, and and/or are
// flat, sorted by encoding and without duplicates. So a predicate and its
// negation are one atom.
const (
	FuncAnd       = "and"       // n-ary, n ≥ 2
	FuncOr        = "or"        // n-ary, n ≥ 2
	FuncNot       = "not"       // of a BOOLEAN leaf
	FuncEq        = "eq"        // column left of a literal
	FuncLt        = "lt"        // column left of a literal
	FuncLe        = "le"        // column left of a literal
	FuncIsNull    = "is_null"   // any type
	FuncLike      = "like"      // (text, pattern literal); backslash escapes
	FuncILike     = "ilike"     // the same under simple case folding
	FuncContains  = "contains"  // (text, needle literal)
	FuncIContains = "icontains" // the same under simple case folding
	FuncMember    = "member"    // (array, literal): literal = ANY(array)
)
