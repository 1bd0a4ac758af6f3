package expr

import (
	"fmt"

	"github.com/millrace/millrace/libs/sql/plan"
)

// Scope says where expressions over a stream find values. Positions are those of
// [Input.Columns].
type Scope struct {
	// Column returns the position of a column, or an error where there is no such
	// column of that type.
	Column func(c *plan.Column) (int, error)

	// Call returns the position of the value of a call, a computed one: see
	// [CompileCall]. It is called once for each [Positions] of what is compiled.
	Call func(c *plan.Call) (int, error)

	// Function returns the function of that canonical name; nil stands for those of
	// package function.
	Function func(name string) (*Function, bool)
}

func (s *Scope) function(name string) (*Function, bool) {
	if s.Function != nil {
		return s.Function(name)
	}
	return TableFunction(name)
}

// position returns where the value of an operand stands.
func (s *Scope) position(e plan.Expr) (col int, computed bool, err error) {
	switch e := e.(type) {
	case *plan.Column:
		col, err = s.Column(e)
		return col, false, err
	case *plan.Call:
		col, err = s.Call(e)
		return col, true, err
	default:
		return 0, false, fmt.Errorf("%w: %s over a stream", ErrEvaluation, plan.FormatExpr(e))
	}
}

// total reports whether an expression that Check accepts is ERROR in no row.
func (s *Scope) total(e plan.Expr) bool {
	call, ok := e.(*plan.Call)
	if !ok {
		return true
	}
	for _, a := range call.Args {
		if !s.total(a) {
			return false
		}
	}
	if shape(call) != nil {
		return true
	}
	f, ok := s.function(call.Func)
	return ok && !f.MayFail(arguments(call))
}
