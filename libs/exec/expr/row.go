package expr

import (
	"errors"
	"fmt"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/function"
	"github.com/millrace/millrace/libs/sql/plan"
)

// RowEnv is one group: what the Refs of expressions above an aggregation name.
type RowEnv struct {
	Keys        []record.Value
	Aggs        []Result
	WindowStart int64 // microseconds since 1970 UTC; only with a window
	WindowEnd   int64
}

// Result is an aggregate's value, or why it has none.
type Result struct {
	Value record.Value
	Err   error
}

// ErrEvaluation is wrapped by errors of expressions whose value is ERROR.
var ErrEvaluation = errors.New("the expression cannot be evaluated")

// RowExpr is a compiled expression above an aggregation: what can be done once is
// not done for every group. It is immutable.
type RowExpr struct {
	leaf  plan.Expr // a reference or a literal; nil: value computes it
	value rowFunc
}

// rowFunc computes a value for one group; an error is ERROR.
type rowFunc func(env *RowEnv) (record.Value, error)

// CompileRow compiles an expression over what an aggregation has computed. One that
// is not supported is ERROR for every group; [Scope.Check] tells.
func CompileRow(e plan.Expr) RowExpr { return new(Scope).row(e) }

// Value returns the value for one group. An error means that it is ERROR: an
// aggregate that it needs has overflowed, or a function has failed.
func (x RowExpr) Value(env *RowEnv) (record.Value, error) {
	switch e := x.leaf.(type) {
	case nil:
		return x.value(env)
	case *plan.Literal:
		return e.Value, nil
	case *plan.Ref:
		return env.value(e)
	default:
		return record.Value{}, fmt.Errorf("%w: %s above an aggregation", ErrEvaluation, plan.FormatExpr(e))
	}
}

// Truth returns the truth value of a predicate for one group.
func (x RowExpr) Truth(env *RowEnv) record.Truth {
	v, err := x.Value(env)
	if err != nil {
		return record.Error
	}
	return function.Truth(v)
}

func (s *Scope) row(e plan.Expr) RowExpr {
	call, ok := e.(*plan.Call)
	if !ok {
		return RowExpr{leaf: e}
	}
	f, err := s.called(call)
	if err != nil {
		return RowExpr{value: func(*RowEnv) (record.Value, error) { return record.Value{}, err }}
	}
	args := make([]RowExpr, len(call.Args))
	for i, a := range call.Args {
		args[i] = s.row(a)
	}
	switch {
	case isConnective(call.Func):
		return RowExpr{value: rowConnective(call.Func, args)}
	case f.Lazy != nil:
		return RowExpr{value: func(env *RowEnv) (record.Value, error) {
			v, err := f.Lazy(len(args), func(i int) (record.Value, error) { return args[i].Value(env) })
			if err == nil && v.IsNull() {
				v = record.NullOf(call.Typ)
			}
			return v, err
		}}
	}
	eval, err := f.prepared(call)
	if err != nil {
		return RowExpr{value: func(*RowEnv) (record.Value, error) { return record.Value{}, err }}
	}
	return RowExpr{value: rowCall(eval, args)}
}

// value returns what a reference names.
func (env *RowEnv) value(r *plan.Ref) (record.Value, error) {
	switch {
	case r.Kind == plan.KeyRef && r.Index < len(env.Keys):
		return env.Keys[r.Index], nil
	case r.Kind == plan.AggRef && r.Index < len(env.Aggs):
		a := env.Aggs[r.Index]
		if a.Err != nil {
			return record.Value{}, fmt.Errorf("%w: %w", ErrEvaluation, a.Err)
		}
		return a.Value, nil
	case r.Kind == plan.WindowStartRef:
		return record.TimestampOf(env.WindowStart * 1000), nil
	case r.Kind == plan.WindowEndRef:
		return record.TimestampOf(env.WindowEnd * 1000), nil
	default:
		return record.Value{}, fmt.Errorf("%w: %s", ErrEvaluation, plan.FormatExpr(r))
	}
}

// rowConnective computes AND, OR or NOT.
func rowConnective(fn string, ops []RowExpr) rowFunc {
	return func(env *RowEnv) (record.Value, error) {
		t := ops[0].Truth(env)
		for _, op := range ops[1:] {
			if fn == plan.FuncAnd {
				t = t.And(op.Truth(env))
			} else {
				t = t.Or(op.Truth(env))
			}
		}
		if fn == plan.FuncNot {
			t = t.Not()
		}
		if t == record.Error {
			return record.Value{}, ErrEvaluation
		}
		return function.OfTruth(t), nil
	}
}

// rowCall computes a function of values.
func rowCall(eval Eval, args []RowExpr) rowFunc {
	return func(env *RowEnv) (record.Value, error) {
		values := make([]record.Value, len(args))
		for i, a := range args {
			var err error
			if values[i], err = a.Value(env); err != nil {
				return record.Value{}, err
			}
		}
		v, err := eval(values)
		if err != nil {
			return record.Value{}, fmt.Errorf("%w: %w", ErrEvaluation, err)
		}
		return v, nil
	}
}
