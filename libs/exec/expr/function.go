package expr

import (
	"sync"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/function"
)

// Function is what evaluation knows of a function of single values.
type Function struct {
	// Match returns the type of its value for arguments of the given types, or an error
	// where it takes no such arguments.
	Match func(types []record.Type) (record.Type, error)

	// Prepare returns what evaluates calls with arguments of the given types. Consts has
	// the values of those that are constant, and nil for the others: what hangs on them
	// alone is done once. An error says that the constants are wrong; nil instead of
	// them gives what each call is then.
	Prepare func(types []record.Type, consts []*record.Value) (Eval, error)

	// MayFail reports whether a call may be ERROR though no argument is.
	MayFail func(types []record.Type, consts []*record.Value) bool

	// Lazy evaluates a call of n arguments, and asks only for those that it needs; nil:
	// it needs all, and Prepare says how.
	Lazy func(n int, arg func(i int) (record.Value, error)) (record.Value, error)
}

// Eval returns the value for arguments; an error is ERROR.
type Eval = function.Eval

// TableFunction returns a function of package function, by its canonical name.
func TableFunction(name string) (*Function, bool) {
	f, ok := tableFunctions()[name]
	return f, ok
}

var tableFunctions = sync.OnceValue(func() map[string]*Function {
	all := map[string]*Function{}
	for _, f := range function.Scalars() {
		all[f.Name] = &Function{
			Match: func(types []record.Type) (record.Type, error) {
				_, result, err := f.Match(types)
				return result, err
			},
			Prepare: f.Prepare,
			MayFail: f.MayFail,
			Lazy:    f.Lazy,
		}
	}
	return all
})
