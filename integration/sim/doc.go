// Package sim runs the scheduler's protocol code, the stages of packages scan
// and merge as they are, over an in-memory Kafka and an in-memory result store
// through random schedules: every call that a stage makes waits at a gate until
// the schedule lets it through, loses it, or loses its answer, and between two
// calls processes crash, stop, pause and rebalance, transaction markers are
// written one by one, and the store loses writes. What a dead process sent, or was
// taken for lost, may arrive later. Time is that of testing/synctest.
//
// Besides tweets there is a stream that is declared, dropped and declared again, with the
// queries that read it, over one topic all the time; once more at the end, when all is at
// rest, if a query has windows over it.
//
// A schedule is a function of its seed ([Simulator.Run]). Its end is compared with
// an oracle that knows what each committed transaction covered: no post is counted
// twice or lost in any query that was active, neither in its rows nor in its
// counters, matched, late, no_time, errors and mismatches; and each knows how many
// posts had passed before it.
//
// # What runs as it is
//
// Packages scan, merge, delta, build and what they use: reading, folding, sealing,
// claims, restores, replays, flushes, repairs, checkpoints, and how a stage leaves.
//
// # What is modelled
//
// Of these the simulation has its own version, and a mistake in the real one is
// none here:
//
//   - The brokers: logs, last stable offsets, high watermarks, markers, epochs,
//     time-outs, generations, pending offsets, compaction, retention. Each
//     transaction that ends puts an end to what is still under way of it, as with
//     transaction.version 2; without that a late end hits the transaction after it.
//     One broker answers for all: there are no replicas, elections or coordinators
//     that move. A rebalance is one step, without a join and a sync, and gives
//     partitions at random; members hear of it one by one.
//   - The client, packages kafka and franz-go. Batches of records, offsets and ends
//     are lost, or their answers are, and are tried again; a batch that arrives twice
//     is known by its number. After a while the client gives up: it aborts the
//     transaction, unless that is what nobody has answered, and the stage gets an
//     error. A stage that fails or leaves tries once to abort what is open and to
//     leave its group; else both time out. Fetches and joins are late at most.
//   - The glue between stages and clients, packages mergelog, scanlog, resultstore
//     and notify of the scheduler, scanlog's search for offsets that the group has
//     lost among it.
//   - The reader of the registry: its rules, over a topic whose values it does not
//     decode. The parser of queries: registrations, drops and failures stand in the
//     registry at once, without a topic of submissions.
//   - Redis: the contract of package results. TestStoreIsTheScripts compares the
//     model with the scripts over miniredis: rows, lists, logs, facts, counters,
//     fences and answers. It is one server: what it loses are its last writes, or
//     all.
//   - The scheduler's own rules: a stage that has failed is started anew after a
//     second, even where it was fenced. Slots are numbers, without leases, and nobody
//     looks after those of others: a process that was killed begins again at once,
//     one that was stopped some time later, and what it left open its successor ends,
//     or the time-out.
//   - Directory-monitor: tweets stand in their topic at once, in small batches.
//
// # What is not there
//
// Back-pressure: the backlog of the exchange always is 0, and nothing is ever
// paused for it. Topics that are deleted and made anew. Catching up with history
// (cohorts other than 0). Memory and sizes: blocks that
// have to be split, records that are refused as too large. Presentation, which only
// reads. Tests against real servers do those, and `make faults` all of it together.
//
// Built with the tag faults the tests show that every bug of package planted is
// found.
//
//	go test ./integration/sim -seeds 10000                   # these schedules, on all cores
//	go test ./integration/sim -for 5m                        # fresh ones
//	go test ./integration/sim -run TestSchedules -seed 42 -seeds 1 -v -artifacts -outputdir DIR   # one, with its trace
//	go test -tags faults ./integration/sim -run Planted -v   # prints which bug was found, and as what
package sim
