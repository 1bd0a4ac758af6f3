package function

import (
	"slices"
	"sync"

	"github.com/millrace/millrace/libs/record"
)

// Class is the set of types that a parameter takes.
type Class uint8

// The classes of parameters.
const (
	Any        Class = iota // every type
	Condition               // BOOLEAN
	Comparable              // all but ARRAY and JSON; BIGINT and DOUBLE compare with each other
	Text                    // VARCHAR
	List                    // ARRAY
)

// Has reports whether the class holds t. NULL of unknown type belongs to all.
func (c Class) Has(t record.Type) bool {
	if t.Kind == record.Unknown {
		return true
	}
	switch c {
	case Any:
		return true
	case Condition:
		return t.Kind == record.Boolean
	case Comparable:
		return t.Kind != record.Array && t.Kind != record.JSON
	case Text:
		return t.Kind == record.Varchar
	case List:
		return t.Kind == record.Array
	default:
		return false
	}
}

// Param is one parameter of a [Scalar].
type Param struct {
	Name    string
	Class   Class
	Literal bool // only a literal is taken
}

// Scalar is a function of single values.
//
// Its value is ERROR where that of an argument is; evaluators see to that, because
// a [record.Value] cannot be ERROR. Only and, or and not, and between and in,
// which stand for combinations of those, follow [record.Truth] instead.
type Scalar struct {
	Name     string // canonical: the same as in plans
	SQL      string // how it is written
	Params   []Param
	Variadic bool // the last parameter repeats
	Result   record.Type

	// Canonical functions stand in normalised plans; the others are rewritten
	// into them by package optimize.
	Canonical bool

	Doc string

	// Eval returns the value for arguments of the declared types, following NULL
	// logic; an error is the truth value ERROR.
	Eval func(args []record.Value) (record.Value, error)
}

// Names of the functions that package optimize rewrites away. Those of the
// canonical ones are constants of package plan.
const (
	Ne      = "ne"
	Gt      = "gt"
	Ge      = "ge"
	Between = "between"
	In      = "in"
)

// Scalars returns all scalar functions in the order of documentation.
func Scalars() []Scalar {
	return slices.Concat(logic(), comparisons(), nulls(), texts(), arrays())
}

// byName holds the scalar functions by canonical name, made when the first is
// looked up.
var byName = sync.OnceValue(func() map[string]*Scalar {
	all := Scalars()
	names := make(map[string]*Scalar, len(all))
	for i := range all {
		names[all[i].Name] = &all[i]
	}
	return names
})

// LookupScalar returns the function with the canonical name. All callers share
// it: it is not to be changed.
func LookupScalar(name string) (*Scalar, bool) {
	f, ok := byName()[name]
	return f, ok
}

// strict makes a function NULL wherever an argument is.
func strict(f func(args []record.Value) bool) func([]record.Value) (record.Value, error) {
	return func(args []record.Value) (record.Value, error) {
		for _, a := range args {
			if a.IsNull() {
				return record.NullOf(record.BooleanType), nil
			}
		}
		return record.Bool(f(args)), nil
	}
}
