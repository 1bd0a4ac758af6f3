package expr

import (
	"fmt"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/function"
	"github.com/millrace/millrace/libs/sql/plan"
)

// Check reports why e cannot be evaluated: a function that is not known, the
// wrong number of arguments, or arguments of types that it does not take.
func Check(e plan.Expr) error {
	switch e := e.(type) {
	case *plan.Literal, *plan.Column, *plan.Ref:
		return nil
	case *plan.Call:
		if _, err := checkCall(e); err != nil {
			return err
		}
		for _, a := range e.Args {
			if err := Check(a); err != nil {
				return err
			}
		}
		return nil
	default:
		return fmt.Errorf("%w: %T", ErrEvaluation, e)
	}
}

// checkCall checks one call without its arguments' own and returns its function.
func checkCall(e *plan.Call) (*function.Scalar, error) {
	f, ok := function.LookupScalar(e.Func)
	if !ok {
		return nil, fmt.Errorf("%w: function %s is not supported", ErrEvaluation, e.Func)
	}
	n := len(f.Params)
	if len(e.Args) < n && (!f.Variadic || len(e.Args) < n-1) || len(e.Args) > n && !f.Variadic || len(e.Args) == 0 {
		return nil, fmt.Errorf("%w: %s of %d arguments", ErrEvaluation, e.Func, len(e.Args))
	}
	first := e.Args[0].Type()
	for i, a := range e.Args {
		class, t := f.Params[min(i, n-1)].Class, a.Type()
		against := first
		if f.Params[0].Class == function.List && first.Elem != nil {
			against = *first.Elem
		}
		if !class.Has(t) || class == function.Comparable && !comparables(against, t) {
			return nil, fmt.Errorf("%w: %s of %s", ErrEvaluation, e.Func, t)
		}
	}
	return f, nil
}

// comparables reports whether values of the two types compare with each other.
func comparables(a, b record.Type) bool {
	return a.Kind == b.Kind || a.Kind == record.Unknown || b.Kind == record.Unknown || a.Numeric() && b.Numeric()
}

// is reports whether a value of type t is one of kind want, as NULL is.
func is(t record.Type, want record.Kind) bool { return t.Kind == want || t.Kind == record.Unknown }
