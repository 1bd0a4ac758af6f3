// Package expr evaluates typed expressions: over batches, a column at a time
// ([CompilePredicate], [CompileValue], [CompileCall]), and over one group's results,
// for HAVING and output columns ([CompileRow]).
//
// A call whose value is wanted is computed ([Computed]): it has a position behind
// those of the columns, where the predicates, values and other calls that are made
// of it find it. It is computed in the rows only in which somebody asks for it, and
// once, and remembers in which it is ERROR.
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
//	p, err := expr.CompilePredicate(e, scope)
//	in.Reset(columns, batch.Len)
//	p.Eval(in, &truths)
//	truths.At(0) // record.True
package expr
