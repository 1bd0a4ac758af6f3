// Package pipeline measures Millrace end to end, over a real Kafka and a real Redis
// that are given: posts are in the tweets topic beforehand and no producer runs; a
// scheduler in a process of its own, pinned to one core, answers registered queries;
// the clock stops when Redis has the results of the last post. The same queries over
// the same posts are measured in one process too (package bench), in the same rounds,
// and the ratio is told.
//
// A [Line] is a mix of queries with a way of compression. Under a steady load it has
// latencies, from before the produce request until results with the batch can be read
// from Redis, and how memory, goroutines and lag went on.
//
// Topics and keys have fixed names, so that the servers must hold nothing of Millrace's,
// or be cleared on demand ([Config.Reset]). What a run makes it deletes in the end.
//
//	lines, err := pipeline.Run(ctx, pipeline.Config{Servers: servers, Command: child, …})
//
// Command runs [stand.Child].
package pipeline
