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
	types := make([]record.Type, len(e.Args))
	for i, a := range e.Args {
		types[i] = a.Type()
	}
	_, result, err := f.Match(types)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrEvaluation, err)
	}
	if !result.Equal(e.Typ) {
		return nil, fmt.Errorf("%w: %s is %s, not %s", ErrEvaluation, plan.FormatExpr(e), result, e.Typ)
	}
	return f, nil
}

// is reports whether a value of type t is one of kind want, as NULL is.
func is(t record.Type, want record.Kind) bool { return t.Kind == want || t.Kind == record.Unknown }
