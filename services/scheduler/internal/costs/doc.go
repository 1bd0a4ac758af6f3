// Package costs makes costs of what scan times, and tells them on millrace.costs.
//
// Its main nouns are the [Ledger], which adds samples up so that new ones count more
// than old ones, and the [Publisher], which takes samples out of a mailbox and
// writes what has changed noticeably. Of many nodes only the dearest are told of,
// the others in sums by kind. Costs are told for people; nothing that a scheduler
// does follows from them, and one that cannot write them goes on.
//
//	box := new(scan.Mailbox) // scan.Config.Samples
//	p := &costs.Publisher{Slot: slot, Box: box, Program: registry.Program, Write: producer.Produce, Clock: clock, Log: log}
//	p.Run(ctx)
package costs
