// Package scan is the first stage of the scheduler: batches of decoded documents
// in, deltas for the exchange out.
//
// A [Program] is an immutable snapshot of the shared plan: indexes of the atomic
// predicates, what each of these decides where it is TRUE ([Reach]), selections,
// and below each selection the tables of groups and the rows that queries want. A
// [Partial] is what one transaction accumulates under one program. In each batch
// the indexes find the predicates that are TRUE; only the selections that these
// lead to are looked at, with what else they want in the rows found (candidates).
// Selections that no index leads to are dense: evaluated a predicate at a time
// over all rows. What is kept is folded into groups, or only counted.
// [Partial.Blocks] writes it as blocks, per exchange partition.
//
// Programs are made by package build; batches are decoded by package jsonscan.
// State lives in package merge: a Partial is forgotten with its transaction.
//
//	t := scan.NewPartial(program)
//	t.Add(batch)
//	for partition, blocks := range t.Blocks(position, partitions, delta.MaxBlock) { … }
//	t.Reset(next)
package scan
