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

// EvalRow returns the value of e for one group. An error means that the value is
// ERROR: an aggregate that e needs has overflowed, or e is not supported.
func EvalRow(e plan.Expr, env RowEnv) (record.Value, error) { return evalRow(e, env.leaf) }

// EvalTruth returns the truth value of the predicate e for one group.
func EvalTruth(e plan.Expr, env RowEnv) record.Truth { return evalTruth(e, env.leaf) }

func (env *RowEnv) leaf(e plan.Expr) (record.Value, error) {
	r, ok := e.(*plan.Ref)
	if !ok {
		return record.Value{}, fmt.Errorf("%w: %s above an aggregation", ErrEvaluation, plan.FormatExpr(e))
	}
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
		return record.Value{}, fmt.Errorf("%w: %s", ErrEvaluation, plan.FormatExpr(e))
	}
}

// leafFunc returns the value of a Column or Ref.
type leafFunc func(e plan.Expr) (record.Value, error)

func evalRow(e plan.Expr, leaf leafFunc) (record.Value, error) {
	switch e := e.(type) {
	case *plan.Literal:
		return e.Value, nil
	case *plan.Column, *plan.Ref:
		return leaf(e)
	case *plan.Call:
		return evalCall(e, leaf)
	default:
		return record.Value{}, fmt.Errorf("%w: %T", ErrEvaluation, e)
	}
}

func evalCall(e *plan.Call, leaf leafFunc) (record.Value, error) {
	if isConnective(e.Func) {
		switch t := evalTruth(e, leaf); t {
		case record.Error:
			return record.Value{}, ErrEvaluation
		case record.Null:
			return record.NullOf(record.BooleanType), nil
		default:
			return record.Bool(t == record.True), nil
		}
	}
	f, ok := function.LookupScalar(e.Func)
	if !ok {
		return record.Value{}, fmt.Errorf("%w: function %s is not supported", ErrEvaluation, e.Func)
	}
	if f.Lazy != nil {
		v, err := f.Lazy(len(e.Args), func(i int) (record.Value, error) { return evalRow(e.Args[i], leaf) })
		if err == nil && v.IsNull() {
			v = record.NullOf(e.Typ)
		}
		return v, err
	}
	args := make([]record.Value, len(e.Args))
	for i, a := range e.Args {
		var err error
		if args[i], err = evalRow(a, leaf); err != nil {
			return record.Value{}, err
		}
	}
	// What HAVING mostly is, without choosing an overload.
	if len(args) == 2 && !args[0].IsNull() && !args[1].IsNull() {
		switch e.Func {
		case plan.FuncEq, plan.FuncLt, plan.FuncLe:
			return record.Bool(opOf(e.Func).holds(record.Compare(args[0], args[1]))), nil
		}
	}
	v, err := f.Eval(args)
	if err != nil {
		return record.Value{}, fmt.Errorf("%w: %w", ErrEvaluation, err)
	}
	return v, nil
}

func evalTruth(e plan.Expr, leaf leafFunc) record.Truth {
	if c, ok := e.(*plan.Call); ok && len(c.Args) > 0 {
		switch c.Func {
		case plan.FuncNot:
			return evalTruth(c.Args[0], leaf).Not()
		case plan.FuncAnd:
			t := record.True
			for _, a := range c.Args {
				t = t.And(evalTruth(a, leaf))
			}
			return t
		case plan.FuncOr:
			t := record.False
			for _, a := range c.Args {
				t = t.Or(evalTruth(a, leaf))
			}
			return t
		}
	}
	v, err := evalRow(e, leaf)
	switch {
	case err != nil:
		return record.Error
	case v.IsNull():
		return record.Null
	default:
		return record.TruthOf(v.Bool())
	}
}
