package ast

// Expr is an expression. The set of types is closed.
type Expr interface {
	Node
	expr()
}

// Name is a column reference, dotted where nested: user.followers_count.
type Name struct {
	Parts []Ident // at least one
}

// Star is the * of SELECT *: every column, or of SELECT t.*: those of what Of names. It
// stands only as a whole select item.
type Star struct {
	Of *Name // nil: all
	At Pos   // of the *
}

// Call is a function call: count(*), sum(retweet_count). The spellings that standard SQL
// has for some functions are read as calls with their arguments in order:
//
//	extract(field FROM x)          extract('field', x)
//	position(a IN b)               position(a, b)
//	substring(x FROM a FOR b)      substring(x, a, b)
//	substring(x FOR b)             substring(x, 1, b)
//	trim([BOTH] [c] FROM x)        trim(x, c), or trim(x)
//	trim(LEADING [c] FROM x)       ltrim(x, c), or ltrim(x)
//	trim(TRAILING [c] FROM x)      rtrim(x, c), or rtrim(x)
//	CURRENT_TIMESTAMP              current_timestamp, without arguments
type Call struct {
	Func       string // lower case
	Star       bool   // count(*)
	Distinct   bool   // count(DISTINCT x)
	DistinctAt Pos    // of DISTINCT, where it is written
	Args       []Expr
	OrderBy    []OrderItem // array_agg(x ORDER BY y)
	Filter     Expr        // of FILTER (WHERE …); nil: none
	FilterAt   Pos         // of FILTER, where it is written
	At         Pos
	End        Pos // of the closing parenthesis
}

// Paren is (X). It is kept so that String writes what was read.
type Paren struct {
	X  Expr
	At Pos
}

// Case is CASE [operand] WHEN … THEN … [ELSE …] END.
type Case struct {
	Operand Expr // what the WHENs are compared with; nil: they are conditions
	Whens   []When
	Else    Expr // nil: NULL
	At      Pos
}

// When is one branch of CASE.
type When struct{ Cond, Then Expr }

// Cast is CAST(X AS type), TRY_CAST(X AS type), which is NULL where the value has none
// of that type, or X::type.
type Cast struct {
	X      Expr
	Type   TypeName
	Try    bool
	Colons bool // it is written X::type
	At     Pos  // of CAST, TRY_CAST or the ::
}

// TypeName is a type as it is written, under its canonical name.
type TypeName struct {
	Name string    // BOOLEAN, BIGINT, DOUBLE, VARCHAR, TIMESTAMP, DATE, INTERVAL, JSON or ARRAY
	Elem *TypeName // of ARRAY; nil for all others
	At   Pos
}

func (*Name) expr()        {}
func (*Star) expr()        {}
func (*NullLit) expr()     {}
func (*BoolLit) expr()     {}
func (*NumberLit) expr()   {}
func (*StringLit) expr()   {}
func (*TimeLit) expr()     {}
func (*IntervalLit) expr() {}
func (*ArrayLit) expr()    {}
func (*Binary) expr()      {}
func (*Neg) expr()         {}
func (*Subscript) expr()   {}
func (*Compare) expr()     {}
func (*AnyCompare) expr()  {}
func (*And) expr()         {}
func (*Or) expr()          {}
func (*Not) expr()         {}
func (*IsNull) expr()      {}
func (*IsDistinct) expr()  {}
func (*IsTruth) expr()     {}
func (*Between) expr()     {}
func (*In) expr()          {}
func (*InQuery) expr()     {}
func (*Like) expr()        {}
func (*Contains) expr()    {}
func (*Match) expr()       {}
func (*Call) expr()        {}
func (*Case) expr()        {}
func (*Cast) expr()        {}
func (*Paren) expr()       {}
