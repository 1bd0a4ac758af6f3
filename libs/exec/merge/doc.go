// Package merge is the second stage of the scheduler. It folds the deltas of
// one exchange partition into the state of every registered query, closes
// windows, writes changed rows to the result store and checkpoints.
//
// The main noun is [Partition]: the state of one exchange partition. It is
// event-sourced: a function of the records of its exchange partition, in order,
// and of the definitions in the registry. It reads no wall clock, depends on no
// map order and draws no random number; every timer that changes state runs on
// carried time, the greatest wall time of the seals folded so far.
//
// [Stage] runs the partitions that the consumer group assigns to this process:
// restore, fold, flush, checkpoint, in that order for each. The order of
// writing is the promise: the result store first, then the checkpoint, so that
// a restore republishes by itself whatever may be missing.
//
// The package knows Kafka and Redis only through [Log], [Store], [Registry] and
// [Notifier], so that a simulation runs the same code.
//
//	stage := merge.NewStage(merge.Config{Log: log, Store: store, Registry: registry, …})
//	err := stage.Run(ctx) // until ctx ends, or an error that says why to start anew
package merge
