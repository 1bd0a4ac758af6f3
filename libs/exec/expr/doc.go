// Package expr evaluates typed expressions: over batches, a column at a time
// ([CompilePredicate], [CompileValue]), and over one group's results, for HAVING
// and output columns ([EvalTruth], [EvalRow]).
//
// A compiled expression is immutable and may be used by many goroutines, each
// with an [Input] of its own, which holds the batch and what several expressions
// need of it (which rows are NULL, case-folded text). Predicates yield [Truths],
// two bit planes of one of the four truth values per row, so that AND, OR and
// NOT work on 64 rows at a time.
//
// It does not decide which expressions are evaluated, how often, or over which
// batches: package scan does.
//
//	p, err := expr.CompilePredicate(e, resolve)
//	in.Reset(columns, batch.Len)
//	p.Eval(in, &truths)
//	truths.At(0) // record.True
package expr
