// Package registry measures how queries come and go in a real scheduler, over a real
// Kafka and a real Redis that are given: how soon a scheduler that starts with so many
// registered queries is ready, how soon a query that is added beside them is in the plan
// and live while posts come, how soon many are, and whether memory comes back when all
// are dropped. The scheduler is a process of its own, pinned to one core.
//
// Records of the registry are written here, in transactions, as query-parser writes
// them: what query-parser takes to check a submission is not in any of the times.
//
// The scan stands still for as long as lies between two seals on the exchange while
// posts come: every transaction of the scan, one each 100 ms, ends with one.
//
//	line, err := registry.Run(ctx, registry.Config{Servers: servers, Command: child, …})
//
// Command runs [stand.Child].
package registry
