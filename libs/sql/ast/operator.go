package ast

// BinaryOp is an operator between two values that gives a value.
type BinaryOp string

// The operators. [JSONField] gives JSON, [JSONText] text.
const (
	Add       BinaryOp = "+"
	Sub       BinaryOp = "-"
	Mul       BinaryOp = "*"
	Div       BinaryOp = "/"
	Mod       BinaryOp = "%"
	Concat    BinaryOp = "||"
	JSONField BinaryOp = "->"
	JSONText  BinaryOp = "->>"
)

// Binary is L op R.
type Binary struct {
	Op   BinaryOp
	L, R Expr
	OpAt Pos
}

// Neg is -X, where X is no number: a number has its sign in itself.
type Neg struct {
	X  Expr
	At Pos
}

// Subscript is X[Index], an element of an array, from 1.
type Subscript struct {
	X, Index Expr
	At       Pos // of the opening bracket
}

// Match is X ~ Pattern, a regular expression; !~, ~* and !~* negate it and leave case
// out of account. X [NOT] REGEXP Pattern and X [NOT] RLIKE Pattern are the same but for how
// strongly they bind.
type Match struct {
	X, Pattern Expr
	Fold       bool // ~* or !~*
	Not        bool
	Word       bool // it is written REGEXP or RLIKE; then Fold is not set
	OpAt       Pos
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

// AnyCompare is L op ANY(Array) or L op ALL(Array): whether the comparison holds for an
// element, or for all.
type AnyCompare struct {
	Op    CompareOp // "" is Eq
	L     Expr
	Array Expr
	All   bool
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

// IsDistinct is L IS [NOT] DISTINCT FROM R: a comparison for which NULL is a value.
type IsDistinct struct {
	L, R Expr
	Not  bool
	OpAt Pos // of DISTINCT
}

// Truth is what IS tests a condition for.
type Truth uint8

// The truth values that can be written.
const (
	True Truth = iota
	False
	Unknown
)

// IsTruth is X IS [NOT] TRUE, FALSE or UNKNOWN.
type IsTruth struct {
	X     Expr
	Value Truth
	Not   bool
	OpAt  Pos // of TRUE, FALSE or UNKNOWN
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

// InQuery is X [NOT] IN (SELECT …).
type InQuery struct {
	X     Expr
	Query *Statement
	Not   bool
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
