// Package index answers many atomic predicates over one column at once, so that
// the cost of a row follows the predicates that it satisfies and not those that
// are registered.
//
// An [Index] is of one [Target]. [Equality] holds column = literal, or literal =
// ANY(column): one map lookup per row, or per array element, finds the predicate
// that holds. [Substring] holds CONTAINS, or ICONTAINS over folded text: one pass
// over a text looks for one rare sequence of four bytes of each needle and
// compares the needle where that stands. [TargetOf] says which predicates can be
// held. Indexes are immutable; what changes is built anew by the caller.
//
// There is none for ranges, prefixes or needles of less than four bytes.
//
//	target, literal, ok := index.TargetOf(atom)
//	literals.Set(literal, slot)
//	x := index.New(target, position, &literals)
//	x.Eval(in, &others, func(slot int32, row int) { truths[slot].SetTrue(row) })
package index
