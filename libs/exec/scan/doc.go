// Package scan is the first stage of the scheduler: batches of decoded documents
// in, deltas for the exchange out.
//
// A [Program] is an immutable snapshot of the shared plan: every atomic
// predicate once, combinations of them, selections, and below each selection the
// tables of groups and the rows that queries want. A [Partial] is what one
// transaction accumulates under one program: each batch is evaluated a predicate
// at a time over all its rows, and what the selections keep is folded into
// groups. [Partial.Blocks] writes it as blocks, per exchange partition.
//
// Programs are made by package build; batches are decoded by package jsonscan.
// State lives in package merge: a Partial is forgotten with its transaction.
//
//	t := scan.NewPartial(program)
//	t.Add(batch, partition, offset)
//	for partition, blocks := range t.Blocks(position, partitions, delta.MaxBlock) { … }
//	t.Reset(next)
package scan
