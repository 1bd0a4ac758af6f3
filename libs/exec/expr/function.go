package expr

import (
	"fmt"
	"sync"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/function"
	"github.com/millrace/millrace/libs/sql/plan"
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
type Eval = func(args []record.Value) (record.Value, error)

// TableFunction returns a function of package function, by its canonical name.
func TableFunction(name string) (*Function, bool) {
	f, ok := tableFunctions()[name]
	return f, ok
}

var tableFunctions = sync.OnceValue(func() map[string]*Function {
	all := map[string]*Function{}
	for _, f := range function.Scalars() {
		fails := f.Name == plan.FuncLike || f.Name == plan.FuncILike
		all[f.Name] = &Function{
			Match:   func(types []record.Type) (record.Type, error) { return f.Result, matches(&f, types) },
			Prepare: func([]record.Type, []*record.Value) (Eval, error) { return f.Eval, nil },
			MayFail: func([]record.Type, []*record.Value) bool { return fails },
		}
	}
	return all
})

// matches reports why a function does not take arguments of the types.
func matches(f *function.Scalar, types []record.Type) error {
	n := len(f.Params)
	if len(types) < n && (!f.Variadic || len(types) < n-1) || len(types) > n && !f.Variadic || len(types) == 0 {
		return fmt.Errorf("%d arguments", len(types))
	}
	for i, t := range types {
		class, against := f.Params[min(i, n-1)].Class, types[0]
		if f.Params[0].Class == function.List && against.Elem != nil {
			against = *against.Elem
		}
		if !class.Has(t) || class == function.Comparable && !comparables(against, t) {
			return fmt.Errorf("an argument is %s", t)
		}
	}
	return nil
}

// comparables reports whether values of the two types compare with each other.
func comparables(a, b record.Type) bool {
	return a.Kind == b.Kind || a.Kind == record.Unknown || b.Kind == record.Unknown || a.Numeric() && b.Numeric()
}
