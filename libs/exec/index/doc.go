// Package index answers many predicates over one column at once, so that the cost
// of a row follows the predicates that it satisfies and not those that are
// registered.
//
// A [Set] holds the predicates of one [Target] by their [Key]s as they come and
// go; [Set.Index] returns an immutable [Index] of those that it holds, which finds
// them in a batch and notes them in [Hits].
//
//   - [Equality]: column = literal, or literal = ANY(column), by hash.
//   - [Substring]: CONTAINS, or ICONTAINS over folded text, by one rare sequence of
//     four bytes of each needle (two for short ones), a filter of bits by hash, and
//     a comparison where that says so.
//   - [Prefix]: LIKE 'text%', by a trie.
//   - [Range]: comparisons with < and <=, alone or several of one column under an
//     AND, by an interval tree, or counted by elementary intervals.
//
// [TargetOf] and [IntervalOf] say which predicates can be held. What is held is in
// slices, and where it may be much, in pages or pieces: an index after a change costs
// a copy of those that changed, not a new index.
//
// It knows nothing of queries and plans beyond one atomic predicate.
//
//	set := index.NewSet(target)
//	set.Put(key, slot)
//	x := set.Index(position)
//	x.Eval(in, nil, &hits)
//	for _, slot := range hits.Touched() { … hits.Rows(slot) … }
package index
