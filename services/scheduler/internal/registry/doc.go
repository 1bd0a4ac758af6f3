// Package registry follows the registry topic and keeps what it says ready for
// both stages of the scheduler.
//
// The main noun is [Snapshot]: the registered queries as of a position in the
// topic, as a program for the scan and as definitions for the merge. [Reader]
// replaces it, one atomic pointer, whenever something changed; nobody waits for
// a lock.
//
// Positions count control records and compaction gaps: a position is reached
// when everything below it has been seen, whatever it was.
//
// It does not decide when a program is taken over; package scan does, between
// two transactions.
//
//	reader := registry.New(cfg, catalog, logger)
//	go reader.Run(ctx)
//	err := reader.Wait(ctx, end)
//	program := reader.Snapshot().Program
package registry
