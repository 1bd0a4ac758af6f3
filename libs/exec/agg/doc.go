// Package agg holds the states of aggregate functions: what scan updates with
// rows, ships as bytes, and merge folds together.
//
// A [State] is one aggregate of one group. Merging is associative and
// commutative and an empty state is its identity, so that the result does not
// depend on how rows were spread over partitions, blocks and segments; for sums
// and averages of DOUBLE this holds up to rounding, which compensation keeps
// small. Encodings are on the wire and in checkpoints: they are only ever
// extended.
//
// It evaluates no expressions: arguments come as columns.
//
//	f, err := agg.Lookup(plan.Agg{Func: "sum", Args: []plan.Expr{followers}, Type: record.BigIntType})
//	s := f.New()
//	s.Update([]*record.Column{col}, []int32{0, 1, 2})
//	other, err := f.Decode(bytes)
//	s.Merge(other)
//	v, err := s.Result()
package agg
