package function

import "github.com/millrace/millrace/libs/record"

// Scalar is a function of single values.
//
// Its value is ERROR where that of an argument is; evaluators see to that, because
// a [record.Value] cannot be ERROR. Exceptions are and, or and not, and between and
// in, which stand for combinations of those: they follow [record.Truth]. And a
// function with Lazy is ERROR only for the arguments that it asks for.
type Scalar struct {
	Name    string   // canonical: the same as in plans
	SQL     string   // how it is written where that is not Name(…): a + b, CASE …
	Aliases []string // further names, and operators: +, ~

	// Callable functions can be called by name and aliases; the others only be
	// written as SQL says.
	Callable bool

	Section   Section
	Overloads []Overload
	Doc       string
	Examples  []Example

	// Canonical functions stand in normalised plans; the others are rewritten
	// into them by package optimize.
	Canonical bool

	// Strict functions are NULL where an argument is.
	Strict bool

	// Fails says when the value may be ERROR though no argument is.
	Fails Failure

	// Lazy evaluates a call with n arguments and asks only for those that it needs,
	// in order. It is nil for most functions. A NULL that it returns may be of
	// another type than the call.
	Lazy func(n int, arg func(i int) (record.Value, error)) (record.Value, error)
}

// Overload is one list of parameters that a function takes.
type Overload struct {
	Params []Param
	Repeat int  // so many parameters repeat together: the last ones, or those before Final
	Final  bool // the last parameter does not repeat, but stands once, at the end

	// Result returns the type of the value for arguments of the given types.
	Result func(args []record.Type) record.Type

	result string // as signatures show it
	total  bool   // never fails, whatever Fails of the function says

	// One of the two evaluates arguments of the parameters' types, none of them NULL
	// if the function is strict.
	eval    Eval
	prepare func(Site) (Eval, error) // called once for many calls

	// risky reports whether a call may fail though [Scalar.Prepare] takes its constants;
	// nil: none does.
	risky func(Site) bool
}

// Param is one parameter of a function.
type Param struct {
	Name     string
	Class    Class
	Optional bool        // may be left out, with those that follow
	Type     record.Type // of the class Exact
}

// TypeName returns what the parameter takes, as signatures show it.
func (p Param) TypeName() string {
	if p.Class == Exact {
		return p.Type.String()
	}
	return p.Class.String()
}

// Eval returns a function's value for arguments. An error is the value ERROR; it
// says the cause in lower case, for people: "division by zero".
type Eval func(args []record.Value) (record.Value, error)

// Site is what is known of a call before it is evaluated.
type Site struct {
	Args   []record.Type   // of the arguments
	Result record.Type     // of the call
	Consts []*record.Value // the values of arguments that are literals, nil for the others
}

// constant returns the value of the argument i if it is known and not NULL.
func (s Site) constant(i int) (record.Value, bool) {
	if i >= len(s.Consts) || s.Consts[i] == nil || s.Consts[i].IsNull() {
		return record.Value{}, false
	}
	return *s.Consts[i], true
}

// Failure says when a function fails.
type Failure uint8

// When functions fail.
const (
	Never          Failure = iota
	Sometimes              // for some arguments
	UnlessPrepared         // for some patterns, formats or fields; never if they are constants that [Scalar.Prepare] takes
)

// Example is a call and its value. [Scalar.ExampleSQL] writes it as SQL.
type Example struct {
	Args string // as SQL writes literals, a comma between two
	Want string // as [record.Value.String] writes it, or "ERROR: " and the cause
}

// Section groups functions in documentation.
type Section string

// The sections, in the order of documentation.
const (
	Logic       Section = "Conditions"
	Conditional Section = "Choices and NULL"
	Arithmetic  Section = "Arithmetic"
	Numbers     Section = "Numbers"
	Strings     Section = "Text"
	Regular     Section = "Regular expressions"
	Times       Section = "Time"
	Arrays      Section = "Arrays"
	Documents   Section = "JSON"
	Posts       Section = "Text of posts"
	Casting     Section = "Casts"
)

// Names of the functions that package optimize rewrites away. Those of the
// canonical operators are constants of package plan.
const (
	Ne      = "ne"
	Gt      = "gt"
	Ge      = "ge"
	Between = "between"
	In      = "in"
)

// Names of what SQL has syntax for, for those who bind it.
const (
	Add         = "add"
	Sub         = "sub"
	Mul         = "mul"
	Div         = "div"
	Mod         = "mod"
	Neg         = "neg"
	Concat      = "concat"
	Case        = "case"
	Coalesce    = "coalesce"
	IsDistinct  = "is_distinct"
	IsTrue      = "is_true"
	IsFalse     = "is_false"
	RegexpMatch = "regexp_match"
	Subscript   = "subscript"
	Array       = "array"
	AnyNe       = "any_ne"
	AnyLt       = "any_lt"
	AnyLe       = "any_le"
	AnyGt       = "any_gt"
	AnyGe       = "any_ge"
	JSONGet     = "json_get"
	JSONGetText = "json_get_text"
)

// Resource limits: a value beyond them is ERROR.
const (
	MaxText  = 1 << 20 // bytes of a text that a function makes
	MaxElems = 1 << 16 // elements of an array that a function makes
)
