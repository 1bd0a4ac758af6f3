// Package function defines every scalar function (operators and casts are functions
// too) and every aggregate once: its canonical name, what it takes and returns, its
// documentation and, for a [Scalar], what it means for single values. An
// [Aggregate]'s states are in package exec/agg.
//
// A binder asks [Resolve] what a call means, and casts its arguments to what the
// answer says by calls of [Cast]. What then stands in a plan is checked by
// [Scalar.Match] and evaluated by [Scalar.Prepare], or [Scalar.Eval] for single
// rows and constants. docs/sql-functions.md is made of the table by a test.
//
// The package does not parse, does not resolve columns and keeps no state that
// changes. Functions depend on their arguments alone: there is no clock and no
// randomness. None panics, whatever the values, if their types are those of the
// parameters.
//
//	res, err := function.Resolve("round", []record.Type{record.DoubleType, record.BigIntType})
//	eval, err := res.Func.Prepare(res.Args, nil)
//	v, err := eval([]record.Value{record.Float(2.675), record.Int(2)}) // 2.68
package function
