// Package function defines every scalar function (operators are functions too)
// and every aggregate once: its canonical name, what it takes and returns, its
// documentation and, for a [Scalar], what it means for single values. An
// [Aggregate]'s states are in package exec/agg.
//
// Vectorised evaluation (exec/expr), constant folding (optimize) and generated
// documentation all follow the definitions here. The package does not parse,
// does not resolve names and keeps no state that changes.
//
//	like, _ := function.LookupScalar("like")
//	v, err := like.Eval([]record.Value{record.Text("golang"), record.Text("go%")}) // TRUE
package function
