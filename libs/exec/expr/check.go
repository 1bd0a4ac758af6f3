package expr

import (
	"fmt"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/plan"
)

// Check reports why e cannot be evaluated: a function that is not known, or
// arguments that it does not take.
func (s *Scope) Check(e plan.Expr) error {
	switch e := e.(type) {
	case *plan.Literal, *plan.Column, *plan.Ref:
		return nil
	case *plan.Call:
		if _, err := s.called(e); err != nil {
			return err
		}
		for _, a := range e.Args {
			if err := s.Check(a); err != nil {
				return err
			}
		}
		return nil
	default:
		return fmt.Errorf("%w: %T", ErrEvaluation, e)
	}
}

// called returns the function of a call after checking its arguments' types and its
// own.
func (s *Scope) called(e *plan.Call) (*Function, error) {
	f, ok := s.function(e.Func)
	if !ok {
		return nil, fmt.Errorf("%w: function %s is not supported", ErrEvaluation, e.Func)
	}
	types, _ := arguments(e)
	result, err := f.Match(types)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrEvaluation, err)
	}
	if !result.Equal(e.Typ) {
		return nil, fmt.Errorf("%w: %s is %s, not %s", ErrEvaluation, plan.FormatExpr(e), result, e.Typ)
	}
	return f, nil
}

// arguments returns the types of the arguments of a call, and the values of those that
// are constant.
func arguments(e *plan.Call) (types []record.Type, consts []*record.Value) {
	types, consts = make([]record.Type, len(e.Args)), make([]*record.Value, len(e.Args))
	for i, a := range e.Args {
		types[i] = a.Type()
		if lit, ok := a.(*plan.Literal); ok {
			consts[i] = &lit.Value
		}
	}
	return types, consts
}

// prepared returns what evaluates a call whose arguments were checked.
func (f *Function) prepared(e *plan.Call) (Eval, error) {
	types, consts := arguments(e)
	eval, err := f.Prepare(types, consts)
	if err != nil { // of the constants: it is ERROR where it is evaluated
		eval, err = f.Prepare(types, nil)
	}
	return eval, err
}

// is reports whether a value of type t is one of kind want, as NULL is.
func is(t record.Type, want record.Kind) bool { return t.Kind == want || t.Kind == record.Unknown }
